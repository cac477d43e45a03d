// SPDX-License-Identifier: Apache-2.0

import Bytes
import MIME

/// The bytes of a text written with bare line feeds, as they travel: with CR LF.
func crlf(_ text: String) -> [UInt8] {
    text.utf8.flatMap { $0 == .lineFeed ? [.carriageReturn, .lineFeed] : [$0] }
}

/// One line an entity: part number, type, and what its content says.
func outline(_ bytes: [UInt8], limits: MIMELimits = .init()) throws -> [String] {
    let tree = try EntityTree.parse(bytes, limits: limits)
    return tree.entities.map { entity in
        let part = entity.part.isEmpty ? "-" : entity.part
        guard entity.structure == .leaf else { return "\(part) \(entity.contentType.mediaType)" }
        let content = tree.bytes[entity.content].filter { $0 != .carriageReturn }.map { $0 == .lineFeed ? 0x7C : $0 }
        return "\(part) \(entity.contentType.mediaType) \(content.text)"
    }
}

/// The only leaf of a message with that transfer encoding and content.
func leaf(_ encoding: String, _ content: [UInt8]) throws -> (tree: EntityTree, content: DecodedContent) {
    let tree = try EntityTree.parse(crlf("Content-Transfer-Encoding: \(encoding)\n\n") + content)
    return (tree, tree.decoded(tree.root))
}

/// Numbers that are the same in every run.
struct Draws: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
