// SPDX-License-Identifier: Apache-2.0

import Mail
import Records
import Verdicts

/// What goes through one batch of records: kept, then judged by the live indicators.
struct IngestWork {
    /// URLs of one message judged together: one question to the store for their patterns, and a bound on what is held.
    private static let urlsAtOnce = 100

    let at: Int64
    let transaction: any SQLTransaction
    var report = IngestReport()
    private var urls = SeenURLs()
    private var indicators: LiveIndicators

    init(at: Int64, transaction: any SQLTransaction) {
        self.at = at
        self.transaction = transaction
        indicators = LiveIndicators(at: at)
    }

    mutating func take(_ record: MessageRecord) throws(StoreError) {
        guard try MessageStore.insert(record, urls: &urls, in: transaction) else {
            report.repeated += 1
            return
        }
        report.kept += 1
        try judgeAttachments(of: record)
        var rest = distinct(record.links.map(\.url))[...]
        while !rest.isEmpty {
            try judge(rest.prefix(Self.urlsAtOnce), of: record)
            rest = rest.dropFirst(Self.urlsAtOnce)
        }
    }

    mutating func take(_ record: ClickRecord) throws(StoreError) {
        guard try ClickStore.insert(record, urls: &urls, in: transaction) else {
            report.repeated += 1
            return
        }
        report.kept += 1
        guard record.outcome.isLetThrough else { return }
        let seen = try urls.seen(record.url, at: record.at, in: transaction)
        try indicators.fetch(seen.patterns, in: transaction)
        let against = indicators.against(seen.patterns)
        if against.isEmpty { count(try ClickAlerts.raise(past: record, at: at, in: transaction)) }
        for indicator in against {
            count(
                try VerdictAlerts.raise(
                    clickAt: record.at, proceeded: record.outcome == .proceeded,
                    reference: record.reference.description, recipient: Int64(record.recipient),
                    url: record.url, by: indicator, at: at, in: transaction))
        }
    }

    private mutating func judgeAttachments(of record: MessageRecord) throws(StoreError) {
        let names = Dictionary(
            record.attachments.map { ($0.sha256, [$0.sha256, $0.sha1, $0.md5].compactMap(\.self)) }
        ) { one, _ in one }
        try indicators.fetch(names.values.joined(), in: transaction)
        for digest in distinct(record.attachments.map(\.sha256)) {
            for indicator in indicators.against(names[digest] ?? []) {
                count(
                    try VerdictAlerts.raise(
                        deliveredFile: digest, reference: record.reference.description, deliveredAt: record.at,
                        by: indicator, at: at, in: transaction))
            }
        }
    }

    private mutating func judge(_ links: ArraySlice<String>, of record: MessageRecord) throws(StoreError) {
        var judged: [(url: String, seen: SeenURLs.Seen)] = []
        for url in links { judged.append((url, try urls.seen(url, at: record.at, in: transaction))) }
        try indicators.fetch(judged.flatMap(\.seen.patterns), in: transaction)
        for (url, seen) in judged {
            for indicator in indicators.against(seen.patterns) {
                count(
                    try VerdictAlerts.raise(
                        deliveredURL: URLRow(id: seen.id, url: url), reference: record.reference.description,
                        deliveredAt: record.at, by: indicator, at: at, in: transaction))
            }
        }
    }

    private mutating func count(_ isNew: Bool) { report.alerts += isNew ? 1 : 0 }

    /// Each once, in the order of their first appearance.
    private func distinct(_ texts: [String]) -> [String] {
        var met: Set<String> = []
        return texts.filter { met.insert($0).inserted }
    }
}
