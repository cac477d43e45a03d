// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Content for who only looks at it once, such as digests: no second copy of a large attachment is made.
extension EntityTree {
    /// Gives the content of a leaf with its transfer encoding undone, piece by piece and in order; the pieces together
    /// are `decoded(leaf).bytes`.
    package func forEachDecodedChunk(_ leaf: Entity, _ take: (Span<UInt8>) -> Void) {
        switch leaf.encoding {
        case .sevenBit, .eightBit, .binary, .unknown: take(bytes.span.extracting(leaf.content))
        case .base64:
            // As others read it, it depends on the whole, too.
            if let text = Base64.decodedForURLs(bytes, in: leaf.content) {
                take(text.span)
            } else {
                Base64.forEachChunk(bytes, in: leaf.content, take)
            }
        case .quotedPrintable: forEachLineGroup(leaf.content) { take(QuotedPrintable.decode(bytes, in: $0).bytes.span) }
        // Old and small; lines before `begin` and after `end` make it depend on the whole.
        case .uuencode: take(decoded(leaf).bytes.span)
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
