// SPDX-License-Identifier: Apache-2.0

import Bytes

/// OpenPGP within plain text, which no MIME type tells (RFC 9580, sections 6.2 and 7).
///
/// Only from a block's first line to its last, and only where both are there with armour between them: a line that looks
/// like a beginning would else keep a whole text from being looked at.
package enum InlinePGP {
    /// One block, with its first and its last line.
    package struct Block: Hashable, Sendable {
        package let range: Range<Int>
        package let protection: Protection
    }

    /// The armour that is being read, and where the block began that it closes.
    private struct Armour {
        let start: Int
        let block: Int
        let protection: Protection
    }

    private enum Mark { case signed, signature, signatureEnd, message, messageEnd }

    private static let marks: [([UInt8], Mark)] = [
        (("-----BEGIN PGP SIGNED MESSAGE-----" as StaticString).bytes, .signed),
        (("-----BEGIN PGP SIGNATURE-----" as StaticString).bytes, .signature),
        (("-----END PGP SIGNATURE-----" as StaticString).bytes, .signatureEnd),
        (("-----BEGIN PGP MESSAGE-----" as StaticString).bytes, .message),
        (("-----END PGP MESSAGE-----" as StaticString).bytes, .messageEnd),
    ]

    /// The blocks of a text, in order.
    package static func blocks(in text: [UInt8]) -> [Block] {
        let span = text.span
        var blocks: [Block] = []
        var signed: Int?
        var armour: Armour?
        var candidate = span.hasDashes(at: 0, to: text.count) ? 0 : span.nextDashLine(after: 0, to: text.count)
        while let line = candidate {
            candidate = span.nextDashLine(after: line, to: text.count)
            guard let mark = mark(text, at: line) else { continue }
            switch mark {
            case .signed: (signed, armour) = (line, nil)
            case .signature: armour = signed.map { Armour(start: line, block: $0, protection: .pgpSigned) }
            case .message: (signed, armour) = (nil, Armour(start: line, block: line, protection: .encrypted))
            case .signatureEnd, .messageEnd:
                let ends: Protection = mark == .messageEnd ? .encrypted : .pgpSigned
                if let armour, armour.protection == ends, isArmour(text, armour.start..<line) {
                    let end = Swift.min(span.lineFeed(from: line, to: text.count) &+ 1, text.count)
                    blocks.append(Block(range: armour.block..<end, protection: ends))
                }
                (signed, armour) = (nil, nil)
            }
        }
        return blocks
    }

    private static func mark(_ text: [UInt8], at line: Int) -> Mark? {
        guard let (spelled, mark) = marks.first(where: { text[line...].starts(with: $0.0) }) else { return nil }
        let rest = text[(line + spelled.count)...].prefix { $0 != .lineFeed }
        return rest.allSatisfy(\.isFoldingSpace) ? mark : nil
    }

    /// Whether nothing but base64 stands behind the armour's headers and the empty line (RFC 9580, section 6.2).
    private static func isArmour(_ text: [UInt8], _ range: Range<Int>) -> Bool {
        let lines = text[range].split(separator: .lineFeed, omittingEmptySubsequences: false).dropFirst()
        guard let empty = lines.firstIndex(where: { $0.allSatisfy(\.isFoldingSpace) }) else { return false }
        let body = lines[empty...].joined()
        return body.allSatisfy(isArmourByte) && body.contains(where: Base64.isValue)
    }

    private static func isArmourByte(_ byte: UInt8) -> Bool {
        Base64.isValue(byte) || byte == UInt8(ascii: "=") || byte.isFoldingSpace
    }
}

extension [InlinePGP.Block] {
    /// What protects that place of the text; the blocks are in order.
    package func protection(of place: Range<Int>) -> Protection? {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].range.upperBound <= place.lowerBound { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low].range.overlaps(place) ? self[low].protection : nil
    }
}
