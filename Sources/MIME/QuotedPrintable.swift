// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Undoing quoted-printable (RFC 2045, section 6.7), leniently.
///
/// A bad escape stays as it stands; small hexadecimal digits count; white space may stand between `=` and the line end.
///
/// QUIRK: white space at the end of a line is kept, though the RFC has it deleted: most mail clients keep it, and
/// format=flowed needs it.
enum QuotedPrintable {
    /// A pair of places that belong together.
    struct Checkpoint: Hashable, Sendable {
        let raw: Int
        let decoded: Int
    }

    struct Decoded: Sendable {
        let bytes: [UInt8]
        /// In order, one every few hundred decoded bytes: where a search for a place may start.
        let checkpoints: [Checkpoint]
    }

    /// What an equals sign begins.
    enum Escape {
        /// One byte, written in three.
        case byte(UInt8)
        /// Nothing; the text goes on there.
        case softBreak(end: Int)
        /// Only itself.
        case literal
    }

    /// Decoded bytes between two checkpoints: few enough to walk, enough to keep the list small.
    private static let stride = 512

    static func decode(_ message: [UInt8], in content: Range<Int>) -> Decoded {
        var out = [UInt8](repeating: 0, count: content.count)
        var checkpoints: [Checkpoint] = []
        let raw = message.span
        var output = out.mutableSpan
        var index = content.lowerBound
        let end = content.upperBound
        var count = 0
        var nextCheckpoint = 0
        while index < end {
            let byte = raw[index]
            if byte != UInt8(ascii: "=") {
                output[count] = byte
                count &+= 1
                index &+= 1
                continue
            }
            if count >= nextCheckpoint {
                checkpoints.append(Checkpoint(raw: index, decoded: count))
                nextCheckpoint = count &+ stride
            }
            switch escape(raw, at: index, end: end) {
            case .byte(let value):
                output[count] = value
                count &+= 1
                index &+= 3
            case .softBreak(let next): index = next
            case .literal:
                output[count] = byte
                count &+= 1
                index &+= 1
            }
        }
        out.removeLast(out.count - count)
        return Decoded(bytes: out, checkpoints: checkpoints)
    }

    /// What the equals sign at `index` begins; at the end of the content it is a soft break.
    static func escape(_ raw: borrowing Span<UInt8>, at index: Int, end: Int) -> Escape {
        if index &+ 2 < end, let high = raw[index &+ 1].hexValue, let low = raw[index &+ 2].hexValue {
            return .byte(high << 4 | low)
        }
        var next = index &+ 1
        while next < end, raw[next] == .space || raw[next] == .tab { next &+= 1 }
        if next < end, raw[next] == .carriageReturn { next &+= 1 }
        if next >= end { return .softBreak(end: end) }
        return raw[next] == .lineFeed ? .softBreak(end: next &+ 1) : .literal
    }
}
