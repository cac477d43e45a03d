// SPDX-License-Identifier: Apache-2.0

import Bytes
import Testing

@Suite struct EncodingTests {
    @Test(arguments: [
        ([], ""), ([0], "AA"), ([0xFB, 0xFF], "-_8"), ([1, 2, 3], "AQID"), ([255, 254, 253, 252], "__79_A"),
    ])
    func `base64url without padding is written and read back`(bytes: [UInt8], text: String) {
        #expect(Base64URL.encode(bytes).text == text)
        #expect(Base64URL.decode(Array(text.utf8)) == bytes)
    }

    @Test(arguments: ["A", "AAAAA", "AB", "AQ=", "AQ==", "A+", "A/", "A ", "AAB\n", "-_9"])
    func `text that no encoder makes is refused`(text: String) {
        #expect(Base64URL.decode(Array(text.utf8)) == nil)
    }

    @Test func `every byte string has exactly one base64url text`() {
        for size in 0..<64 {
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ size) }
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
    }

    @Test func `hexadecimal is read in either case and written small`() {
        #expect(Hex.encode([0x00, 0xAB, 0x9F]).text == "00ab9f")
        #expect(Hex.decode(Array("00AB9f".utf8)) == [0x00, 0xAB, 0x9F])
    }

    @Test(arguments: ["0", "0g", "x0", "000"]) func `other digits and odd counts are refused`(text: String) {
        #expect(Hex.decode(Array(text.utf8)) == nil)
    }
}

@Suite struct PatchTests {
    private let text = Array("0123456789".utf8)

    @Test func `no patch leaves the bytes as they are`() throws {
        #expect(try [Patch]().applied(to: text) == text)
    }

    @Test func `adjacent patches and an insertion between them all take effect`() throws {
        let patches = [
            Patch(range: 0..<2, replacement: Array("ab".utf8)), Patch(range: 2..<2, replacement: Array("-".utf8)),
            Patch(range: 2..<3, replacement: []), Patch(range: 9..<10, replacement: Array("END".utf8)),
        ]
        #expect(try patches.applied(to: text) == Array("ab-345678END".utf8))
    }

    @Test func `overlapping patches are refused`() {
        let patches = [Patch(range: 0..<3, replacement: []), Patch(range: 2..<4, replacement: [])]
        #expect(throws: PatchError.overlap(0..<3, 2..<4)) { try patches.applied(to: text) }
    }

    @Test(arguments: [8..<11, -1..<2]) func `a patch beyond the bytes is refused`(range: Range<Int>) {
        #expect(throws: PatchError.outOfBounds(range)) {
            try [Patch(range: range, replacement: [])].applied(to: text)
        }
    }
}
