// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The content of a leaf with its transfer encoding undone, piece by piece: an attachment of 50 MB is never whole in
/// memory a second time.
///
/// The raw content is cut only where the decoders have nothing open, so all pieces together are exactly what
/// `EntityTree.decoded` gives.
package struct ContentPieces: Sequence, IteratorProtocol {
    /// Raw bytes of a piece; it may be a little more.
    private static let size = 64 * 1_024

    private let message: [UInt8]
    private let encoding: TransferEncoding
    private var rest: Range<Int>
    /// An encoding without a place to cut: all of it at once.
    private var whole: [UInt8]?

    fileprivate init(_ leaf: Entity, in tree: EntityTree) {
        message = tree.bytes
        encoding = leaf.encoding
        rest = leaf.content
        let isKnown = [.base64, .quotedPrintable, .sevenBit, .eightBit, .binary].contains(encoding)
        whole = isKnown ? nil : tree.decoded(leaf).bytes
    }

    package mutating func next() -> [UInt8]? {
        if let bytes = whole {
            whole = []
            return bytes.isEmpty ? nil : bytes
        }
        guard !rest.isEmpty else { return nil }
        let cut =
            switch encoding {
            case .base64: base64Cut
            case .quotedPrintable: quotedPrintableCut
            default: Swift.min(rest.lowerBound + Self.size, rest.upperBound)
            }
        let piece = rest.lowerBound..<cut
        rest = cut..<rest.upperBound
        return switch encoding {
        case .base64: Base64.decode(message, in: piece).bytes
        case .quotedPrintable: QuotedPrintable.decode(message, in: piece).bytes
        default: Array(message[piece])
        }
    }

    /// Behind a whole group of four; a padding ends a group early.
    private var base64Cut: Int {
        let span = message.span
        let least = rest.lowerBound + Self.size
        var open = 0
        var index = rest.lowerBound
        while index < rest.upperBound {
            if index >= least, open == 0 { return index }
            if Base64.isValue(span[index]) {
                open = (open &+ 1) & 3
            } else if span[index] == UInt8(ascii: "=") {
                open = 0
            }
            index &+= 1
        }
        return rest.upperBound
    }

    /// Behind a line, or within a very long one where no escape and no white space is near.
    private var quotedPrintableCut: Int {
        let span = message.span
        var index = Swift.min(rest.lowerBound + Self.size, rest.upperBound)
        let patience = index + Self.size
        while index < rest.upperBound {
            if span[index &- 1] == .lineFeed { return index }
            let isOpen = span[index &- 2] == UInt8(ascii: "=") || span[index &- 3] == UInt8(ascii: "=")
            if index > patience, !isOpen, span[index &- 1].isASCIIAlphanumeric { return index }
            index &+= 1
        }
        return rest.upperBound
    }
}

extension EntityTree {
    /// The decoded content of a leaf, piece by piece.
    package func pieces(of leaf: Entity) -> ContentPieces { ContentPieces(leaf, in: self) }
}
