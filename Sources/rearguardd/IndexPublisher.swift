// SPDX-License-Identifier: Apache-2.0

import Store
import Telemetry
import Verdicts

/// Keeps the verdict index file in step with the store's live indicators.
///
/// Writes are done one after the other: a slower, older one must not replace a newer one. Whoever comes while one is
/// under way shares the next with all others who wait: a hundred new indicators at once cost two writes.
actor IndexPublisher {
    private static let pageSize = 10_000

    private let database: any Database
    private let path: String
    private let now: @Sendable () -> Int64
    private let log: IndexLog
    private var last: Task<Void, any Error>?
    /// The last one, as long as it has not begun to read the store.
    private var waiting: Task<Void, any Error>?
    /// When an indicator in the file expires; nil: the file was not written by us yet, or the last write failed.
    private var due: Int64?

    init(database: any Database, path: String, now: @escaping @Sendable () -> Int64, log: IndexLog) {
        self.database = database
        self.path = path
        self.now = now
        self.log = log
    }

    /// Writes the file when it is not known to be right: at the start, after a failure, when an indicator expired.
    func refresh() async throws {
        if let due, now() < due { return }
        try await publish()
    }

    /// Writes the file; when this returns, a look at it finds what is in the store.
    func publish() async throws {
        try await (waiting ?? enqueue()).value
    }

    private func enqueue() -> Task<Void, any Error> {
        let before = last
        let task = Task {
            _ = await before?.result
            waiting = nil
            try await write()
        }
        (last, waiting) = (task, task)
        return task
    }

    private func write() async throws {
        due = nil
        let begin = ContinuousClock.now
        let at = now()
        let (indicators, expiry) = try await database.read { transaction in
            (try Self.live(at: at, in: transaction), try IndicatorStore.nextExpiry(after: at, in: transaction))
        }
        try VerdictIndex.write(indicators, to: path)
        due = expiry ?? .max
        log.written(entries: indicators.count, time: ContinuousClock.now - begin)
    }

    private static func live(at: Int64, in transaction: any SQLTransaction) throws -> [Indicator] {
        var found: [Indicator] = []
        while true {
            let page = try IndicatorStore.live(
                at: at, after: found.last?.number ?? 0, limit: pageSize, in: transaction)
            found += page
            if page.count < pageSize { return found }
        }
    }
}
