// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The bytes that a part of a URL percent-encodes (WHATWG URL Standard, section 1.3).
struct PercentEncodeSet: Sendable {
    private let members: [Bool]

    /// C0 controls, DEL, everything beyond ASCII, and the bytes given.
    private init(_ extra: StaticString = "", over base: PercentEncodeSet? = nil) {
        var members = base?.members ?? (0..<256).map { $0 < 0x20 || $0 > 0x7E }
        for byte in extra.bytes { members[Int(byte)] = true }
        self.members = members
    }

    static let c0Control = PercentEncodeSet()
    static let fragment = PercentEncodeSet(" \"<>`")
    static let query = PercentEncodeSet(" \"#<>")
    static let specialQuery = PercentEncodeSet("'", over: query)
    static let path = PercentEncodeSet("?^`{}", over: query)
    static let userinfo = PercentEncodeSet("/:;=@[\\]|", over: path)

    func contains(_ byte: UInt8) -> Bool { members[Int(byte)] }
}

/// Percent-encoding over bytes.
package enum PercentEncoding {
    private static let digits = ("0123456789ABCDEF" as StaticString).bytes

    static func append(_ bytes: some Collection<UInt8>, to out: inout [UInt8], encoding set: PercentEncodeSet) {
        for byte in bytes {
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
