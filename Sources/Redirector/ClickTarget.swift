// SPDX-License-Identifier: Apache-2.0

import Bytes
import LinkTokens
import URLSyntax

/// Where a verified link leads.
struct ClickTarget: Sendable {
    let token: LinkToken
    private static let mark = ("/to/" as StaticString).bytes

    /// The token as it stands in the link: what a `ProceedToken` is bound to.
    let tokenText: [UInt8]
    /// The target as a browser opens it: what is judged, shown and recorded.
    let url: WebURL
    let canonical: CanonicalURL
    /// The value of the Location field.
    let location: String

    /// The target of the link at this path (`/to/<host>/<token>`, below `base`); nil for everything that is not a link
    /// of ours.
    ///
    /// A front server may pass the path of the click URL on, or take it away; both are fine.
    init?(path: [UInt8], base: [UInt8], keys: KeyRing) {
        let below = path.starts(with: base) ? path.dropFirst(base.count) : path[...]
        guard below.starts(with: Self.mark),
            let unverified = UnverifiedLinkToken(path: below.dropFirst(Self.mark.count)),
            let token = unverified.verified(by: keys)
        else { return nil }
        self.init(token, text: unverified.text)
    }

    /// Looks at the verified target again, as if the token had not been ours: a web URL with a host, or nothing.
    private init?(_ token: LinkToken, text: [UInt8]) {
        guard let url = try? WebURL.parse(token.target), url.isWeb, let canonical = CanonicalURL(url),
            let location = Self.location(of: token.target, url)
        else { return nil }
        self.token = token
        tokenText = text
        self.url = url
        self.canonical = canonical
        self.location = location
    }

    /// The host and, when it is not the usual one, the port: what the pages show.
    var place: String { url.hostBytes.text + (url.port.map { ":\($0)" } ?? "") }

    /// The target exactly as it stood in the message when that is safe to send, else as a browser would write it.
    ///
    /// Safe is printable ASCII that no browser resolves against our own URL, so it starts with `http://` or `https://`
    /// (`https:host` is absolute in a message and relative in an answer of ours).
    private static func location(of target: [UInt8], _ url: WebURL) -> String? {
        let isAbsolute = ["http://", "https://"].contains { target.prefix($0.utf8.count).equalsIgnoringCase($0.utf8) }
        if isAbsolute, isClean(target) { return target.text }
        let serialized = url.serialized
        return isClean(serialized) ? serialized.text : nil
    }

    /// No space, no control, nothing over ASCII: nothing that could end the header field (response splitting).
    private static func isClean(_ bytes: [UInt8]) -> Bool { bytes.allSatisfy { (0x21...0x7E).contains($0) } }
}
