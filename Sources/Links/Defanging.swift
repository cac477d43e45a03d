// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Visible text that no client makes a link of any more, and that a person still reads.
///
/// The spelling that people who exchange indicators use: `file[:]//host[.]example/x`; a UNC path gets a space between its
/// backslashes. Everything in the text that could begin a link is broken, not only its head: `file://a/,www.b.example`
/// would otherwise leave a link behind. Road not taken: another scheme (`hxxp`, `blocked`): clients that link bare names
/// would still link the host.
enum Defanging {
    /// `goesOn`: whether something is shown right behind the text.
    static func text(_ bytes: [UInt8], goesOn: Bool = false) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count + 16)
        for (place, byte) in bytes.enumerated() {
            let next = place + 1 < bytes.count ? bytes[place + 1] : goesOn ? whatJoins(byte) : .space
            switch byte {
            case .colon where next > .space: append(byte, to: &out)
            case .fullStop where next.isHostByte && next != .fullStop || next == 0x40: append(byte, to: &out)
            case .reverseSolidus where next == .reverseSolidus: out.append(contentsOf: [byte, .space])
            default: out.append(byte)
            }
        }
        return out
    }

    /// What would make a part of a link of this byte if it stood behind it.
    private static func whatJoins(_ byte: UInt8) -> UInt8 { byte == .reverseSolidus ? byte : UInt8(ascii: "a") }

    private static func append(_ byte: UInt8, to out: inout [UInt8]) {
        out.append(contentsOf: [0x5B, byte, .rightSquareBracket])
    }
}
