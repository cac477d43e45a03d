// SPDX-License-Identifier: Apache-2.0

import Bytes
import Mail

/// The text of a message's `X-Rearguard-Id` field, checked to be what may stand in an IMAP command.
///
/// Sixteen hexadecimal digits, a dot, thirty-two more. Whether its MAC is right is the milter's and LinkTokens' matter:
/// here it is only what we search for.
package struct MessageStamp: Hashable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]

    package init?(_ text: some Collection<UInt8>) {
        let bytes = Array(text)
        guard bytes.count == 49, bytes[16] == UInt8(ascii: "."), MessageReference(bytes[..<16]) != nil,
            bytes[17...].allSatisfy(\.isASCIIHexDigit)
        else { return nil }
        self.bytes = bytes.lowercased
    }

    package init?(text: String) {
        self.init(Array(text.utf8))
    }

    package var description: String { bytes.text }
}
