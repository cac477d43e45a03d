// SPDX-License-Identifier: Apache-2.0

import Bytes
import URLSyntax

/// Turns the value of a link into the URL that a client would open.
struct LinkResolver {
    enum Answer {
        case link(target: [UInt8], WebURL)
        /// A target that must go: neither of the web nor harmless.
        case scheme(String)
        case note(LinkNote.Reason)
        /// Nothing that leads out of the message, or nothing we touch (`mailto:`).
        case nothing
    }

    /// The document's base URL, if it has one.
    let base: WebURL?
    private let charset: TextCharset

    /// Where a message is shown that has no base: webmail is https, so `//host/` is a link, while `path` leads nowhere.
    private static let message = try? WebURL.parse(("https://message.invalid/" as StaticString).bytes)

    /// Schemes that open nothing a redirector could stand before, and nothing dangerous: the only ones that are kept.
    private static let quiet = schemes(
        "mailto", "tel", "sms", "cid", "mid", "callto", "news", "xmpp", "geo", "about")

    /// Schemes of a base that does not count: the first two by the standard (section 4.2.3); the others stand in forwarded
    /// mail for the message itself.
    private static let notBases = schemes(
        "data", "javascript", "about", "cid", "mid", "x-msg", "x-webdoc", "applewebdata")

    private static func schemes(_ names: StaticString...) -> Set<[UInt8]> { Set(names.map(\.bytes)) }

    /// A resolver with the values of all `<base href>`; `outer`: the base of the document around this one.
    ///
    /// The first usable one counts. To a browser only the first does, but others go on to the next.
    init(bases: [[UInt8]], outer: WebURL? = nil, charset: TextCharset) {
        self.charset = charset
        base = bases.lazy.compactMap { Self.baseURL($0, outer ?? Self.message) }.first ?? outer
    }

    private static func baseURL(_ value: [UInt8], _ outer: WebURL?) -> WebURL? {
        guard let url = try? WebURL.parse(value, base: outer), isAway(url), !url.hasOpaquePath,
            !notBases.contains(url.scheme)
        else { return nil }
        return url
    }

    /// Whether the URL leads elsewhere than into the message itself.
    private static func isAway(_ url: WebURL) -> Bool { url.hostBytes != message?.hostBytes }

    /// What an attribute's decoded value leads to.
    func resolve(_ value: [UInt8]) -> Answer {
        let written = charset.urlForUTF8(value.trimmed)
        guard base != nil || !(written.isEmpty || written.first == .numberSign) else { return .nothing }
        // A browser reads `\\host\share` as `//host/share`, Outlook as a path to a file server.
        if written.starts(with: [.reverseSolidus, .reverseSolidus]) { return .scheme("file") }
        let absolute = try? WebURL.parse(written)
        guard let base else {
            if let absolute { return answer(absolute, target: written) }
            if let bare = Self.unwrapped(written), let url = try? WebURL.parse(bare), url.isWeb {
                return .link(target: bare, url)
            }
            guard let url = try? WebURL.parse(written, base: Self.message) else { return .note(.invalidURL) }
            return Self.isAway(url) ? answer(url, target: url.serialized) : .nothing
        }
        guard let url = try? WebURL.parse(written, base: base) else { return .note(.invalidURL) }
        return answer(url, target: url == absolute ? written : url.serialized)
    }

    /// The value without quotes, white space and invisible characters in front, when it has some.
    ///
    /// To a browser such a value is a path; webmail and older clients trim more than it does.
    private static func unwrapped(_ value: [UInt8]) -> [UInt8]? {
        guard let first = value.first, first.isNonASCII || quotes.contains(Unicode.Scalar(first)) else { return nil }
        let isWrapping = { (scalar: Unicode.Scalar) -> Bool in
            let properties = scalar.properties
            return Self.quotes.contains(scalar) || properties.isWhitespace || properties.isDefaultIgnorableCodePoint
        }
        let scalars = value.text.unicodeScalars.drop(while: isWrapping)
        guard let last = scalars.lastIndex(where: { !isWrapping($0) }) else { return nil }
        return Array(String(scalars[...last]).utf8)
    }

    private static let quotes: Set<Unicode.Scalar> = ["\"", "'", "`", "\u{2018}", "\u{201C}", "\u{201D}", "\u{2019}"]

    private func answer(_ url: WebURL, target: @autoclosure () -> [UInt8]) -> Answer {
        if url.isWeb { return .link(target: target(), url) }
        if Self.quiet.contains(url.scheme) { return .nothing }
        return .scheme(url.scheme.prefix(32).text)
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
