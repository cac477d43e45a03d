// SPDX-License-Identifier: Apache-2.0

// Objects: the bytes of attachments and archive members, kept so that they can be judged again.
//
// Each distinct object is there once, under its SHA-256, compressed and encrypted. The milter seals an object and writes it
// to the spool before the record of its message; rearguardd takes what lies in the spool into the store as it is, so that
// nothing is encrypted twice and the two agree on one format:
//
// | bytes | what (numbers: least significant byte first) |
// | --- | --- |
// | 8 | `RGOBJECT` |
// | 1 | version, 1 |
// | 1 | compression: 0 none, 1 zstd (RFC 8878) |
// | 1 | number of the key |
// | 1 | zero |
// | 4 | bytes of the payload |
// | 8 | bytes of the content |
// | 32 | SHA-256 of the content |
// | 16 | salt, random |
// | … | payload: chunks of 64 KiB (the last may be shorter), each encrypted, with its tag of 16 bytes behind it |
//
// Chunks are AES-256-GCM with the whole header as context, so no header fits another payload. The key of an object is
// HMAC-SHA-256 of label, salt and digest under the site's key, and the nonce counts its chunks and marks the last one (as in
// the file format of age): no nonce meets a key twice, however many objects there are, and no chunk can be cut off, moved
// or given twice. Road not taken: one key with random nonces for all, which is safe for some 2^32 chunks only.
//
// Who has the disk has none of the content, but learns which digests are there; the store's tables say that anyway, and
// names without digests would keep the milter from seeing that it need not write an object again.

import Bytes
import Cryptography

/// What a sealed object says about itself in the clear.
package struct SealedHeader: Hashable, Sendable {
    package enum Compression: UInt8, Sendable {
        case none = 0
        case zstd = 1
    }

    package static let size = 72
    static let magic = Array("RGOBJECT".utf8)
    static let version: UInt8 = 1
    static let saltSize = 16

    package let compression: Compression
    package let keyID: UInt8
    package let payloadSize: Int
    /// Bytes of the content.
    package let size: Int
    package let sha256: [UInt8]
    let salt: [UInt8]

    package var sha256Hex: String { Hex.encode(sha256).text }

    init(compression: Compression, keyID: UInt8, payloadSize: Int, size: Int, sha256: [UInt8]) {
        self.compression = compression
        self.keyID = keyID
        self.payloadSize = payloadSize
        self.size = size
        self.sha256 = sha256
        salt = SecureRandom.bytes(Self.saltSize)
    }

    /// The header at the begin of these bytes; nil when they are no sealed object of this version.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.size, bytes.starts(with: Self.magic), bytes[8] == Self.version, bytes[11] == 0,
            let compression = Compression(rawValue: bytes[9])
        else { return nil }
        let size = Self.number(bytes[16..<24])
        guard size <= SealedObject.sizeLimit else { return nil }
        self.compression = compression
        keyID = bytes[10]
        payloadSize = Int(Self.number(bytes[12..<16]))
        self.size = Int(size)
        sha256 = Array(bytes[24..<56])
        salt = Array(bytes[56..<72])
    }

    var bytes: [UInt8] {
        Self.magic + [Self.version, compression.rawValue, keyID, 0] + Self.bytes(UInt64(payloadSize), 4)
            + Self.bytes(UInt64(size), 8) + sha256 + salt
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func bytes(_ number: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
    }
}

/// An object as it lies on the disk.
package struct SealedObject: Sendable {
    /// Bytes of one object, at most: what is larger is known by its fingerprint only.
    ///
    /// A message has at most 1 GiB, and the
    /// payload's size must fit in 32 bits.
    package static let sizeLimit = 1 << 30
    /// Bytes that are encrypted together.
    static let chunkSize = 64 * 1_024
    /// Bytes of a sealed object, at most.
    package static let largestFile =
        SealedHeader.size + sizeLimit + (sizeLimit / chunkSize + 1) * AES256GCM.tagSize

    package let header: SealedHeader
    let payload: [UInt8]

    /// Header and payload.
    package var bytes: [UInt8] { header.bytes + payload }

    /// Takes the parts as they were read.
    package init?(header: SealedHeader, payload: [UInt8]) {
        guard payload.count == header.payloadSize else { return nil }
        self.header = header
        self.payload = payload
    }

    /// Reads header and payload; nil when that is not what the bytes are.
    package init?(_ bytes: [UInt8]) {
        guard let header = SealedHeader(bytes) else { return nil }
        self.init(header: header, payload: Array(bytes[SealedHeader.size...]))
    }

    /// Compresses and encrypts; `sha256` is the content's.
    package init(sealing content: [UInt8], sha256: [UInt8], key: ObjectKey) {
        let packed = Zstandard.compress(content)
        let text = packed ?? content
        let chunks = max(1, (text.count + Self.chunkSize - 1) / Self.chunkSize)
        header = SealedHeader(
            compression: packed == nil ? .none : .zstd, keyID: key.id,
            payloadSize: text.count + chunks * AES256GCM.tagSize, size: content.count, sha256: sha256)
        let objectKey = key.key(of: header)
        let context = header.bytes
        var payload: [UInt8] = []
        payload.reserveCapacity(header.payloadSize)
        for chunk in 0..<chunks {
            let range = chunk * Self.chunkSize..<min(text.count, (chunk + 1) * Self.chunkSize)
            payload += AES256GCM.seal(
                text.span.extracting(range), key: objectKey, nonce: Self.nonce(chunk, isLast: chunk + 1 == chunks),
                context: context)
        }
        self.payload = payload
    }

    /// The content; nil when anything about the object was changed, or the key is another one.
    package func content(_ key: ObjectKey) -> [UInt8]? {
        guard key.id == header.keyID, let text = opened(key) else { return nil }
        switch header.compression {
        case .none: return text.count == header.size ? text : nil
        case .zstd: return Zstandard.decompress(text, size: header.size)
        }
    }

    /// The same object under another key; nil as for `content`.
    package func resealed(from old: ObjectKey, to new: ObjectKey) -> SealedObject? {
        content(old).map { SealedObject(sealing: $0, sha256: header.sha256, key: new) }
    }

    private func opened(_ key: ObjectKey) -> [UInt8]? {
        let objectKey = key.key(of: header)
        let context = header.bytes
        let sealedSize = Self.chunkSize + AES256GCM.tagSize
        var text: [UInt8] = []
        text.reserveCapacity(payload.count)
        var start = 0
        repeat {
            let end = min(payload.count, start + sealedSize)
            let nonce = Self.nonce(start / sealedSize, isLast: end == payload.count)
            guard
                let chunk = AES256GCM.open(
                    payload.span.extracting(start..<end), key: objectKey, nonce: nonce, context: context)
            else { return nil }
            text += chunk
            start = end
        } while start < payload.count
        return text
    }

    /// Counts in the last bytes but one, as numbers are written; the last byte tells the last chunk.
    private static func nonce(_ chunk: Int, isLast: Bool) -> [UInt8] {
        let count = (0..<8).map { UInt8(truncatingIfNeeded: UInt64(chunk) >> (8 * UInt64(7 - $0))) }
        return [0, 0, 0] + count + [isLast ? 1 : 0]
    }
}

extension ObjectKey {
    private static let label = Array("rearguard object 1".utf8)

    /// The key of one object.
    fileprivate func key(of header: SealedHeader) -> [UInt8] {
        code(over: Self.label + header.salt + header.sha256)
    }
}
