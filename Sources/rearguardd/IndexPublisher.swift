// SPDX-License-Identifier: Apache-2.0

import Store
import Telemetry
import Verdicts

/// Keeps the verdict index in step with the store's live indicators.
///
/// What changed is read by its number and written as the list of recent changes beside the main index: a single verdict
/// costs a few milliseconds. A list that has grown is merged into a new main index aside, while further changes go into
/// the list. The main index is read from the store only when there is none, or it is another store's, or has outgrown
/// itself.
///
/// Writes are done one after the other: a slower, older one must not replace a newer one. Whoever comes while one is
/// under way shares the next with all others who wait: a hundred new indicators at once cost two writes.
actor IndexPublisher {
    private static let pageSize = 10_000
    /// Changes in the list before it is merged: writing a list of this size takes some 20 ms.
    static let mergeLimit = 20_000
    /// Expiries counted in one write transaction, which holds up ingest.
    private static let expiriesAtOnce = 2_000

    private let database: any Database
    private let path: String
    private let mergeLimit: Int
    private let now: @Sendable () -> Int64
    private let log: IndexLog
    private var last: Task<Void, any Error>?
    /// The last one, as long as it has not begun to read the store.
    private var waiting: Task<Void, any Error>?
    private var merging: Task<Void, Never>?
    /// The main index has outgrown its directory.
    private var mustRebuild = false
    /// The main index in place, and what came after it; nil: not known, or the last write failed.
    private var standing: (index: VerdictIndex, changes: RecentChanges)?

    init(
        database: any Database, path: String, mergeLimit: Int = mergeLimit, now: @escaping @Sendable () -> Int64,
        log: IndexLog
    ) {
        self.database = database
        self.path = path
        self.mergeLimit = mergeLimit
        self.now = now
        self.log = log
    }

    /// Writes what is not in the files yet: at the start, after a failure, after changes nobody told us, at expiries.
    func refresh() async throws {
        let at = now()
        while try await database.read({ try IndicatorChanges.isExpiryDue(at: at, in: $0) }) {
            _ = try await database.write {
                try IndicatorChanges.expire(at: at, limit: Self.expiriesAtOnce, in: $0)
            }
        }
        let known = standing.map { Int64($0.changes.sequence) }
        if let known, try await database.read({ try IndicatorChanges.last(in: $0) }) == known { return }
        try await publish()
    }

    /// Writes the files; when this returns, a look at them finds what is in the store.
    func publish() async throws {
        try await (waiting ?? enqueue()).value
    }

    /// Waits for a merging that is under way.
    func settle() async { await merging?.value }

    private func enqueue() -> Task<Void, any Error> {
        let before = last
        let task = Task {
            _ = await before?.result
            waiting = nil
            do {
                try await write()
            } catch {
                standing = nil
                throw error
            }
        }
        (last, waiting) = (task, task)
        return task
    }

    // MARK: The list of recent changes

    private func write() async throws {
        let begin = ContinuousClock.now
        if mustRebuild { standing = nil }
        var isChanged = standing == nil
        var (index, changes) = if let standing { standing } else { try await opened() }
        while true {
            let after = Int64(changes.sequence)
            let (page, end) = try await database.read { transaction in
                let page = try IndicatorChanges.list(after: after, limit: Self.pageSize, in: transaction)
                return (page, try IndicatorChanges.last(in: transaction))
            }
            for change in page {
                try changes.note(change.indicator, isInForce: change.isInForce, change: UInt64(change.number))
            }
            isChanged = isChanged || !page.isEmpty
            if page.count < Self.pageSize {
                changes.isComplete(upTo: UInt64(end))
                break
            }
        }
        // A merging may have put a new main index in place while we read; the list goes with both.
        if let standing { index = standing.index }
        if isChanged {
            try changes.write(beside: path)
            log.written(entries: index.count + changes.count, time: ContinuousClock.now - begin)
        }
        standing = (index, changes)
        if changes.count(after: index) > mergeLimit { merge() }
    }

    /// The main index as it stands, checked; a new one when it cannot be gone on from.
    private func opened() async throws -> (VerdictIndex, RecentChanges) {
        let (origin, end) = try await database.write { transaction in
            (try IndicatorChanges.origin(in: transaction), try IndicatorChanges.last(in: transaction))
        }
        if !mustRebuild, let index = try? VerdictIndex(path: path), index.origin == UInt64(origin),
            index.mainSequence <= UInt64(end)
        {
            return (index, RecentChanges(after: index))
        }
        return try await rebuilt(origin: UInt64(origin))
    }

    private func rebuilt(origin: UInt64) async throws -> (VerdictIndex, RecentChanges) {
        let begin = ContinuousClock.now
        let (at, path) = (now(), path)
        let count = try await database.read { transaction in
            let end = try IndicatorChanges.last(in: transaction)
            var builder = VerdictIndexBuilder()
            var after: Int64 = 0
            while true {
                let page = try IndicatorStore.live(at: at, after: after, limit: Self.pageSize, in: transaction)
                for indicator in page { try builder.add(indicator) }
                guard page.count == Self.pageSize, let last = page.last else { break }
                after = last.number
            }
            let count = builder.count
            try builder.write(to: path, origin: origin, sequence: UInt64(end))
            return count
        }
        log.rebuilt(entries: count, time: ContinuousClock.now - begin)
        mustRebuild = false
        let index = try VerdictIndex(path: path)
        return (index, RecentChanges(after: index))
    }

    // MARK: Merging

    /// Merges what is in the list now into a new main index, off this actor; a failure leaves everything as it is, and
    /// the next change tries again.
    private func merge() {
        guard merging == nil, let (index, changes) = standing else { return }
        let path = path
        merging = Task {
            let begin = ContinuousClock.now
            do {
                if let merged = try await Self.merged(index, changes, path) {
                    adopt(merged, after: index)
                    log.merged(entries: merged.count, time: ContinuousClock.now - begin)
                } else {
                    mustRebuild = true  // once for each doubling
                    try await publish()
                }
            } catch { log.mergeFailed(cause: "\(error)") }
            merging = nil
        }
    }

    @concurrent private static func merged(
        _ index: VerdictIndex, _ changes: RecentChanges, _ path: String
    ) async throws -> VerdictIndex? {
        try changes.merge(into: index, at: path) ? try VerdictIndex(path: path) : nil
    }

    /// The list keeps what the index before had not: readers that do not use the new one yet go on with it.
    private func adopt(_ merged: VerdictIndex, after old: VerdictIndex) {
        guard var changes = standing?.changes else { return }
        changes.forget(upTo: old.mainSequence)
        standing = (merged, changes)
    }
}
