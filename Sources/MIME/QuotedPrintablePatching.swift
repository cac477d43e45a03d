// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Turns patches of decoded text into patches of the quoted-printable text it came from.
///
/// Only the escapes of the replaced bytes go; every other byte stays, soft breaks included. The new text starts in the
/// column where the old one did and is broken softly; where what follows in the line would make it too long, one more
/// soft break stands before that. No line becomes longer than 76 bytes unless the untouched part of it was.
struct QuotedPrintablePatching {
    private let message: [UInt8]
    private let content: Range<Int>
    private let checkpoints: [QuotedPrintable.Checkpoint]
    private let lineEnd: [UInt8]
    private var cursor: Cursor
    private var checkpoint = 0
    /// The end of the last patch, and the column in the new text there.
    private var lastEnd: Int
    private var lastColumn = 0

    init(message: [UInt8], content: Range<Int>, checkpoints: [QuotedPrintable.Checkpoint], lineEnd: [UInt8]) {
        self.message = message
        self.content = content
        self.checkpoints = checkpoints
        self.lineEnd = lineEnd
        cursor = Cursor(raw: content.lowerBound)
        lastEnd = content.lowerBound
    }

    /// The patches must be in order and within the decoded bytes.
    mutating func patches(for patches: [Patch]) -> [Patch] {
        var out: [Patch] = []
        out.reserveCapacity(patches.count)
        for (index, patch) in patches.enumerated() {
            let next = index + 1 < patches.count ? patches[index + 1].range.lowerBound : nil
            out.append(translated(patch, next: next))
        }
        return out
    }

    private mutating func translated(_ patch: Patch, next: Int?) -> Patch {
        advance(to: patch.range.lowerBound)
        skipSoftBreaks()
        let place = cursor.raw
        let start = openEscape(before: place) ?? place
        advance(to: patch.range.upperBound)
        var writer = QuotedPrintableWriter(lineEnd: lineEnd, column: column(at: start))
        if start < place {
            writer.appendEscaped(message[start])
            writer.append(message[(start + 1)..<place])
        }
        writer.append(patch.replacement[...])
        let end = finish(&writer, at: cursor.raw, isFollowed: next == patch.range.upperBound)
        lastEnd = end
        lastColumn = writer.column
        return Patch(range: start..<end, replacement: writer.bytes)
    }

    /// A bad escape that stands so close before the replaced bytes that other bytes there could make it a good one: its
    /// equals sign must be written anew.
    private func openEscape(before place: Int) -> Int? {
        guard let literal = cursor.literal, literal >= lastEnd else { return nil }
        let between = message[(literal + 1)..<place]
        return between.count < 2 || between.allSatisfy(\.isFoldingSpace) ? literal : nil
    }

    /// Makes room for the rest of the raw line; gives where the patch ends.
    private mutating func finish(_ writer: inout QuotedPrintableWriter, at end: Int, isFollowed: Bool) -> Int {
        let rest = restOfLine(at: end)
        guard rest > 0, writer.column + rest > QuotedPrintableWriter.lineLimit else { return end }
        writer.softBreak()
        guard message[end] == UInt8(ascii: "-"), !isFollowed else { return end }
        // The rest would start its line with a hyphen, as a delimiter line does: this one hyphen is written anew.
        writer.appendEscaped(UInt8(ascii: "-"))
        cursor.raw &+= 1
        cursor.decoded &+= 1
        return end &+ 1
    }

    /// Bytes to the end of the raw line; counting stops beyond the longest line.
    private func restOfLine(at start: Int) -> Int {
        let end = min(start &+ QuotedPrintableWriter.lineLimit &+ 1, content.upperBound)
        let span = message.span
        let lineFeed = span.lineFeed(from: start, to: end)
        return (lineFeed < end ? span.textEnd(from: start, lineFeed: lineFeed) : lineFeed) &- start
    }

    /// The column in the new text where the raw byte `place` stands; counting stops beyond the longest line.
    private func column(at place: Int) -> Int {
        let first = max(lastEnd, place &- QuotedPrintableWriter.lineLimit &- 1)
        var index = place
        while index > first {
            if message[index &- 1] == .lineFeed { return place &- index }
            index &-= 1
        }
        return place &- index &+ (first == lastEnd ? lastColumn : 0)
    }

    /// Goes to the last checkpoint before that place; a checkpoint is passed once.
    private mutating func advance(to decoded: Int) {
        var best: Int?
        while checkpoint < checkpoints.count, checkpoints[checkpoint].decoded < decoded {
            best = checkpoint
            checkpoint &+= 1
        }
        if let best, checkpoints[best].decoded > cursor.decoded {
            cursor = Cursor(raw: checkpoints[best].raw, decoded: checkpoints[best].decoded)
        }
        let message = message
        cursor.advance(to: decoded, in: message.span, end: content.upperBound)
    }

    private mutating func skipSoftBreaks() {
        let message = message
        cursor.skipSoftBreaks(in: message.span, end: content.upperBound)
    }
}

/// Walks the raw text and counts decoded bytes, by the same rules as decoding.
private struct Cursor {
    var raw: Int
    var decoded = 0
    /// The last equals sign passed that stands for itself.
    var literal: Int?

    /// Moves on until `decoded` bytes are passed; soft breaks after the last one stay ahead.
    mutating func advance(to place: Int, in span: borrowing Span<UInt8>, end: Int) {
        while decoded < place, raw < end {
            let sign = span.index(of: UInt8(ascii: "="), from: raw, to: min(end, raw &+ place &- decoded))
            decoded &+= sign &- raw
            raw = sign
            guard decoded < place, raw < end else { return }
            let escape = QuotedPrintable.escape(span, at: raw, end: end)
            if escape.kind == .literal { literal = raw }
            if escape.kind != .softBreak { decoded &+= 1 }
            raw = escape.end
        }
    }

    /// Stays before an equals sign that ends the content.
    mutating func skipSoftBreaks(in span: borrowing Span<UInt8>, end: Int) {
        while raw < end, span[raw] == UInt8(ascii: "=") {
            let escape = QuotedPrintable.escape(span, at: raw, end: end)
            guard escape.kind == .softBreak, span[escape.end &- 1] == .lineFeed else { return }
            raw = escape.end
        }
    }
}
