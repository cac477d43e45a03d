// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography
import Foundation
import Testing

@Suite struct CryptoTests {
    @Test(arguments: try vectors("sha256.txt", fields: 2)) func `a digest is the published one`(_ fields: [[UInt8]]) {
        #expect(Hex.encode(SHA256.digest(fields[0])) == Hex.encode(fields[1]))
    }

    @Test(arguments: try vectors("sha256.txt", fields: 2)) func `a digest taken byte by byte is the same`(
        _ fields: [[UInt8]]
    ) {
        var hash = SHA256()
        for byte in fields[0] { hash.update([byte].span) }
        let digest = hash.digest()
        #expect(digest == fields[1])
    }

    @Test func `a million bytes hash as published`() {
        let digest = SHA256.digest([UInt8](repeating: 0x61, count: 1_000_000))
        #expect(Hex.encode(digest).text == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test(arguments: try vectors("hmac-sha256.txt", fields: 3)) func `a code is the published one`(_ fields: [[UInt8]])
    {
        let code = HMACSHA256.code(over: fields[1], key: fields[0])
        #expect(code.count == 32)
        #expect(Array(code.prefix(fields[2].count)) == fields[2])
    }

    @Test func `one key makes the same code again, from many threads at a time`() async {
        let key = HMACKey(Array("Jefe".utf8))
        let message = Array("what do ya want for nothing?".utf8)
        let expected = HMACSHA256.code(over: message, key: Array("Jefe".utf8))
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 { group.addTask { (0..<500).allSatisfy { _ in key.code(over: message) == expected } } }
            for await same in group { #expect(same) }
        }
    }

    @Test func `equality is of all bytes and of the length`() {
        #expect(constantTimeEqual([], []))
        #expect(constantTimeEqual([1, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEqual([1, 2, 3], [1, 2]))
        for place in 0..<3 {
            var other: [UInt8] = [1, 2, 3]
            other[place] ^= 0x80
            #expect(!constantTimeEqual([1, 2, 3], other))
        }
    }

    @Test func `random bytes come in the number asked for and do not repeat`() {
        #expect(SecureRandom.bytes(0).isEmpty)
        #expect(SecureRandom.bytes(-1).isEmpty)
        #expect(SecureRandom.bytes(32).count == 32)
        #expect(SecureRandom.bytes(32) != SecureRandom.bytes(32))
    }
}

/// The hexadecimal fields at the start of each line of a file beside these tests; what follows them is for people.
private func vectors(_ name: String, fields: Int) throws -> [[[UInt8]]] {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors/\(name)")
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
        try $0.split(separator: " ").prefix(fields).map { $0 == "-" ? [] : try #require(Hex.decode($0.utf8)) }
    }
}

@Suite struct AESTests {
    /// Test case 16 of the GCM specification (McGrew, Viega), which NIST's validation uses too.
    @Test func `AES-256-GCM gives the published ciphertext and tag`() {
        let key = bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")
        let nonce = bytes("cafebabefacedbaddecaf888")
        let context = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2")
        let plain = bytes(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
        )
        let sealed = bytes(
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                + "76fc6ece0f4e1768cddf8853bb2d551b")
        #expect(AES256GCM.seal(plain.span, key: key, nonce: nonce, context: context) == sealed)
        #expect(AES256GCM.open(sealed.span, key: key, nonce: nonce, context: context) == plain)
        #expect(AES256GCM.open(sealed.span, key: key, nonce: nonce) == nil)
    }

    private func bytes(_ hex: String) -> [UInt8] { Hex.decode(hex.utf8) ?? [] }
}
