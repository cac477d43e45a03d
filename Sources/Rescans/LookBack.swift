// SPDX-License-Identifier: Apache-2.0

// Rescans: what to judge again, and when.
//
// A look-back judges the past by an indicator that was not there yet: the URLs it covers, the messages that carried them,
// the clicks that were let through, the messages with its file. It raises alerts and nothing else; investigating them is
// somebody else's work.
//
// The mark `looked_back` turns in the transaction that writes the alerts: a look-back happens wholly or not at all, and
// a crash means that it happens again. What arrives while it runs is judged at ingest; causes make each alert unique, so
// whoever is second does nothing. Road not taken: a queue of rescans in memory; the table of indicators is the queue.

package import Store
import Verdicts

/// What a look-back found.
package struct LookBackReport: Codable, Hashable, Sendable {
    /// Indicators that were looked back for.
    package var indicators = 0
    /// Distinct URLs that are covered.
    package var urls = 0
    /// New alerts.
    package var alerts = 0

    package init() {}

    static func += (left: inout LookBackReport, right: LookBackReport) {
        left.indicators += right.indicators
        left.urls += right.urls
        left.alerts += right.alerts
    }
}

/// Judges old links, clicks and attachments by indicators that came later.
package struct LookBack: Sendable {
    /// Indicators of one transaction: a feed's thousands must not cost a disk sync each, nor hold up ingest for long.
    private static let indicatorsAtOnce = 100

    private let database: any Database
    private let now: @Sendable () -> Int64

    /// `now` gives milliseconds since 1970, UTC.
    package init(database: any Database, now: @escaping @Sendable () -> Int64) {
        self.database = database
        self.now = now
    }

    /// Looks back for every indicator that waits for it; cheap when none does.
    package func run() async throws -> LookBackReport {
        var total = LookBackReport()
        while !Task.isCancelled {
            let waiting = try await database.read { transaction in
                try !IndicatorStore.awaitingLookBack(limit: 1, in: transaction).isEmpty
            }
            guard waiting else { break }
            let now = now
            total += try await database.write { transaction in
                try Self.step(at: now(), limit: Self.indicatorsAtOnce, in: transaction)
            }
        }
        return total
    }

    /// Looks back for the indicators that waited longest, inside the caller's transaction.
    static func step(
        at: Int64, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> LookBackReport {
        var total = LookBackReport()
        for row in try IndicatorStore.awaitingLookBack(limit: limit, in: transaction) {
            if row.isLive(at: at) {
                var pass = LookBackPass(indicator: row.indicator, at: at, transaction: transaction)
                try pass.run()
                total += pass.report
            }
            try IndicatorStore.markLookedBack(row.indicator.number, in: transaction)
            total.indicators += 1
        }
        return total
    }
}

extension IndicatorRow {
    /// An indicator that was taken back, or ran out, before its turn came accuses nobody.
    fileprivate func isLive(at: Int64) -> Bool { removedAt == nil && indicator.expiresAt.map { $0 > at } ?? true }
}
