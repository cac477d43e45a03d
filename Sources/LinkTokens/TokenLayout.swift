// SPDX-License-Identifier: Apache-2.0

import Mail

/// The bytes of a token before its MAC, version 1 (Sources/README.md, Formats).
///
/// Version and flags (1) · key id (1) · message reference (8) · ordinal (varint) · recipient (varint) · day (2) · filler
/// (0 or 1) · target. Every token has exactly one spelling: a varint is as short as it can be, and a filler, one zero byte
/// told by a flag, stands only where it must.
///
/// The filler keeps the size with the MAC from being a multiple of three. Then the last character of the text stands for
/// two or four bits and is a letter or a digit; else it could be `-` or `_`, and mail clients that make links of visible
/// URLs cut such an end off, with the link's life.
enum TokenLayout {
    /// A token that has the form; whether it is ours is not known yet.
    struct Content: Hashable {
        let keyID: UInt8
        let token: LinkToken
    }

    /// Version 1 in the high four bits.
    private static let version: UInt8 = 0x10
    /// The flag that says a filler stands before the target.
    private static let filled: UInt8 = 0x01
    /// Bytes of a varint: `LinkToken.numberLimit`.
    private static let varintLimit = 3

    static func bytes(of token: LinkToken, keyID: UInt8) -> [UInt8] {
        var bytes: [UInt8] = [version, keyID]
        bytes.reserveCapacity(token.target.count + 40)
        bytes.append(contentsOf: token.reference.bytes)
        append(varint: token.ordinal, to: &bytes)
        append(varint: token.recipient, to: &bytes)
        bytes.append(UInt8(token.day >> 8))
        bytes.append(UInt8(token.day & 0xFF))
        if needsFiller(bytes.count + token.target.count) {
            bytes[0] |= filled
            bytes.append(0)
        }
        bytes.append(contentsOf: token.target)
        return bytes
    }

    static func content(of bytes: [UInt8]) -> Content? {
        var rest = bytes[...]
        guard let first = rest.popFirst(), first & ~filled == version, let keyID = rest.popFirst(), rest.count >= 8
        else { return nil }
        let isFilled = first & filled != 0
        guard needsFiller(isFilled ? bytes.count - 1 : bytes.count) == isFilled else { return nil }
        let reference = rest.prefix(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        rest = rest.dropFirst(8)
        guard let ordinal = varint(&rest), let recipient = varint(&rest), let high = rest.popFirst(),
            let low = rest.popFirst(), !isFilled || rest.popFirst() == 0, rest.count <= LinkToken.targetSizeLimit
        else { return nil }
        return Content(
            keyID: keyID,
            token: LinkToken(
                reference: MessageReference(bits: reference), ordinal: ordinal, recipient: recipient,
                day: UInt16(high) << 8 | UInt16(low), target: Array(rest)))
    }

    /// Whether a token of so many bytes, the MAC not counted, would end in any character of base64url.
    private static func needsFiller(_ size: Int) -> Bool { (size + MAC.size).isMultiple(of: 3) }

    // MARK: Varints: seven bits a byte, least significant first (LEB128)

    private static func append(varint value: Int, to bytes: inout [UInt8]) {
        var rest = UInt(bitPattern: value)  // not negative: LinkToken.isWritable
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) -> Int? {
        var value = 0
        for place in 0..<varintLimit {
            guard let byte = rest.popFirst() else { return nil }
            value |= Int(byte & 0x7F) << (7 * place)
            // A zero at the end would be a second spelling of a shorter number.
            if byte < 0x80 { return byte == 0 && place > 0 ? nil : value }
        }
        return nil
    }
}
