// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography
package import Mail

/// The value of `X-Rearguard-Id`: `<message reference>.<MAC>`, 16 and 32 hexadecimal digits.
///
/// Hexadecimal, because IMAP's SEARCH compares without case. Nobody else can make one, so that a search for it finds the
/// message we saw and no forgery. It has no key id: it is verified rarely, and then by every key.
package enum Stamp {
    /// The stamp of the message, by the current key.
    package static func text(_ reference: MessageReference, keys: KeyRing) -> String {
        "\(reference).\(Hex.encode(keys.current.code(reference.bytes, for: .stamp)).text)"
    }

    /// The message that a stamp names; nil when none of the keys made it.
    package static func verified(_ text: some Collection<UInt8>, by keys: KeyRing) -> MessageReference? {
        let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].count == 2 * MAC.size, let reference = MessageReference(parts[0]),
            let code = Hex.decode(parts[1])
        else { return nil }
        let isOurs = keys.all.contains {
            $0.isTrusted && constantTimeEqual($0.code(reference.bytes, for: .stamp), code)
        }
        return isOurs ? reference : nil
    }
}
