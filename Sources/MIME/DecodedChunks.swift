// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Content for who only looks at it once, such as digests: no second copy of a large attachment is made.
extension EntityTree {
    /// Bytes of a piece, at most.
    package static let chunkSize = 1_024 * 1_024

    /// Gives the content of a leaf with its transfer encoding undone, piece by piece and in order; the pieces together
    /// are `decoded(leaf).bytes`.
    package func forEachDecodedChunk(_ leaf: Entity, _ take: (Span<UInt8>) -> Void) {
        switch leaf.encoding {
        case .sevenBit, .eightBit, .binary, .unknown: inPieces(bytes.span.extracting(leaf.content), take)
        case .base64:
            // As others read it, it depends on the whole, too.
            if let text = Base64.decodedForURLs(bytes, in: leaf.content) {
                inPieces(text.span, take)
            } else {
                Base64.forEachChunk(bytes, in: leaf.content, take)
            }
        case .quotedPrintable:
            forEachLineGroup(leaf.content) { inPieces(QuotedPrintable.decode(bytes, in: $0).bytes.span, take) }
        // Old and small; lines before `begin` and after `end` make it depend on the whole.
        case .uuencode: inPieces(decoded(leaf).bytes.span, take)
        }
    }

    private func inPieces(_ content: Span<UInt8>, _ take: (Span<UInt8>) -> Void) {
        var start = 0
        while start < content.count {
            let end = min(content.count, start + Self.chunkSize)
            take(content.extracting(start..<end))
            start = end
        }
    }

    /// Ranges of whole lines: what quoted-printable says of a line depends on no other.
    private func forEachLineGroup(_ content: Range<Int>, _ take: (Range<Int>) -> Void) {
        let size = 64 * 1_024
        let span = bytes.span
        var start = content.lowerBound
        while start < content.upperBound {
            let lineFeed = span.lineFeed(from: min(start + size, content.upperBound), to: content.upperBound)
            let end = min(lineFeed + 1, content.upperBound)
            take(start..<end)
            start = end
        }
    }
}
