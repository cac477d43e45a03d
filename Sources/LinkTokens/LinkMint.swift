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
    private let prefix: [UInt8]
    private let keys: KeyRing

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
    package func linkToken(in url: WebURL) -> LinkToken? {
        guard isOwn(url) else { return nil }
        let segments = url.path.dropFirst(path.count)
            .split(separator: UInt8(ascii: "/"), maxSplits: 2, omittingEmptySubsequences: false)
        guard segments.count == 2 else { return nil }
        return UnverifiedLinkToken(host: segments[0], token: segments[1])?.verified(by: keys)
    }

    /// The token of a rewritten URL, whatever host it leads to: links can be unwrapped after the redirector has moved or
    /// is gone.
    package static func unwrap(_ url: [UInt8], keys: KeyRing) -> LinkToken? {
        guard let url = try? WebURL.parse(url), url.isWeb else { return nil }
        let segments = url.path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).suffix(3)
        guard let first = segments.first, segments.count == 3, first.elementsEqual(("to" as StaticString).bytes) else {
            return nil
        }
        let parts = segments.dropFirst()
        return UnverifiedLinkToken(host: parts[parts.startIndex], token: parts[parts.startIndex + 1])?
            .verified(by: keys)
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
