// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The memory that all messages in flight may take together.
///
/// Stops many large messages at a time from taking the process, and every session with it: what does not fit is
/// tempfailed with 4.3.2, and its sender comes again. The count is of bytes kept, not of bytes declared, so a client that
/// says SIZE=100000000 and sends nothing takes nothing.
package final class MemoryBudget: Sendable {
    /// In bytes.
    package let limit: Int
    private let taken = Atomic<Int>(0)

    package init(limit: Int) {
        self.limit = limit
    }

    /// Bytes taken now.
    package var used: Int { taken.load(ordering: .relaxed) }

    fileprivate func take(_ size: Int) -> Bool {
        guard taken.add(size, ordering: .relaxed).newValue > limit else { return true }
        give(size)
        return false
    }

    fileprivate func give(_ size: Int) {
        taken.subtract(size, ordering: .relaxed)
    }
}

/// One message's part of the budget; given back when nobody holds the message any more.
final class MemoryLease: Sendable {
    /// Bytes asked for at a time, so that a message costs few atomic operations.
    private static let grain = 64 * 1_024

    private let budget: MemoryBudget
    private let covered = Atomic<Int>(0)

    init(_ budget: MemoryBudget) {
        self.budget = budget
    }

    deinit {
        budget.give(covered.load(ordering: .relaxed))
    }

    /// Makes the lease cover that many bytes; false when the budget has no room for them.
    ///
    /// Called by one thread at a time: the one that has the message.
    func cover(_ size: Int) -> Bool {
        let before = covered.load(ordering: .relaxed)
        guard size > before else { return true }
        let more = (size - before + Self.grain - 1) / Self.grain * Self.grain
        guard budget.take(more) else { return false }
        covered.store(before + more, ordering: .relaxed)
        return true
    }
}
