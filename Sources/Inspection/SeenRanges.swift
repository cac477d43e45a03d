// SPDX-License-Identifier: Apache-2.0

/// Ranges of a message that were gone through; they do not overlap.
struct SeenRanges {
    /// In order.
    private var ranges: [Range<Int>] = []

    /// Takes the range, unless it overlaps one that is there; false then.
    mutating func insert(_ range: Range<Int>) -> Bool {
        guard !range.isEmpty else { return true }
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound <= range.lowerBound { low = middle + 1 } else { high = middle }
        }
        if low < ranges.count, ranges[low].overlaps(range) { return false }
        ranges.insert(range, at: low)
        return true
    }
}
