// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The bytes that a part of a URL percent-encodes (WHATWG URL Standard, section 1.3).
struct PercentEncodeSet: Sendable {
    /// One bit for each byte of ASCII; everything beyond is encoded.
    private var low: UInt64
    private var high: UInt64

    /// C0 controls, DEL, everything beyond ASCII, and the bytes given.
    private init(_ extra: StaticString = "", over base: PercentEncodeSet? = nil) {
        low = base?.low ?? 0xFFFF_FFFF
        high = base?.high ?? 1 << 63
        for byte in extra.bytes {
            if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte - 64) }
        }
    }

    static let c0Control = PercentEncodeSet()
    static let fragment = PercentEncodeSet(" \"<>`")
    static let query = PercentEncodeSet(" \"#<>")
    static let specialQuery = PercentEncodeSet("'", over: query)
    static let path = PercentEncodeSet("?^`{}", over: query)
    static let userinfo = PercentEncodeSet("/:;=@[\\]|", over: path)

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        byte.isNonASCII || (byte < 64 ? low : high) &>> UInt64(byte & 63) & 1 == 1
    }
}

/// Percent-encoding over bytes.
package enum PercentEncoding {
    private static let digits = ("0123456789ABCDEF" as StaticString).bytes

    static func append(_ bytes: ArraySlice<UInt8>, to out: inout [UInt8], encoding set: PercentEncodeSet) {
        // Nearly always there is nothing to encode, and a copy of the whole is all it takes.
        guard let first = bytes.firstIndex(where: set.contains) else { return out.append(contentsOf: bytes) }
        out.append(contentsOf: bytes[..<first])
        for byte in bytes[first...] {
            if set.contains(byte) {
                appendEscape(byte, to: &out)
            } else {
                out.append(byte)
            }
        }
    }

    static func appendEscape(_ byte: UInt8, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "%"))
        out.append(digits[Int(byte >> 4)])
        out.append(digits[Int(byte & 15)])
    }

    /// The bytes behind the escapes; a `%` that begins none stays (section 1.3).
    package static func decode(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let input = Array(bytes)
        var out: [UInt8] = []
        out.reserveCapacity(input.count)
        var position = 0
        while position < input.count {
            let byte = input[position]
            if byte == UInt8(ascii: "%"), position + 2 < input.count, let high = input[position + 1].hexValue,
                let low = input[position + 2].hexValue
            {
                out.append(high << 4 | low)
                position += 3
            } else {
                out.append(byte)
                position += 1
            }
        }
        return out
    }
}
