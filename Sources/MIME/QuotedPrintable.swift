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
    struct Escape {
        enum Kind {
            /// One byte, written in three.
            case encoded
            /// Nothing.
            case softBreak
            /// Only itself.
            case literal
        }

        let kind: Kind
        /// What it stands for; nil for a soft break.
        let byte: UInt8?
        /// Where the text goes on.
        let end: Int
    }

    /// Decoded bytes between two checkpoints: few enough to walk, enough to keep the list small.
    private static let stride = 512

    static func decode(_ message: [UInt8], in content: Range<Int>) -> Decoded {
        var out: [UInt8] = []
        out.reserveCapacity(content.count)
        var checkpoints: [Checkpoint] = []
        let raw = message.span
        var index = content.lowerBound
        let end = content.upperBound
        var nextCheckpoint = 0
        while index < end {
            let sign = raw.index(of: UInt8(ascii: "="), from: index, to: end)
            out.append(contentsOf: raw, in: index..<sign)
            index = sign
            guard index < end else { break }
            if out.count >= nextCheckpoint {
                checkpoints.append(Checkpoint(raw: index, decoded: out.count))
                nextCheckpoint = out.count &+ stride
            }
            let found = escape(raw, at: index, end: end)
            if let value = found.byte { out.append(value) }
            index = found.end
        }
        return Decoded(bytes: out, checkpoints: checkpoints)
    }

    /// What the equals sign at `index` begins; at the end of the content it is a soft break.
    static func escape(_ raw: borrowing Span<UInt8>, at index: Int, end: Int) -> Escape {
        if index &+ 2 < end, let high = raw[index &+ 1].hexValue, let low = raw[index &+ 2].hexValue {
            return Escape(kind: .encoded, byte: high << 4 | low, end: index &+ 3)
        }
        var next = index &+ 1
        while next < end, raw[next] == .space || raw[next] == .tab { next &+= 1 }
        if next < end, raw[next] == .carriageReturn { next &+= 1 }
        if next >= end { return Escape(kind: .softBreak, byte: nil, end: end) }
        guard raw[next] == .lineFeed else { return Escape(kind: .literal, byte: raw[index], end: index &+ 1) }
        return Escape(kind: .softBreak, byte: nil, end: next &+ 1)
    }
}
