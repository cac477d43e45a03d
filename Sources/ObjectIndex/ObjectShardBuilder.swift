// SPDX-License-Identifier: Apache-2.0

import RuleText

/// Puts together one file of the index, object by object.
///
/// Holds all filters in memory until it is written: `filterSize` tells when it is time for a new one.
package struct ObjectShardBuilder: ~Copyable {
    /// Filters worth a file of their own: some 900 MB of objects.
    ///
    /// More would only take memory.
    package static let worthWriting = 256 << 20

    let day: Int
    /// Entries of the table of objects, as they stand in the file.
    private var objects: [UInt64] = []
    /// For each step of the ladder, the filters one behind the other, and whose they are.
    private var filters = [[UInt64]](repeating: [], count: SegmentFilter.ladder.count)
    private var owners = [[UInt32]](repeating: [], count: SegmentFilter.ladder.count)
    private var maker = SegmentFilter()

    /// How many objects were added.
    package private(set) var count = 0
    /// Bytes that all filters take.
    package private(set) var filterSize = 0

    /// `day`: what the caller counts days by; kept in the file and not looked at.
    package init(day: Int) {
        self.day = day
    }

    /// Adds an object by its unpacked bytes; `digest` is their SHA-256.
    package mutating func add(_ bytes: borrowing Span<UInt8>, digest: [UInt8]) {
        precondition(digest.count == 32, "a SHA-256 has 32 bytes")
        var entry = digest.withSpan { digest in (0..<4).map { digest.word(at: $0 * 8) } }
        entry.append(UInt64(bytes.count))
        var head = [UInt8](repeating: 0, count: Requirement.headSize)
        for place in 0..<min(bytes.count, head.count) { head[place] = bytes[place] }
        entry += head.withSpan { head in [head.word(at: 0), head.word(at: 8)] }
        objects += entry
        for filter in maker.filters(of: bytes) {
            filters[filter.step] += filter.bits
            owners[filter.step].append(UInt32(truncatingIfNeeded: count))
            filterSize += filter.bits.count * 8
        }
        count += 1
    }

    /// Writes the file in place of whatever stands at the path, durably; the builder is used up.
    package consuming func write(to path: String) throws(ObjectIndexError) {
        guard count < ShardLayout.objectLimit else { throw ObjectIndexError(.tooMany, path, "\(count) objects") }
        let steps = owners.indices.filter { !owners[$0].isEmpty }
        let tables = ShardTables(
            day: day, objects: objects, matrices: steps.map { (SegmentFilter.ladder[$0], owners[$0]) })
        var writer = try ShardWriter(path: path)
        try writer.append(tables.words)
        for step in steps {
            var matrix = RowMatrix(rows: SegmentFilter.ladder[step], columns: owners[step].count)
            let bits = filters[step]
            filters[step] = []
            try matrix.write(columns: bits, to: &writer)
        }
        try writer.finish(header: tables.header)
    }
}

extension [UInt8] {
    fileprivate func withSpan<Value>(_ body: (Span<UInt8>) -> Value) -> Value { body(span) }
}

/// The parts of a file that stand before the rows.
struct ShardTables {
    let header: [UInt64]
    let words: [UInt64]

    /// `matrices`: rows and the owner of each column.
    init(day: Int, objects: [UInt64], matrices: [(rows: Int, owners: [UInt32])]) {
        var words = objects
        var (column, offset) = (0, 0)
        for (rows, owners) in matrices {
            words += [rows, owners.count, column, offset].map { UInt64($0) }
            column += owners.count
            offset += rows * ((owners.count + 7) / 8)
        }
        let owners = matrices.flatMap(\.owners)
        for pair in stride(from: 0, to: owners.count, by: 2) {
            words.append(UInt64(owners[pair]) | (pair + 1 < owners.count ? UInt64(owners[pair + 1]) << 32 : 0))
        }
        self.words = words
        header = [
            ShardLayout.magic, ShardLayout.version, UInt64(bitPattern: Int64(day)),
            UInt64(objects.count * 8 / ShardLayout.objectSize), UInt64(column), UInt64(matrices.count),
            UInt64(words.count * 8 + offset), 0, 0, 0, 0, 0,
        ]
    }
}

/// Turns filters, one behind the other, into rows.
struct RowMatrix {
    let rows: Int
    let columns: Int

    /// Writes all rows; `bits` has the columns' words one column after the other.
    mutating func write(columns bits: [UInt64], to writer: inout ShardWriter) throws(ObjectIndexError) {
        let words = rows / 64
        let stride = (columns + 7) / 8
        var block = [UInt8](repeating: 0, count: 64 * stride)
        var square = [UInt64](repeating: 0, count: 64)
        for word in 0..<words {
            for group in 0..<(columns + 63) / 64 {
                let width = min(64, columns - group * 64)
                for column in 0..<64 {
                    square[column] = column < width ? bits[(group * 64 + column) * words + word] : 0
                }
                Self.transpose(&square)
                let size = (width + 7) / 8
                for row in 0..<64 {
                    for byte in 0..<size {
                        block[row * stride + group * 8 + byte] = UInt8(
                            truncatingIfNeeded: square[row] >> UInt64(byte * 8))
                    }
                }
            }
            try writer.append(block)
        }
    }

    /// Bit b of word a becomes bit a of word b (Hacker's Delight, section 7-3, for 64 bits).
    static func transpose(_ square: inout [UInt64]) {
        var words = square.mutableSpan
        var width = 32
        var mask: UInt64 = 0x0000_0000_FFFF_FFFF
        while width > 0 {
            var place = 0
            while place < 64 {
                let other = place + width
                let swap = (words[place] >> UInt64(width) ^ words[other]) & mask
                words[place] ^= swap << UInt64(width)
                words[other] ^= swap
                place = (other + 1) & ~width
            }
            width >>= 1
            mask ^= mask << UInt64(width)
        }
    }
}
