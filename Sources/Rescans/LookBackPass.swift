// SPDX-License-Identifier: Apache-2.0

import Store
import Verdicts

/// The look-back for one indicator in one transaction; holds a page of URLs and a page of clicks, never all of them.
struct LookBackPass {
    private static let clicksAtOnce = 500

    let indicator: Indicator
    let at: Int64
    let transaction: any SQLTransaction
    private(set) var report = LookBackReport()

    init(indicator: Indicator, at: Int64, transaction: any SQLTransaction) {
        self.indicator = indicator
        self.at = at
        self.transaction = transaction
    }

    mutating func run() throws(StoreError) {
        switch indicator.kind {
        case .file: try judgeFile()
        case .url, .domain:
            var pass = self
            try URLStore.forEachPage(coveredBy: indicator.pattern, in: transaction) { (urls) throws(StoreError) in
                for url in urls { try pass.judge(url) }
                return true
            }
            self = pass
        }
    }

    private mutating func judge(_ url: URLRow) throws(StoreError) {
        report.urls += 1
        try judgeClicks(on: url)
        guard let first = try MessageStore.first(carryingURL: url.id, in: transaction) else { return }
        count(
            try VerdictAlerts.raise(
                deliveredURL: url, reference: first.reference, deliveredAt: first.at, by: indicator, at: at,
                in: transaction))
    }

    private mutating func judgeClicks(on url: URLRow) throws(StoreError) {
        var last = ""
        while true {
            let clicks = try ClickStore.clicks(onURL: url.id, after: last, limit: Self.clicksAtOnce, in: transaction)
            for click in clicks where click.isLetThrough {
                count(
                    try VerdictAlerts.raise(
                        click: click.id, reference: click.reference, recipient: click.recipient, url: click.url,
                        by: indicator, at: at, in: transaction))
            }
            guard clicks.count == Self.clicksAtOnce, let end = clicks.last else { return }
            last = end.id
        }
    }

    private mutating func judgeFile() throws(StoreError) {
        guard let first = try MessageStore.first(carryingFile: indicator.pattern, in: transaction) else { return }
        count(
            try VerdictAlerts.raise(
                deliveredFile: indicator.pattern, reference: first.reference, deliveredAt: first.at, by: indicator,
                at: at, in: transaction))
    }

    private mutating func count(_ isNew: Bool) { report.alerts += isNew ? 1 : 0 }
}
