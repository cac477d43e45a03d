// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The target host as the reader of a rewritten link sees it: one segment of the link's path.
///
/// A name stands there as it is. Every other byte is percent-encoded: the brackets of an IPv6 address would end the link
/// for most programs that find links in text. The MAC covers the host decoded, so it does not matter who escapes or
/// unescapes the segment on its way. What could not stand there stands as `_`: no host, one longer than any name,
/// one of dots only (a browser would take it for `.` or `..` and drop it), and one with a `%`, which would not be the
/// same decoded once and twice.
struct VisibleHost: Hashable, Sendable {
    /// As the MAC covers it.
    let bytes: [UInt8]

    /// Bytes of a host that is shown, escapes included: a name in the DNS has 253 at most, and a link must not grow by
    /// its host.
    static let sizeLimit = 255
    private static let none: [UInt8] = [UInt8(ascii: "_")]

    /// The visible form of a serialised host (WHATWG URL Standard, section 3.6).
    init(of host: [UInt8]) {
        let isShown =
            !host.isEmpty && host.count <= Self.sizeLimit && !host.contains(UInt8(ascii: "%"))
            && host.contains { $0 != UInt8(ascii: ".") } && Self.segment(of: host).count <= Self.sizeLimit
        bytes = isShown ? host : Self.none
    }

    /// The host behind a path segment; nil for one that no link of ours has.
    init?(inPath segment: some Collection<UInt8>) {
        guard !segment.isEmpty, segment.count <= 3 * Self.sizeLimit else { return nil }
        guard let decoded = Self.decoded(segment), decoded.count <= Self.sizeLimit else { return nil }
        bytes = decoded
    }

    /// The path segment.
    var segment: [UInt8] { Self.segment(of: bytes) }

    private static func segment(of host: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(host.count)
        for byte in host {
            if byte.isASCIIAlphanumeric || plain.contains(byte) {
                out.append(byte)
            } else {
                out.append(UInt8(ascii: "%"))
                out.append(contentsOf: Hex.encode(CollectionOfOne(byte)).map(\.uppercasedHexDigit))
            }
        }
        return out
    }

    /// Beside letters and digits: what no program escapes or cuts at inside a path.
    private static let plain = ("-._~:" as StaticString).bytes

    private static func decoded(_ segment: some Collection<UInt8>) -> [UInt8]? {
        var out: [UInt8] = []
        var rest = Array(segment)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                out.append(byte)
                continue
            }
            guard let high = rest.popFirst()?.hexValue, let low = rest.popFirst()?.hexValue else { return nil }
            out.append(high << 4 | low)
        }
        return out
    }
}

extension UInt8 {
    /// Escapes are written in capitals (RFC 3986, section 2.1).
    fileprivate var uppercasedHexDigit: UInt8 { isASCIILetter ? self & 0xDF : self }
}
