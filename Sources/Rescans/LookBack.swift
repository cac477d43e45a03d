// SPDX-License-Identifier: Apache-2.0

// Rescans: what to judge again, and when.
//
// A look-back judges the past by an indicator that was not there yet: the URLs it covers, the messages that carried them,
// the clicks that were let through, the messages with its file. It raises alerts and nothing else; investigating them is
// somebody else's work.
//
// Most of a feed's indicators cover nothing that came here. Thousands of them are therefore asked for together, in a
// transaction that only reads (`URLStore.met`), and only those that met
// something are gone through, page by page, each page a write transaction of its own: a broad indicator never holds up
// ingest for longer than some hundred alerts take.
//
// `looked_back` turns when all alerts of the indicator are written. A crash before that means that it happens again, and
// causes make each alert unique, so whoever is second does nothing. What arrives while it runs is judged at ingest. Road
// not taken: a queue of rescans in memory; the table of indicators is the queue.

package import Store
import Verdicts

/// What a look-back found.
package struct LookBackReport: Codable, Hashable, Sendable {
    /// Indicators that were looked back for.
    package var indicators = 0
    /// Distinct URLs that are covered, counted for each indicator.
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
    /// Indicators that are asked for together: some 10 MB of them.
    private static let indicatorsAtOnce = 20_000
    /// Indicators marked in one write transaction, which holds up ingest: some 10 ms.
    private static let marksAtOnce = 2_000

    private let database: any Database
    private let window: Duration
    private let now: @Sendable () -> Int64

    /// `window`: how old a click may be to raise an alert; `now` gives milliseconds since 1970, UTC.
    package init(
        database: any Database, window: Duration = .seconds(90 * 86_400), now: @escaping @Sendable () -> Int64
    ) {
        self.database = database
        self.window = window
        self.now = now
    }

    /// Looks back for every indicator that waits for it; cheap when none does.
    package func run() async throws -> LookBackReport {
        var total = LookBackReport()
        while !Task.isCancelled {
            let at = now()
            let (waiting, met) = try await database.read { transaction in
                let waiting = try IndicatorStore.awaitingLookBack(limit: Self.indicatorsAtOnce, in: transaction)
                let live = waiting.filter { $0.isLive(at: at) }.map(\.indicator)
                return (waiting.map(\.indicator.number), try Self.met(live, in: transaction))
            }
            guard !waiting.isEmpty else { break }
            for indicator in met {
                let since = at - Int64(window / .milliseconds(1))
                total += try await LookBackPass(indicator: indicator, at: at, since: since, database: database).run()
            }
            try Task.checkCancellation()
            for begin in stride(from: 0, to: waiting.count, by: Self.marksAtOnce) {
                let numbers = Array(waiting[begin..<min(begin + Self.marksAtOnce, waiting.count)])
                try await database.write { try IndicatorStore.markLookedBack(numbers, in: $0) }
            }
            total.indicators += waiting.count
        }
        return total
    }

    /// Those of the indicators that cover something here.
    private static func met(
        _ indicators: [Indicator], in transaction: any SQLTransaction
    ) throws(StoreError) -> [Indicator] {
        let links = indicators.filter { $0.kind != .file }
        let covering = try URLStore.met(by: links.map(\.pattern), in: transaction)
        let files = indicators.filter { $0.kind == .file }
        let known = try MessageStore.known(files: files.map(\.pattern), in: transaction)
        return links.enumerated().filter { covering.contains($0.offset) }.map(\.element)
            + files.filter { known.contains($0.pattern) }
    }
}

extension IndicatorRow {
    /// An indicator that was taken back, or ran out, before its turn came accuses nobody.
    fileprivate func isLive(at: Int64) -> Bool { removedAt == nil && indicator.expiresAt.map { $0 > at } ?? true }
}
