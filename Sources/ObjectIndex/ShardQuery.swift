// SPDX-License-Identifier: Apache-2.0

import RuleText

/// A set of objects of one shard, by number.
struct ObjectSet: Hashable, Sendable {
    private(set) var words: [UInt64]
    let count: Int

    init(count: Int, full: Bool = false) {
        self.count = count
        words = [UInt64](repeating: full ? ~0 : 0, count: (count + 63) / 64)
        if full, count % 64 != 0 { words[words.count - 1] = (1 << UInt64(count % 64)) - 1 }
    }

    mutating func insert(_ number: Int) { words[number >> 6] |= 1 << UInt64(number & 63) }

    func contains(_ number: Int) -> Bool { words[number >> 6] >> UInt64(number & 63) & 1 != 0 }

    mutating func formUnion(_ other: ObjectSet) { for word in words.indices { words[word] |= other.words[word] } }

    mutating func formIntersection(_ other: ObjectSet) {
        for word in words.indices { words[word] &= other.words[word] }
    }

    var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    var members: [Int] {
        var members: [Int] = []
        for (word, bits) in words.enumerated() {
            var rest = bits
            while rest != 0 {
                members.append(word << 6 | rest.trailingZeroBitCount)
                rest &= rest &- 1
            }
        }
        return members
    }
}

/// Answers a requirement from the rows of one shard.
struct ShardQuery {
    let layout: ShardLayout

    func objects(meeting requirement: Requirement, in bytes: Span<UInt8>) -> ObjectSet {
        switch requirement {
        case .always: return ObjectSet(count: layout.objectCount, full: true)
        case .never: return ObjectSet(count: layout.objectCount)
        case .literal(let literal):
            var found = ObjectSet(count: layout.objectCount)
            add(objectsWithAny: [literal], to: &found, bytes)
            return found
        case .size(let range):
            return objects { range.contains(Int64(truncatingIfNeeded: bytes.word(at: layout.sizePlace(of: $0)))) }
        case .head(let offset, let head):
            return objects { number in
                let place = layout.headPlace(of: number) + offset
                return head.indices.allSatisfy { bytes[place + $0] == head[$0] }
            }
        case .all(let parts): return all(parts, bytes)
        case .any(let parts):
            var found = ObjectSet(count: layout.objectCount)
            add(objectsWithAny: parts.compactMap(\.asLiteral), to: &found, bytes)
            for part in parts where part.asLiteral == nil { found.formUnion(objects(meeting: part, in: bytes)) }
            return found
        case .atLeast(let count, let parts): return atLeast(count, parts, bytes)
        }
    }

    private func objects(where isMeant: (Int) -> Bool) -> ObjectSet {
        var found = ObjectSet(count: layout.objectCount)
        for number in 0..<layout.objectCount where isMeant(number) { found.insert(number) }
        return found
    }

    private func all(_ parts: [Requirement], _ bytes: Span<UInt8>) -> ObjectSet {
        var found = ObjectSet(count: layout.objectCount, full: true)
        for part in parts where !found.isEmpty { found.formIntersection(objects(meeting: part, in: bytes)) }
        return found
    }

    private func atLeast(_ count: Int, _ parts: [Requirement], _ bytes: Span<UInt8>) -> ObjectSet {
        var met = [Int32](repeating: 0, count: layout.objectCount)
        for part in parts { for number in objects(meeting: part, in: bytes).members { met[number] += 1 } }
        return objects { met[$0] >= count }
    }

    /// And-s the rows of each literal's grams in each matrix; what is left are columns that have them all.
    ///
    /// Matrix by matrix, so that the questions to one part of the file come together: a string with `xor` is 255 literals,
    /// and what asking for them costs is the ways to memory.
    private func add(objectsWithAny literals: [[UInt8]], to found: inout ObjectSet, _ bytes: Span<UInt8>) {
        let questions = literals.map { Gram.apart(Gram.places(of: $0)) }.filter { !$0.isEmpty }
        var row: [UInt64] = []
        for matrix in layout.matrices where matrix.columns > 0 {
            let base = layout.rowsOffset + matrix.offset
            for question in questions {
                let isMet = row.combine(rowsOf: question, size: matrix.stride, of: bytes) { place in
                    base + Gram.row(ofPlace: place, rows: matrix.rows) * matrix.stride
                }
                guard isMet else { continue }
                collect(row, of: matrix, to: &found, bytes)
            }
        }
    }

    private func collect(
        _ row: [UInt64], of matrix: ShardLayout.Matrix, to found: inout ObjectSet, _ bytes: Span<UInt8>
    ) {
        for (number, bits) in row.enumerated() where bits != 0 {
            var rest = bits
            while rest != 0 {
                let column = number * 64 + rest.trailingZeroBitCount
                rest &= rest &- 1
                if column < matrix.columns {
                    found.insert(layout.object(ofColumn: matrix.firstColumn + column, in: bytes))
                }
            }
        }
    }
}

extension Requirement {
    fileprivate var asLiteral: [UInt8]? { if case .literal(let literal) = self { literal } else { nil } }
}
