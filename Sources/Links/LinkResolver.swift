// SPDX-License-Identifier: Apache-2.0

import Bytes
import URLSyntax

/// Turns the value of a link into the URL that a client would open.
struct LinkResolver {
    enum Answer {
        case link(target: [UInt8], WebURL)
        case note(LinkNote.Reason)
        /// Nothing that leads out of the message, or nothing we touch (`mailto:`).
        case nothing
    }

    /// The document's base URL, if it has one.
    private let base: WebURL?
    private let charset: TextCharset

    /// Where a message is shown that has no base: webmail is https, so `//host/` is a link, while `path` leads nowhere.
    private static let message = try? WebURL.parse(("https://message.invalid/" as StaticString).bytes)

    /// Schemes that open nothing a redirector could stand before.
    private static let quiet: Set<[UInt8]> = Set(
        ["mailto", "tel", "sms", "cid", "mid", "callto"].map { (name: StaticString) in name.bytes })

    /// A resolver with the value of the first `<base href>`.
    init(base: [UInt8]?, charset: TextCharset) {
        self.charset = charset
        self.base = base.flatMap(Self.baseURL)
    }

    private static func baseURL(_ value: [UInt8]) -> WebURL? {
        // A base of these schemes does not count (HTML Standard, section 4.2.3).
        guard let url = try? WebURL.parse(value, base: message), isAway(url) else { return nil }
        return ["data", "javascript"].contains(where: { (name: StaticString) in url.scheme.equalsIgnoringCase(name) })
            ? nil : url
    }

    /// Whether the URL leads elsewhere than into the message itself.
    private static func isAway(_ url: WebURL) -> Bool { url.hostBytes != message?.hostBytes }

    /// What an attribute's decoded value leads to.
    func resolve(_ value: [UInt8]) -> Answer {
        let written = charset.urlForUTF8(value.trimmed)
        guard base != nil || !(written.isEmpty || written.first == .numberSign) else { return .nothing }
        let absolute = try? WebURL.parse(written)
        guard let base else {
            if let absolute { return answer(absolute, target: written) }
            guard let url = try? WebURL.parse(written, base: Self.message) else { return .note(.invalidURL) }
            return Self.isAway(url) ? answer(url, target: url.serialized) : .nothing
        }
        guard let url = try? WebURL.parse(written, base: base) else { return .note(.invalidURL) }
        return answer(url, target: url == absolute ? written : url.serialized)
    }

    private func answer(_ url: WebURL, target: @autoclosure () -> [UInt8]) -> Answer {
        if url.isWeb { return .link(target: target(), url) }
        if Self.quiet.contains(url.scheme) { return .nothing }
        return .note(.scheme(url.scheme.prefix(32).text))
    }
}

extension [UInt8] {
    /// Without C0 controls and spaces at both ends, as a URL parser begins (URL Standard, section 4.4).
    var trimmed: [UInt8] {
        guard let first = firstIndex(where: { $0 > .space }), let last = lastIndex(where: { $0 > .space }) else {
            return []
        }
        return first == 0 && last == count - 1 ? self : Array(self[first...last])
    }
}
