// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import MIME
import Testing

@Suite struct ContentPiecesTests {
    private func tree(_ encoding: String, _ content: [UInt8]) throws -> EntityTree {
        try EntityTree.parse(Array("Content-Transfer-Encoding: \(encoding)\r\n\r\n".utf8) + content)
    }

    /// Base64 with junk, odd line lengths and padding in the middle; quoted-printable with soft breaks and one very long
    /// line; bytes.
    private static let contents: [(encoding: String, content: [UInt8])] = {
        let bytes = (0..<400_000).map { UInt8(truncatingIfNeeded: ($0 &* 7_919) >> 5) }
        let base64 = Array(Data(bytes).base64EncodedString().utf8)
        let lines = stride(from: 0, to: base64.count, by: 61).map { Array(base64[$0..<min($0 + 61, base64.count)]) }
        let lineEnd: [UInt8] = [0x0D, 0x0A]
        let plain = lines.flatMap { line in line + lineEnd }
        let padding: [UInt8] = [0x3D, 0x3D, 0x0A]
        let junk: [UInt8] = [0x21, 0x0A]
        let padded = lines.enumerated().flatMap { index, line in line + (index % 50 == 0 ? padding : junk) }
        let text = (0..<9_000).map { "line=20=C3=A4 \($0)\($0 % 3 == 0 ? "=\r\n" : "  \r\n")" }.joined()
        let long = String(repeating: "a=3Db =41", count: 60_000)
        return [
            ("base64", plain), ("base64", padded), ("base64", Array(plain.dropLast(3))),
            ("quoted-printable", Array(text.utf8)), ("quoted-printable", Array(long.utf8)),
            ("quoted-printable", Array((long + text).utf8)), ("8bit", bytes), ("base64", []), ("x-unknown", bytes),
        ]
    }()

    @Test(arguments: contents.indices) func `all pieces together are the decoded content`(index: Int) throws {
        let (encoding, content) = Self.contents[index]
        let tree = try tree(encoding, content)
        let leaf = try #require(tree.leaves.first)
        let pieces = Array(tree.pieces(of: leaf))
        #expect(pieces.flatMap(\.self) == tree.decoded(leaf).bytes)
        if content.count > 300_000, encoding != "x-unknown" { #expect(pieces.count > 2) }
    }
}
