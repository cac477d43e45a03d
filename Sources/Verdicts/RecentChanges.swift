// SPDX-License-Identifier: Apache-2.0

/// What changed since a main index was written, for who writes the files: in memory as entries, some 60 bytes each.
///
/// A list on disk goes back to the main index before the one that is in place, so that a reader which has not taken the
/// newest main index yet (or refused it, because the disk damaged it) still has every change.
package struct RecentChanges: Sendable {
    private struct Addition: Sendable {
        let entry: VerdictIndexBuilder.Entry
        let change: UInt64
    }

    private let keyed: VerdictIndexHeader
    private let origin: UInt64
    private var additions: [Int64: Addition] = [:]
    private var withdrawn: [Int64: UInt64] = [:]
    /// Every change after this one is known here.
    private var base: UInt64
    /// The last change that is known here.
    package private(set) var sequence: UInt64

    /// Nothing changed since the main index was written.
    package init(after index: VerdictIndex) {
        keyed = index.main.header
        origin = index.origin
        base = index.mainSequence
        sequence = index.mainSequence
    }

    /// How many changes are known.
    package var count: Int { additions.count + withdrawn.count }

    /// How many of them are not in the main index.
    package func count(after index: VerdictIndex) -> Int {
        let merged = index.mainSequence
        return additions.values.count { $0.change > merged } + withdrawn.values.count { $0 > merged }
    }

    /// Notes what became of an indicator by the store's change of that number.
    package mutating func note(
        _ indicator: Indicator, isInForce: Bool, change: UInt64
    ) throws(VerdictIndexError) {
        sequence = max(sequence, change)
        guard isInForce else {
            additions[indicator.number] = nil
            withdrawn[indicator.number] = change
            return
        }
        withdrawn[indicator.number] = nil
        guard let entry = try VerdictIndexBuilder.entry(of: indicator, in: keyed) else { return }
        additions[indicator.number] = Addition(entry: entry, change: change)
    }

    /// Says that everything up to this change of the store was noted.
    package mutating func isComplete(upTo change: UInt64) { sequence = max(sequence, change) }

    /// Forgets what is in an index that every reader has by now.
    package mutating func forget(upTo change: UInt64) {
        additions = additions.filter { $0.value.change > change }
        withdrawn = withdrawn.filter { $0.value > change }
        base = max(base, change)
    }

    /// Puts the list beside the main index, durably and at once.
    package func write(beside path: String) throws(VerdictIndexError) {
        var builder = VerdictIndexBuilder(key: keyed.key)
        for addition in additions.values { try builder.add(addition.entry) }
        for number in withdrawn.keys { builder.withdraw(number) }
        try builder.write(to: VerdictIndex.recentPath(beside: path), origin: origin, base: base, sequence: sequence)
    }

    /// Writes a new main index of the old one and what came after it.
    ///
    /// Answers false, and writes nothing, when it has outgrown its directory and has to be written completely.
    package func merge(into index: VerdictIndex, at path: String) throws(VerdictIndexError) -> Bool {
        guard index.main.header.key == keyed.key, index.origin == origin else { return false }
        let merged = index.mainSequence
        var builder = VerdictIndexBuilder(key: keyed.key)
        for addition in additions.values where addition.change > merged { try builder.add(addition.entry) }
        for (number, change) in withdrawn where change > merged { builder.withdraw(number) }
        return try builder.merge(into: index, at: path, sequence: sequence)
    }
}
