// SPDX-License-Identifier: Apache-2.0

// Fingerprints: what identifies the content of an attachment, and what kind of thing it is.
//
// The identity is the SHA-256 of the decoded bytes, because that is what feeds publish and what a person gets who saves
// the attachment and runs `sha256sum`; the size stands beside it for people and for a cheap cross-check. SHA-1 and MD5 are
// taken in the same pass, because half of the published lists have nothing else. The file name is never part of it: the
// sender chooses that anew for every message. Road not taken: hashing the part as it travels; two encoders break base64
// lines differently, so one file would have many names.
//
//   Fingerprint   exact identity            TLSH       likeness: nearly the same content has nearly the same value
//   FileName      what the sender calls it  FileTypes  what it is by its content, and whether that fits what was said

import Bytes
package import Cryptography

/// What identifies content: the digests of its decoded bytes, and how many they are.
package struct Fingerprint: Hashable, Sendable {
    /// The digests; SHA-256 is the name, the others find the content in lists that have only them.
    package let digests: ContentDigests.Values
    /// Decoded bytes.
    package let size: Int

    /// The fingerprint of decoded content.
    package init(of content: [UInt8]) {
        self.init { $0(content.span) }
    }

    /// The fingerprint of content that is lent piece by piece: a large attachment is never whole in memory for it.
    package init(lending pieces: ((Span<UInt8>) -> Void) -> Void) {
        var taking = FingerprintTaking()
        pieces { taking.update($0) }
        self = taking.fingerprint()
    }

    fileprivate init(digests: ContentDigests.Values, size: Int) {
        self.digests = digests
        self.size = size
    }

    /// The 32 bytes of the SHA-256.
    package var sha256: [UInt8] { digests.sha256 }
    /// The digest as `sha256sum` prints it: 64 small hexadecimal digits.
    package var sha256Hex: String { Hex.encode(digests.sha256).text }
    /// The digest as `sha1sum` prints it: 40 small hexadecimal digits.
    package var sha1Hex: String { Hex.encode(digests.sha1).text }
    /// The digest as `md5sum` prints it: 32 small hexadecimal digits.
    package var md5Hex: String { Hex.encode(digests.md5).text }
}

/// A fingerprint in the making, for content that comes piece by piece to somebody who does other things with it too.
package struct FingerprintTaking: ~Copyable {
    private var digests = ContentDigests()
    private var size = 0

    package init() {}

    /// Takes the next bytes of the content.
    package mutating func update(_ bytes: Span<UInt8>) {
        digests.update(bytes)
        size += bytes.count
    }

    /// The fingerprint of all that `update` took.
    package consuming func fingerprint() -> Fingerprint {
        let size = size
        return Fingerprint(digests: digests.values(), size: size)
    }
}
