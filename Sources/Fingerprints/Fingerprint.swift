// SPDX-License-Identifier: Apache-2.0

// Fingerprints: what identifies the content of an attachment.
//
// The identity is the SHA-256 of the decoded bytes, because that is what feeds publish and what a person gets who saves
// the attachment and runs `sha256sum`; the size stands beside it for people and for a cheap cross-check. The file name is
// never part of it: the sender chooses that anew for every message. Road not taken: hashing the part as it travels; two
// encoders break base64 lines differently, so one file would have many names.

import Bytes
import Cryptography

/// What identifies content: the digest of its decoded bytes, and how many they are.
package struct Fingerprint: Hashable, Sendable {
    /// The 32 bytes of the SHA-256.
    package let sha256: [UInt8]
    /// Decoded bytes.
    package let size: Int

    /// The fingerprint of decoded content.
    package init(of content: [UInt8]) {
        sha256 = SHA256.digest(content)
        size = content.count
    }

    /// The fingerprint of content that is lent piece by piece: a large attachment is never whole in memory for it.
    package init(lending pieces: ((Span<UInt8>) -> Void) -> Void) {
        var hash = SHA256()
        var size = 0
        pieces { piece in
            hash.update(piece)
            size += piece.count
        }
        sha256 = hash.digest()
        self.size = size
    }

    /// The digest as `sha256sum` prints it: 64 small hexadecimal digits.
    package var sha256Hex: String { Hex.encode(sha256).text }
}
