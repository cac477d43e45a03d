// SPDX-License-Identifier: Apache-2.0

import Bytes
import RuleText

/// Four bytes, ASCII letters small, as a place among 2^19.
enum Gram {
    /// Bytes of a gram.
    static let size = 4
    static let bits = 19
    static let places = 1 << bits

    /// Where the gram's bit stands before the filter has its own size.
    @inline(__always) static func place(_ gram: UInt32) -> Int {
        var hash = gram &* 0x9E37_79B1
        hash ^= hash >> 15
        hash = hash &* 0x85EB_CA77
        return Int(hash >> UInt32(32 - bits))
    }

    /// Where it stands in a filter with so many rows.
    @inline(__always) static func row(ofPlace place: Int, rows: Int) -> Int { (place &* rows) >> bits }

    /// The places in an order in which those come first that share no byte, for these say the most together.
    static func apart(_ places: [Int]) -> [Int] {
        (0..<size).flatMap { first in stride(from: first, to: places.count, by: size).map { places[$0] } }
    }

    /// The places of all grams of a literal.
    static func places(of literal: [UInt8]) -> [Int] {
        guard literal.count >= size else { return [] }
        return (0...literal.count - size).map { start in
            place(literal[start..<start + size].reduce(0) { $0 << 8 | UInt32($1.lowercased) })
        }
    }
}

/// Makes the filters of one object after the other.
struct SegmentFilter {
    /// Bytes of a segment: small enough that a long literal's grams seldom meet by chance, and that a filter stays in
    /// the processor's cache while it is made; large enough that text does not repeat its grams in every segment.
    static let segmentLimit = 65_536
    /// Rows for each hundred bytes at most: what keeps the index under 0.3 of the data.
    static let rowsPerHundredBytes = 230
    /// Rows for each different gram: one bit in nine is then set.
    static let rowsPerGram = 8

    /// The sizes that filters have: whole words, in steps of 8 %.
    static let ladder: [Int] = {
        var sizes = [64]
        while let last = sizes.last, last < segmentLimit * rowsPerHundredBytes / 100 {
            sizes.append(max(last + 64, last * 108 / 100 / 64 * 64))
        }
        return sizes
    }()
    static let mostRows = ladder.last ?? 64

    /// The filter of a segment: its place in the ladder, and its bits.
    struct Filter {
        let step: Int
        let bits: [UInt64]
    }

    private var seen = [UInt64](repeating: 0, count: Gram.places / 64)

    /// Filters for all segments of the object, in order.
    mutating func filters(of object: borrowing Span<UInt8>) -> [Filter] {
        let segments = (object.count + Self.segmentLimit - 1) / Self.segmentLimit
        guard segments > 0 else { return [] }
        let length = (object.count + segments - 1) / segments
        return (0..<segments).map { number in
            let begin = min(number * length, object.count)
            // A literal that begins in this segment is in this segment's filter as a whole.
            let end = min(begin + length + Requirement.longestLiteral - 1, object.count)
            return filter(of: object.extracting(begin..<end), size: length)
        }
    }

    private mutating func filter(of bytes: borrowing Span<UInt8>, size: Int) -> Filter {
        let grams = mark(bytes)
        let rows = min(grams * Self.rowsPerGram, size * Self.rowsPerHundredBytes / 100)
        let step = (Self.ladder.firstIndex { $0 > rows } ?? Self.ladder.count) - 1
        return Filter(step: max(0, step), bits: takeBits(rows: Self.ladder[max(0, step)]))
    }

    /// Marks the grams' places; how many different ones there are.
    private mutating func mark(_ bytes: borrowing Span<UInt8>) -> Int {
        guard bytes.count >= Gram.size else { return 0 }
        var gram: UInt32 = 0
        var count = 0
        var marks = seen.mutableSpan
        for place in 0..<Gram.size - 1 { gram = gram << 8 | UInt32(bytes[place].lowercased) }
        for place in Gram.size - 1..<bytes.count {
            gram = gram << 8 | UInt32(bytes[place].lowercased)
            let bit = Gram.place(gram)
            let (word, mask) = (bit >> 6, UInt64(1) << UInt64(bit & 63))
            let old = marks[word]
            count &+= old & mask == 0 ? 1 : 0
            marks[word] = old | mask
        }
        return count
    }

    /// The marks, brought to the filter's own number of rows; nothing is marked afterwards.
    private mutating func takeBits(rows: Int) -> [UInt64] {
        var bits = [UInt64](repeating: 0, count: rows / 64)
        var marks = seen.mutableSpan
        for word in 0..<marks.count where marks[word] != 0 {
            var rest = marks[word]
            marks[word] = 0
            while rest != 0 {
                let row = Gram.row(ofPlace: word << 6 | rest.trailingZeroBitCount, rows: rows)
                bits[row >> 6] |= 1 << UInt64(row & 63)
                rest &= rest &- 1
            }
        }
        return bits
    }
}
