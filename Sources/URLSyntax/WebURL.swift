// SPDX-License-Identifier: Apache-2.0

// URLSyntax: URLs as a browser reads them. The WHATWG URL Standard over bytes, and the canonical form under which
// verdicts are looked up.
//
// Why our own: a link's host decides everything here, and it has to be the host the reader's browser will go to.
// Foundation's `URL` follows RFC 3986 and disagrees with every browser about `http://evil.example\@good.example/`,
// `http:evil.example` or octal IPv4 hosts. Names go through UTS 46 by the ICU that comes with Foundation, the same engine
// Chromium and WebKit use. Road not taken: libidn2, which also applies IDNA 2008's own list and so refuses hosts that
// browsers open (emoji names, for one).

import Bytes

/// A parsed URL (WHATWG URL Standard, section 4.1).
///
/// All copies share one object: a link's URL is handed on several times, and eight counts for each would cost more than
/// reading it did.
package struct WebURL: Hashable, Sendable {
    private let shared: Shared

    private final class Shared: Sendable {
        let parts: URLParts

        init(_ parts: URLParts) { self.parts = parts }
    }

    private init(_ parts: URLParts) { shared = Shared(parts) }

    package static func == (left: WebURL, right: WebURL) -> Bool {
        left.shared === right.shared || left.parts == right.parts
    }

    package func hash(into hasher: inout Hasher) { parts.hash(into: &hasher) }

    var parts: URLParts { shared.parts }

    /// Small letters, without the colon.
    package var scheme: [UInt8] { shared.parts.scheme }
    package var username: [UInt8] { shared.parts.username }
    package var password: [UInt8] { shared.parts.password }
    /// Nil when the URL has none (`mailto:`); an empty one is `.empty` (`file:///`).
    package var host: Host? { shared.parts.host }
    /// Nil when absent or the scheme's default.
    package var port: UInt16? { shared.parts.port }
    /// Serialised: `/a/b`, or anything for an opaque path.
    package var path: [UInt8] { shared.parts.path }
    /// Whether the path is one opaque string (`mailto:a@b`).
    package var hasOpaquePath: Bool { shared.parts.hasOpaquePath }
    /// Without the question mark.
    package var query: [UInt8]? { shared.parts.query }
    /// Without the number sign.
    package var fragment: [UInt8]? { shared.parts.fragment }

    /// Longest input that is read, in bytes: stops one URL from costing what a message may.
    ///
    /// Browsers take 2 MB in theory; no server takes a request line of more than 64 KiB.
    package static let sizeLimit = 256 * 1_024

    /// The URL a browser makes of the input, relative to the base if there is one (section 4.4).
    package static func parse(_ input: [UInt8], base: WebURL? = nil) throws(URLSyntaxError) -> WebURL {
        if let plain = PlainURL.parse(input) { return WebURL(plain) }
        guard input.count <= sizeLimit else { throw .tooLong(size: input.count) }
        var parser = URLParser(input: URLParser.cleaned(input), base: base)
        return WebURL(try parser.parse())
    }

    /// The serialised URL (section 4.5): ASCII.
    package var serialized: [UInt8] { serialized(withFragment: true) }

    /// The serialised URL, its fragment left out on request.
    package func serialized(withFragment: Bool) -> [UInt8] {
        let parts = shared.parts
        var out: [UInt8] = []
        out.reserveCapacity(parts.path.count + (parts.query?.count ?? 0) + (parts.fragment?.count ?? 0) + 128)
        out.append(contentsOf: parts.scheme)
        out.append(UInt8(ascii: ":"))
        if let host = parts.host {
            out.append(UInt8(ascii: "/"))
            out.append(UInt8(ascii: "/"))
            appendCredentials(to: &out)
            out.append(contentsOf: host.serialized)
            if let port = parts.port { out.append(contentsOf: ":\(port)".utf8) }
        } else if !hasOpaquePath, path.starts(with: [0x2F, 0x2F]) {
            out.append(contentsOf: [0x2F, 0x2E])  // else `web+demo:/.//not-a-host/` would read as having a host
        }
        out.append(contentsOf: parts.path)
        if let query = parts.query {
            out.append(UInt8(ascii: "?"))
            out.append(contentsOf: query)
        }
        if withFragment, let fragment = parts.fragment {
            out.append(UInt8(ascii: "#"))
            out.append(contentsOf: fragment)
        }
        return out
    }

    /// The serialised host; empty without one.
    package var hostBytes: [UInt8] { host?.serialized ?? [] }

    /// Whether a click on it opens a web page: http or https.
    package var isWeb: Bool { scheme == SpecialScheme.http || scheme == SpecialScheme.https }

    private func appendCredentials(to out: inout [UInt8]) {
        guard !username.isEmpty || !password.isEmpty else { return }
        out.append(contentsOf: username)
        if !password.isEmpty { out.append(contentsOf: [UInt8(ascii: ":")] + password) }
        out.append(UInt8(ascii: "@"))
    }
}

/// The parts as they are serialised: percent-encoded ASCII.
struct URLParts: Hashable, Sendable {
    var scheme: [UInt8] = []
    var username: [UInt8] = []
    var password: [UInt8] = []
    var host: Host?
    var port: UInt16?
    var path: [UInt8] = []
    var hasOpaquePath = false
    var query: [UInt8]?
    var fragment: [UInt8]?
}

/// Why bytes are no URL.
package enum URLSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    case tooLong(size: Int)
    case noScheme
    case host
    case port

    package var description: String {
        switch self {
        case .tooLong(let size): "a URL of \(size) bytes, at most \(WebURL.sizeLimit) are read"
        case .noScheme: "a relative URL without a base"
        case .host: "a host that browsers refuse"
        case .port: "a port that browsers refuse"
        }
    }
}

/// The schemes whose URLs have a host and a path by rule (section 4.2).
enum SpecialScheme {
    static let http = ("http" as StaticString).bytes
    static let https = ("https" as StaticString).bytes
    static let file = ("file" as StaticString).bytes
    private static let ws = ("ws" as StaticString).bytes
    private static let wss = ("wss" as StaticString).bytes
    private static let ftp = ("ftp" as StaticString).bytes

    static func isSpecial(_ scheme: [UInt8]) -> Bool {
        scheme == https || scheme == http || scheme == file || scheme == ws || scheme == wss || scheme == ftp
    }

    static func defaultPort(_ scheme: [UInt8]) -> UInt16? {
        switch scheme {
        case http, ws: 80
        case https, wss: 443
        case ftp: 21
        default: nil
        }
    }
}
