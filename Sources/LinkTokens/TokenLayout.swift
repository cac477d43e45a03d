// SPDX-License-Identifier: Apache-2.0

import Mail

/// The bytes of a token before its MAC, version 1 (Sources/README.md, Formats).
///
/// Version and flags (1) · key id (1) · message reference (8) · ordinal (varint) · recipient (varint) · day (2) · target.
/// Every token has exactly one spelling: flags are zero, and a varint is as short as it can be.
enum TokenLayout {
    /// A token that has the form; whether it is ours is not known yet.
    struct Content: Hashable {
        let keyID: UInt8
        let token: LinkToken
    }

    /// Version 1 in the high four bits; no flag is defined yet.
    private static let version: UInt8 = 0x10
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
        bytes.append(contentsOf: token.target)
        return bytes
    }

    static func content(of bytes: [UInt8]) -> Content? {
        var rest = bytes[...]
        guard rest.popFirst() == version, let keyID = rest.popFirst(), rest.count >= 8 else { return nil }
        let reference = rest.prefix(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        rest = rest.dropFirst(8)
        guard let ordinal = varint(&rest), let recipient = varint(&rest), let high = rest.popFirst(),
            let low = rest.popFirst(), rest.count <= LinkToken.targetSizeLimit
        else { return nil }
        return Content(
            keyID: keyID,
            token: LinkToken(
                reference: MessageReference(bits: reference), ordinal: ordinal, recipient: recipient,
                day: UInt16(high) << 8 | UInt16(low), target: Array(rest)))
    }

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
