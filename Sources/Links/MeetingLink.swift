// SPDX-License-Identifier: Apache-2.0

import Bytes
package import URLSyntax

/// Links that join an online meeting: programs on telephones and in meeting rooms read them from invitations, so a site
/// leaves them as they are by default.
///
/// A service's host is not enough: only the paths that its invitations use count, over https, without a user or a port.
/// So a page somebody keeps under such a host (a recording, a form) is a link like any other, and so is one that leads on:
/// `meet.google.com/linkredirect?dest=…` opens whatever its sender wants.
package enum MeetingLink {
    fileprivate struct Service {
        var host: [UInt8]
        /// Whether hosts below it count too.
        var isSuffix: Bool
        /// Beginnings of the path, behind which something must stand; an empty one: one segment and no more.
        var paths: [[UInt8]]

        init(_ host: StaticString, suffix: Bool = false, _ paths: StaticString...) {
            self.host = host.bytes
            isSuffix = suffix
            self.paths = paths.map(\.bytes)
        }
    }

    private static let services: [Service] = [
        Service("teams.microsoft.com", "/l/meetup-join/", "/meet/", "/l/meeting/"),
        Service("teams.live.com", "/meet/", "/l/meetup-join/"),
        Service("teams.microsoft.us", suffix: true, "/l/meetup-join/", "/meet/"),
        Service("teams.cloud.microsoft", "/meet/", "/l/meetup-join/"),
        Service("join.skype.com", ""),
        Service("meet.lync.com", "/"),
        Service("zoom.us", suffix: true, "/j/", "/my/", "/w/", "/s/"),
        Service("zoomgov.com", suffix: true, "/j/", "/my/", "/w/", "/s/"),
        Service("webex.com", suffix: true, "/meet/", "/join/", "/m/", "/wbxmjs/joinservice/"),
        Service("meet.google.com", ""),
        Service("meet.goto.com", ""),
        Service("gotomeeting.com", suffix: true, "/join/"),
        Service("gotomeet.me", ""),
        Service("meet.jit.si", ""),
        Service("8x8.vc", "/"),
        Service("bluejeans.com", ""),
        Service("chime.aws", ""),
        Service("whereby.com", ""),
        Service("facetime.apple.com", "/join"),
    ]
    private static let webexPage = ("/j.php" as StaticString).bytes

    /// Whether the URL joins a meeting.
    package static func isMeetingJoin(_ url: WebURL) -> Bool {
        guard url.scheme == ("https" as StaticString).bytes, url.username.isEmpty, url.password.isEmpty, url.port == nil
        else { return false }
        let host = url.hostBytes
        // The host first: nearly every link is of another.
        guard let service = services.first(where: { $0.covers(host) }), !holdsURL(url),
            !PercentEncoding.decode(url.path).equalsIgnoringCase(redirector)
        else { return false }
        if service.paths.contains(where: { begins(url, with: $0) }) { return true }
        return service.host == ("webex.com" as StaticString).bytes && url.path.suffix(6).elementsEqual(webexPage)
    }

    private static let redirector = ("/linkredirect" as StaticString).bytes
    /// Times a value is decoded: some services encode what they pass on twice.
    private static let decodings = 3

    /// Whether path, query or fragment carry another URL, as no invitation's do.
    private static func holdsURL(_ url: WebURL) -> Bool {
        var text = WrappedURL(url).tail
        for _ in 0..<decodings {
            if hasTwoSlashes(text) { return true }
            guard text.contains(0x25) else { return false }
            text = PercentEncoding.decode(text).map { $0 == .reverseSolidus ? .solidus : $0 }
        }
        return hasTwoSlashes(text)
    }

    private static func hasTwoSlashes(_ text: [UInt8]) -> Bool {
        text.indices.dropFirst().contains { text[$0] == .solidus && text[$0 - 1] == .solidus }
    }

    private static func begins(_ url: WebURL, with path: [UInt8]) -> Bool {
        guard !path.isEmpty else { return url.path.count > 1 && !url.path.dropFirst().contains(.solidus) }
        let hasMore = url.path.count > path.count || url.fragment?.isEmpty == false
        return url.path.starts(with: path) && hasMore
    }
}

extension MeetingLink.Service {
    fileprivate func covers(_ host: [UInt8]) -> Bool {
        host == self.host
            || isSuffix && host.count > self.host.count && host.suffix(self.host.count) == self.host[...]
                && host[host.count - self.host.count - 1] == .fullStop
    }
}
