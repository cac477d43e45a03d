// SPDX-License-Identifier: Apache-2.0

import Bytes

/// A URL in the form verdicts are looked up by: host, path and query as Safe Browsing canonicalises them (v4, "URLs and
/// Hashing").
///
/// Made from the URL a browser opens, so the host is the browser's host; scheme, user, port and fragment are left out.
package struct CanonicalURL: Hashable, Sendable {
    /// Without dots at its ends or twice in a row.
    package let host: [UInt8]
    /// Begins with `/`; unescaped as far as possible, then escaped where needed.
    package let path: [UInt8]
    /// Without the question mark.
    package let query: [UInt8]?
    let hasName: Bool

    /// Host suffixes looked up for one URL, the whole host included.
    ///
    /// The published text says five, Google's own client and its vectors seven; more finds more.
    static let hostLimit = 7
    /// Path prefixes that end in a slash.
    static let prefixLimit = 4

    /// Nil without a host that a lookup could name.
    package init?(_ url: WebURL) {
        switch url.host {
        case .domain(let name):
            let dotless = Array(name.split(separator: UInt8(ascii: ".")).joined(separator: [UInt8(ascii: ".")]))
            // "192.0.2.1.." is a name for a browser, though none that the DNS can answer; without its dots it is no name.
            hasName = !IPv4Address.endsInNumber(dotless)
            host = hasName ? dotless : IPv4Address.parse(dotless).map(IPv4Address.serialized) ?? dotless
        case .ipv4, .ipv6:
            host = url.hostBytes
            hasName = false
        case .opaque, .empty, nil: return nil
        }
        guard !host.isEmpty else { return nil }
        path = Self.canonicalPath(url.path)
        query = url.query.map { Self.escaped(Self.unescaped($0)) }
    }

    /// The most exact expression: host, path and query.
    package var expression: [UInt8] { host + pathAndQuery }

    /// Every expression that covers this URL: host suffixes × path prefixes, the most exact first.
    package var expressions: [[UInt8]] {
        let paths = pathForms
        return hostForms.flatMap { host in paths.map { host + $0 } }
    }

    /// The key of the store's index: the host's labels from the right, then path and query, so that everything under a
    /// name lies together.
    package var place: [UInt8] { Self.reversed(host, hasName: hasName) + pathAndQuery }

    /// Every path form is a beginning of it (`forEachPathLength`).
    package var pathAndQuery: [UInt8] {
        guard let query else { return path }
        var whole: [UInt8] = []
        whole.reserveCapacity(path.count + 1 + query.count)
        whole.append(contentsOf: path)
        whole.append(UInt8(ascii: "?"))
        whole.append(contentsOf: query)
        return whole
    }

    private var hostForms: [[UInt8]] {
        guard hasName else { return [host] }
        let labels = host.split(separator: UInt8(ascii: "."))
        var forms = [host]
        let longest = min(labels.count - 1, Self.hostLimit)
        guard longest >= 2 else { return forms }
        for count in stride(from: longest, through: 2, by: -1) where forms.count < Self.hostLimit {
            forms.append(Array(labels.suffix(count).joined(separator: [UInt8(ascii: ".")])))
        }
        return forms
    }

    private var pathForms: [[UInt8]] {
        var forms: [[UInt8]] = query == nil ? [path] : [pathAndQuery, path]
        var slashes = 0
        for (index, byte) in path.enumerated() where byte == UInt8(ascii: "/") {
            slashes += 1
            guard slashes <= Self.prefixLimit else { break }
            let prefix = Array(path[...index])
            if prefix != path { forms.append(prefix) }
        }
        return forms
    }
}

// MARK: What an expression covers

extension CanonicalURL {
    /// Half-open ranges of `place` that hold every URL the expression can cover; the caller checks each URL found by its
    /// `expressions`.
    package static func placeRanges(forExpression expression: [UInt8]) -> [(lower: [UInt8], upper: [UInt8])] {
        let slash = expression.firstIndex(of: UInt8(ascii: "/")) ?? expression.endIndex
        let host = Array(expression[..<slash])
        let hasName = !(host.first == UInt8(ascii: "[") || IPv4Address.endsInNumber(host))
        let reversed = reversed(host, hasName: hasName)
        let exact = reversed + expression[slash...]
        var ranges: [(lower: [UInt8], upper: [UInt8])] = []
        if exact.last == UInt8(ascii: "/") {
            ranges.append(prefixRange(exact))
        } else {
            ranges.append((exact, exact + [0]))
            if !expression.contains(UInt8(ascii: "?")) { ranges.append(prefixRange(exact + [UInt8(ascii: "?")])) }
        }
        if hasName { ranges.append(prefixRange(reversed + [UInt8(ascii: ".")])) }
        return ranges
    }

    /// One half-open range of `place` that holds all of `placeRanges`, and more: everything at the expression's host and
    /// below it.
    package static func hostRange(ofExpression expression: [UInt8]) -> (lower: [UInt8], upper: [UInt8]) {
        let host = Array(expression.prefix { $0 != UInt8(ascii: "/") })
        let hasName = !(host.first == UInt8(ascii: "[") || IPv4Address.endsInNumber(host))
        let reversed = reversed(host, hasName: hasName)
        // A dot leads below the host, a slash to its own pages: they are neighbours, and zero comes behind them.
        return (reversed + [UInt8(ascii: hasName ? "." : "/")], reversed + [UInt8(ascii: "/") + 1])
    }

    /// Everything that begins with the bytes; the last one is always ASCII here.
    private static func prefixRange(_ prefix: [UInt8]) -> (lower: [UInt8], upper: [UInt8]) {
        var upper = prefix
        upper[upper.count - 1] &+= 1
        return (prefix, upper)
    }

    private static func reversed(_ host: [UInt8], hasName: Bool) -> [UInt8] {
        guard hasName else { return host }
        return Array(host.split(separator: UInt8(ascii: ".")).reversed().joined(separator: [UInt8(ascii: ".")]))
    }
}

// MARK: Canonicalisation

extension CanonicalURL {
    private static func canonicalPath(_ path: [UInt8]) -> [UInt8] {
        if isCanonical(path) { return path }
        let plain = unescaped(path)
        var segments: [ArraySlice<UInt8>] = []
        let parts = plain.split(separator: UInt8(ascii: "/"))
        for part in parts {
            if part.elementsEqual([UInt8(ascii: ".")]) { continue }
            if part.elementsEqual([UInt8(ascii: "."), UInt8(ascii: ".")]) {
                segments.removeLast(segments.isEmpty ? 0 : 1)
            } else {
                segments.append(part)
            }
        }
        var out: [UInt8] = [UInt8(ascii: "/")]
        out.append(contentsOf: segments.joined(separator: [UInt8(ascii: "/")]))
        let isDirectory = plain.last == UInt8(ascii: "/") || parts.last.map(isDots) == true
        if isDirectory, !segments.isEmpty { out.append(UInt8(ascii: "/")) }
        return escaped(out)
    }

    /// Whether nothing is to do, as in nearly every path: no escape, nothing to escape, no empty segment, none that
    /// begins with a dot.
    private static func isCanonical(_ path: [UInt8]) -> Bool {
        guard path.first == UInt8(ascii: "/") else { return false }
        var isAfterSlash = false
        for byte in path {
            guard byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "#"), byte != UInt8(ascii: "%") else { return false }
            if isAfterSlash, byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".") { return false }
            isAfterSlash = byte == UInt8(ascii: "/")
        }
        return true
    }

    private static func isDots(_ part: ArraySlice<UInt8>) -> Bool {
        part.count <= 2 && part.allSatisfy { $0 == UInt8(ascii: ".") }
    }

    /// Unescapes until no escape is left, in one pass: what an escape becomes may complete the next one.
    private static func unescaped(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.contains(UInt8(ascii: "%")) else { return bytes }
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        for byte in bytes {
            out.append(byte)
            while out.count >= 3, out[out.count - 3] == UInt8(ascii: "%"), let high = out[out.count - 2].hexValue,
                let low = out[out.count - 1].hexValue
            {
                out.removeLast(3)
                out.append(high << 4 | low)
            }
        }
        return out
    }

    /// Escapes what is not printable ASCII, and `#` and `%`.
    private static func escaped(_ bytes: [UInt8]) -> [UInt8] {
        let isPlain = bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") && $0 != UInt8(ascii: "%") }
        if isPlain { return bytes }
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count + 16)
        for byte in bytes {
            if byte <= 0x20 || byte >= 0x7F || byte == UInt8(ascii: "#") || byte == UInt8(ascii: "%") {
                out.append(UInt8(ascii: "%"))
                out.append(contentsOf: Hex.encode(CollectionOfOne(byte)))
            } else {
                out.append(byte)
            }
        }
        return out
    }
}
