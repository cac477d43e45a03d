// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The names of the HTML Standard's character references, and what they stand for.
///
/// Built once from the list; a look-up narrows a range of the sorted names byte by byte, so it reads no byte twice
/// and no more bytes than the longest name has.
struct NamedReferences: Sendable {
    /// The longest name that a text begins with.
    struct Match: Hashable, Sendable {
        /// The bytes of the name, its semicolon included when it is there.
        var length: Int
        var first: UInt32
        /// The second code point of the few names that stand for two; 0: none.
        var second: UInt32
        var hasSemicolon: Bool
    }

    private struct Entry {
        var start: Int
        var length: Int
        var first: UInt32 = 0
        var second: UInt32 = 0
        /// Counts without the semicolon too.
        var isLegacy = false
    }

    static let standard = NamedReferences(list.bytes)

    private var names: [UInt8] = []
    private var entries: [Entry] = []
    /// Where the names with a given first byte begin.
    private var firstEntries = [Int](repeating: 0, count: 129)

    /// The number of names, those without a semicolon counted too.
    var count: Int { entries.count + entries.count(where: \.isLegacy) }

    init(_ list: [UInt8]) {
        for item in list.split(separator: .space) { add(item) }
        for entry in entries.indices { firstEntries[Int(names[entries[entry].start] & 0x7F) + 1] = entry + 1 }
        for byte in 1..<firstEntries.count { firstEntries[byte] = max(firstEntries[byte], firstEntries[byte - 1]) }
    }

    private mutating func add(_ item: ArraySlice<UInt8>) {
        guard let equals = item.firstIndex(of: .equalsSign) else { return }
        var name = item[..<equals]
        let isLegacy = name.last == .exclamationMark
        if isLegacy { name = name.dropLast() }
        var entry = Entry(start: names.count, length: name.count, isLegacy: isLegacy)
        let values = item[(equals + 1)...].split(separator: 0x2B)
        if let first = values.first { entry.first = Self.number(first) }
        if values.count > 1, let second = values.last { entry.second = Self.number(second) }
        names.append(contentsOf: name)
        entries.append(entry)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt32 {
        digits.reduce(0) { $0 << 4 | UInt32($1.hexValue ?? 0) }
    }

    /// The longest name that stands at `start` in `text`, before `end`.
    func match(_ text: Span<UInt8>, at start: Int, before end: Int) -> Match? {
        guard start < end, text[start].isASCIILetter else { return nil }
        var lower = firstEntries[Int(text[start])]
        var upper = firstEntries[Int(text[start]) + 1]
        var best: Match?
        var depth = 1
        while lower < upper {
            let isAtEnd = start &+ depth >= end
            if entries[lower].length == depth {  // the shortest name of the range stands first
                let entry = entries[lower]
                if !isAtEnd, text[start &+ depth] == .semicolon {
                    return Match(length: depth + 1, first: entry.first, second: entry.second, hasSemicolon: true)
                }
                if entry.isLegacy {
                    best = Match(length: depth, first: entry.first, second: entry.second, hasSemicolon: false)
                }
                lower += 1
            }
            guard !isAtEnd, text[start &+ depth].isASCIIAlphanumeric else { break }
            let byte = text[start &+ depth]
            (lower, upper) = (bound(byte, depth, lower..<upper), bound(byte + 1, depth, lower..<upper))
            depth += 1
        }
        return best
    }

    /// The first entry of the range whose byte at the depth is not less than the given one.
    private func bound(_ byte: UInt8, _ depth: Int, _ range: Range<Int>) -> Int {
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if names[entries[middle].start + depth] < byte { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
