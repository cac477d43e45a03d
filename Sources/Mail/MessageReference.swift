// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The name Rearguard gives a message: 64 random bits.
///
/// It stands in the stamp, in every link token and in every record of the message, so it is unique to one transaction
/// (not to the author's Message-ID, which anyone may repeat). Written as 16 small hexadecimal digits, because IMAP's
/// `SEARCH HEADER` compares without case.
package struct MessageReference: Hashable, Sendable, CustomStringConvertible {
    package let bits: UInt64

    package init(bits: UInt64) {
        self.bits = bits
    }

    /// The reference written as `text`; nil unless it is 16 hexadecimal digits.
    package init?(_ text: some Collection<UInt8>) {
        guard text.count == 16, let bytes = Hex.decode(text) else { return nil }
        bits = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    package init?(text: String) {
        self.init(Array(text.utf8))
    }

    /// A new reference; the system's generator is a cryptographic one.
    package static func random() -> MessageReference {
        MessageReference(bits: .random(in: .min ... .max))
    }

    /// The eight bytes, most significant first.
    package var bytes: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(56 - 8 * $0)) } }

    /// The 16 digits.
    package var description: String { Hex.encode(bits).text }
}

extension MessageReference: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let reference = MessageReference(text: text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a message reference has 16 hexadecimal digits")
            )
        }
        self = reference
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
