// SPDX-License-Identifier: Apache-2.0

import Bytes
import Testing

@Suite struct PatchedBytesTests {
    private let bytes = Array("0123456789".utf8)

    private func patch(_ range: Range<Int>, _ text: String) -> Patch {
        Patch(range: range, replacement: Array(text.utf8))
    }

    @Test func `patches are carried out within the range`() throws {
        let patched = try PatchedBytes(
            bytes, in: 2..<9, patches: [patch(2..<3, ""), patch(4..<4, "ab"), patch(8..<9, "z")])
        #expect(patched.joined == Array("3ab4567z".utf8))
        #expect(patched.count == 8)
        var pieces: [[UInt8]] = []
        patched.forEachPiece { pieces.append(Array($0)) }
        #expect(pieces == ["3", "ab", "4567", "z"].map { Array($0.utf8) })
    }

    @Test func `without patches it is the range`() throws {
        #expect(try PatchedBytes(bytes, in: 3..<5).joined == Array("34".utf8))
        #expect(PatchedBytes(bytes).joined == bytes)
        #expect(PatchedBytes([]).joined.isEmpty)
    }

    @Test func `patches that overlap, or lie outside of the range, are refused`() {
        #expect(throws: PatchError.overlap(3..<5, 4..<6)) {
            try PatchedBytes(bytes, in: 0..<10, patches: [patch(3..<5, ""), patch(4..<6, "")])
        }
        #expect(throws: PatchError.outOfBounds(1..<3)) {
            try PatchedBytes(bytes, in: 2..<9, patches: [patch(1..<3, "")])
        }
        #expect(throws: PatchError.outOfBounds(8..<10)) {
            try PatchedBytes(bytes, in: 2..<9, patches: [patch(8..<10, "")])
        }
        #expect(throws: PatchError.outOfBounds(5..<11)) { try PatchedBytes(bytes, in: 5..<11) }
    }
}
