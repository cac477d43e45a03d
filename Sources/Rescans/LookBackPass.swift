// SPDX-License-Identifier: Apache-2.0

import Store
import Verdicts

/// The look-back for one indicator, a page of URLs or of clicks in each transaction.
struct LookBackPass {
    /// Rows of one write transaction, which holds up ingest: some 10 ms.
    private static let urlsAtOnce = 100
    private static let clicksAtOnce = 200

    let indicator: Indicator
    let at: Int64
    /// The oldest click that counts.
    let since: Int64
    let database: any Database

    func run() async throws -> LookBackReport {
        var report = LookBackReport()
        guard indicator.kind != .file else {
            report.alerts = try await judgeFiles()
            return report
        }
        var met: Set<Int64> = []
        var cursor: URLStore.CoverCursor? = URLStore.CoverCursor()
        while let place = cursor {
            try Task.checkCancellation()
            let page = try await database.write { try judgePage(from: place, in: $0) }
            let new = page.urls.filter { met.insert($0).inserted }
            report.urls += new.count
            report.alerts += page.alerts
            for (url, last) in page.clicksLeft { report.alerts += try await judgeClicks(on: url, after: last) }
            cursor = page.next
        }
        return report
    }

    private struct Page: Sendable {
        var urls: [Int64] = []
        var alerts = 0
        /// URLs with more clicks than were judged with them, and the last click that was.
        var clicksLeft: [(url: Int64, last: String)] = []
        var next: URLStore.CoverCursor?
    }

    private func judgePage(
        from cursor: URLStore.CoverCursor, in transaction: any SQLTransaction
    ) throws(StoreError) -> Page {
        let (covered, next) = try URLStore.page(
            coveredBy: indicator.pattern, from: cursor, limit: Self.urlsAtOnce, in: transaction)
        let vouched = indicator.isPersonal ? [] : try IndicatorStore.vouchedFor(covered, at: at, in: transaction)
        var page = Page()
        page.next = next
        var clicks = Self.clicksAtOnce
        for url in covered where !vouched.contains(url.id) {
            page.urls.append(url.id)
            // All pages of clicks of one URL but the first, and what is over the page's own measure, come later.
            let (last, judged, alerts) = try judgeClicks(on: url.id, after: "", limit: clicks, in: transaction)
            if let last { page.clicksLeft.append((url.id, last)) }
            clicks = max(1, clicks - judged)
            page.alerts += alerts
            guard let first = try MessageStore.first(carryingURL: url.id, in: transaction) else { continue }
            let isNew = try VerdictAlerts.raise(
                deliveredURL: url, reference: first.reference, deliveredAt: first.at, by: indicator, at: at,
                in: transaction)
            page.alerts += isNew ? 1 : 0
        }
        return page
    }

    private func judgeClicks(on url: Int64, after first: String) async throws -> Int {
        var (alerts, after) = (0, first)
        while true {
            try Task.checkCancellation()
            let place = after
            let (last, _, new) = try await database.write {
                try judgeClicks(on: url, after: place, limit: Self.clicksAtOnce, in: $0)
            }
            alerts += new
            guard let last else { return alerts }
            after = last
        }
    }

    /// Judges at most `limit` clicks; `last` is the last of them when there may be more.
    private func judgeClicks(
        on url: Int64, after: String, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> (last: String?, judged: Int, alerts: Int) {
        let clicks = try ClickStore.clicks(onURL: url, since: since, after: after, limit: limit, in: transaction)
        var alerts = 0
        for click in clicks where click.isLetThrough {
            let isNew = try VerdictAlerts.raise(
                clickAt: click.at, proceeded: click.isProceeded, reference: click.reference, recipient: click.recipient,
                url: click.url,
                by: indicator, at: at, in: transaction)
            alerts += isNew ? 1 : 0
        }
        return (clicks.count == limit ? clicks.last?.id : nil, clicks.count, alerts)
    }

    private func judgeFiles() async throws -> Int {
        try await database.write { transaction in
            var alerts = 0
            for sha256 in try FileNames.files(named: indicator.pattern, in: transaction) {
                alerts += try judge(file: sha256, in: transaction) ? 1 : 0
            }
            return alerts
        }
    }

    private func judge(file sha256: String, in transaction: any SQLTransaction) throws(StoreError) -> Bool {
        let names = try FileNames.names(of: sha256, in: transaction)
        let said = try IndicatorStore.live(names, at: at, in: transaction)
        guard indicator.isPersonal || !said.contains(where: { $0.verdict == .clean }),
            let first = try MessageStore.first(carryingFile: sha256, in: transaction)
        else {
            return false
        }
        return try VerdictAlerts.raise(
            deliveredFile: sha256, reference: first.reference, deliveredAt: first.at, by: indicator, at: at,
            in: transaction)
    }
}
