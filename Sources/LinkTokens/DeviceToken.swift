// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography

/// The value of the cookie by which a device that was once inside, or went on from a page of ours, is known again.
///
/// It names nobody: key id (1 byte), day of issue (2, as in a link token), a MAC over both, the same for every device of
/// that day. It opens nothing either; it only spares somebody a page.
package enum DeviceToken {
    private static let headSize = 1 + 2
    private static let size = headSize + MAC.size
    /// Days it counts: a person who reads mail at home comes by more often.
    package static let lifetime = 180

    /// A token of the day (`LinkToken.day`).
    package static func mint(day: UInt16, keys: KeyRing) -> [UInt8] {
        let head = [keys.current.id, UInt8(day >> 8), UInt8(day & 0xFF)]
        return Base64URL.encode(head + keys.current.code(head, for: .device))
    }

    /// Whether the text is a token of ours that still counts on the day.
    package static func verifies(_ text: [UInt8], on day: UInt16, by keys: KeyRing) -> Bool {
        guard text.count <= 2 * size, let bytes = Base64URL.decode(text), bytes.count == size,
            let key = keys.key(bytes[0]), key.isTrusted,
            constantTimeEqual(key.code(Array(bytes.prefix(headSize)), for: .device), Array(bytes.suffix(MAC.size)))
        else { return false }
        let issued = Int(bytes[1]) << 8 | Int(bytes[2])
        return (issued...issued + lifetime).contains(Int(day)) || Int(day) + 1 == issued  // clocks of two hosts
    }
}

/// A name for a client address that tells nobody the address: the first 8 bytes of a MAC, in hexadecimal.
///
/// The same address has the same name until the current key changes.
package enum AddressName {
    package static func text(_ address: [UInt8], keys: KeyRing) -> String {
        Hex.encode(keys.current.code(address, for: .address).prefix(8)).text
    }
}
