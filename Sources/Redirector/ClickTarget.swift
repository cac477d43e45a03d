// SPDX-License-Identifier: Apache-2.0

import Bytes
import LinkTokens
import URLSyntax

/// Where a verified link leads.
struct ClickTarget: Sendable {
    let token: LinkToken
    /// Signed by a key that got into wrong hands.
    let isRevoked: Bool
    private static let mark = ("/to/" as StaticString).bytes

    /// The token as it stands in the link: what a `ProceedToken` is bound to.
    let tokenText: [UInt8]
    /// The target as a browser opens it: what is judged, shown and recorded.
    let url: WebURL
    /// Other vendors' wrappers around what is really meant.
    let wrapping: Wrapping
    /// The target and every URL that is wrapped in it, as verdicts are looked up.
    let canonical: [CanonicalURL]
    /// The value of the Location field.
    let location: String

    /// The target of the link at this path (`/to/<host>/<token>`, below `base`); nil for everything that is not a link
    /// of ours.
    ///
    /// A front server may pass the path of the click URL on, or take it away; both are fine.
    init?(path: [UInt8], base: [UInt8], keys: KeyRing, unwrap: (WebURL) -> Wrapping?) {
        let below = path.starts(with: base) ? path.dropFirst(base.count) : path[...]
        guard below.starts(with: Self.mark),
            let unverified = UnverifiedLinkToken(path: below.dropFirst(Self.mark.count))
        else { return nil }
        switch unverified.proof(by: keys) {
        case .good(let token): self.init(token, text: unverified.text, isRevoked: false, unwrap)
        case .revoked(let token): self.init(token, text: unverified.text, isRevoked: true, unwrap)
        case nil: return nil
        }
    }

    /// Looks at the verified target again, as if the token had not been ours: a web URL with a host, or nothing.
    private init?(_ token: LinkToken, text: [UInt8], isRevoked: Bool, _ unwrap: (WebURL) -> Wrapping?) {
        guard let url = try? WebURL.parse(token.target), url.isWeb, let outer = CanonicalURL(url),
            let location = Self.location(of: token.target, url)
        else { return nil }
        self.token = token
        self.isRevoked = isRevoked
        tokenText = text
        self.url = url
        wrapping = unwrap(url) ?? Wrapping()
        canonical = [outer] + wrapping.urls.compactMap { CanonicalURL($0) }
        self.location = location
    }

    /// What a reader wants to know: the innermost URL, which is the target itself without wrappers.
    var shown: WebURL { wrapping.urls.last ?? url }

    /// The host and, when it is not the usual one, the port: what the pages show.
    var place: String { shown.hostBytes.text + (shown.port.map { ":\($0)" } ?? "") }

    /// All that is known to be opened, from the outside in.
    var urls: [WebURL] { [url] + wrapping.urls }

    /// The target exactly as it stood in the message when that is safe to send, else as a browser would write it.
    ///
    /// Safe is printable ASCII that no browser resolves against our own URL, so it starts with `http://` or `https://`
    /// (`https:host` is absolute in a message and relative in an answer of ours), and without a backslash before the query, which
    /// browsers take for a slash and other programs for a part of a name.
    private static func location(of target: [UInt8], _ url: WebURL) -> String? {
        let isAbsolute = ["http://", "https://"].contains { target.prefix($0.utf8.count).equalsIgnoringCase($0.utf8) }
        if isAbsolute, isClean(target), !hasBackslashInPlace(target) { return target.text }
        let serialized = url.serialized
        return isClean(serialized) ? serialized.text : nil
    }

    private static func hasBackslashInPlace(_ target: [UInt8]) -> Bool {
        for byte in target {
            if byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") { return false }
            if byte == UInt8(ascii: "\\") { return true }
        }
        return false
    }

    /// No space, no control, nothing over ASCII: nothing that could end the header field (response splitting).
    private static func isClean(_ bytes: [UInt8]) -> Bool { bytes.allSatisfy { (0x21...0x7E).contains($0) } }
}

/// Other vendors' wrappers around a link's target.
struct Wrapping: Sendable {
    /// The wrappers' names, the outermost first.
    var names: [String] = []
    /// What each of them wraps, as far as it can be read; the innermost last.
    var urls: [WebURL] = []
}
