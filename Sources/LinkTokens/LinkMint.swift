// SPDX-License-Identifier: Apache-2.0

import Bytes
package import URLSyntax

/// Makes rewritten links, `<click URL>/to/<target host>/<token>`, and knows them again.
package struct LinkMint: Sendable {
    private static let mark = ("/to/" as StaticString).bytes

    private let origin: Origin
    /// The path under which the links are: `/to/` and what the click URL has before it.
    private let path: [UInt8]
    /// What every link starts with, as in `https://click.example.org/to/`.
    package let prefix: [UInt8]
    private var keys: KeyRing

    /// A mint for links below the click URL.
    ///
    /// Nil unless that is an http or https URL without user, query and fragment.
    package init?(clickURL text: [UInt8], keys: KeyRing) {
        guard let url = try? WebURL.parse(text), url.isWeb, url.username.isEmpty, url.password.isEmpty,
            url.query == nil, url.fragment == nil
        else { return nil }
        let base = url.serialized
        let slashes = base.reversed().prefix { $0 == UInt8(ascii: "/") }.count
        origin = Origin(url)
        path = url.path.dropLast(slashes) + Self.mark
        prefix = base.dropLast(slashes) + Self.mark
        self.keys = keys
    }

    /// The same mint with other keys.
    package func signing(with keys: KeyRing) -> LinkMint {
        var mint = self
        mint.keys = keys
        return mint
    }

    /// The rewritten URL for a link to that (serialised) host; nil when the token's target or a number is over its limit.
    package func rewrittenURL(_ token: LinkToken, host: [UInt8]) -> [UInt8]? {
        let host = VisibleHost(of: host)
        guard let text = token.text(behind: host, keys: keys) else { return nil }
        return prefix + host.segment + [UInt8(ascii: "/")] + text
    }

    /// Whether the URL leads to our redirector; that we made it only a verified token says.
    package func isOwn(_ url: WebURL) -> Bool {
        Origin(url) == origin && url.path.starts(with: path)
    }

    /// The token of a link of ours, verified; user, query and fragment of the URL do not matter, as at a click.
    package func linkToken(in url: WebURL) -> LinkToken? { unverifiedToken(in: url)?.verified(by: keys) }

    /// The token that stands in a link to our redirector.
    package func unverifiedToken(in url: WebURL) -> UnverifiedLinkToken? {
        isOwn(url) ? UnverifiedLinkToken(path: url.path.dropFirst(path.count)) : nil
    }

    /// The token of a rewritten URL, whatever host it leads to: links can be unwrapped after the redirector has moved or
    /// is gone.
    ///
    /// The click URL may have had a path, so the first `/to/` behind which a token verifies counts.
    package static func unwrap(_ url: [UInt8], keys: KeyRing) -> LinkToken? {
        guard let url = try? WebURL.parse(url), url.isWeb else { return nil }
        var rest = url.path[...]
        while let slash = rest.firstIndex(of: UInt8(ascii: "/")) {
            rest = rest[slash...]
            if rest.starts(with: mark),
                let token = UnverifiedLinkToken(path: rest.dropFirst(mark.count))?.verified(by: keys)
            {
                return token
            }
            rest = rest.dropFirst()
        }
        return nil
    }
}

/// Scheme, host and port of a URL (RFC 6454).
private struct Origin: Hashable {
    let scheme: [UInt8]
    let host: Host?
    let port: UInt16?

    init(_ url: WebURL) {
        scheme = url.scheme
        host = url.host
        port = url.port
    }
}
