// SPDX-License-Identifier: Apache-2.0

import Mail
package import Playbooks
package import Records

extension ClickRecord.Outcome {
    /// Whether the browser was sent to the target.
    var isLetThrough: Bool { self == .allowed || self == .proceeded }
}

/// The clicks; one may come before its message, for the two stand in different journals.
package enum ClickStore {
    /// Keeps the click; answers false when it was there already.
    @discardableResult
    package static func insert(_ record: ClickRecord, in transaction: any SQLTransaction) throws(StoreError) -> Bool {
        var urls = SeenURLs()
        return try insert(record, urls: &urls, in: transaction)
    }

    static func insert(
        _ record: ClickRecord, urls: inout SeenURLs, in transaction: any SQLTransaction
    ) throws(StoreError) -> Bool {
        let url = try urls.seen(record.url, at: record.at, in: transaction)
        return try transaction.execute(
            """
            INSERT INTO clicks (id, at, reference, ordinal, recipient, url, outcome, verdict, indicators, method, client,
                user_agent, reasons, wrappers, inner_url, clicker, clicker_reason, audience, fields, issued)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
            ON CONFLICT (id) DO NOTHING
            """,
            [
                .text(record.id), .integer(record.at), .text(record.reference.description), .integer(record.ordinal),
                .integer(record.recipient), .integer(url.id), .text(record.outcome.rawValue), .kept(record.verdict),
                .text(record.indicators.map { String($0) }.joined(separator: ",")), .kept(record.method),
                .kept(record.client), .kept(record.userAgent), .lines(record.reasons), .lines(record.wrappers),
                .kept(record.innerURL), .kept(record.clicker), .kept(record.clickerReason), .kept(record.audience),
                .lines(record.fields), .optional(record.issued.map { Int64($0) }),
            ]) > 0
    }
}

// MARK: - Look-ups

extension ClickStore {
    private static let select = """
        SELECT \(ClickRow.columns) FROM clicks JOIN urls ON urls.id = clicks.url
            LEFT JOIN messages ON messages.reference = clicks.reference
            LEFT JOIN recipients ON recipients.reference = clicks.reference AND recipients.number = clicks.recipient
        """

    /// Which clicks a list is about; nil: all.
    package struct Filter: Hashable, Sendable {
        /// `human`, `scanner` …, as in `ClickRow.clicker`.
        package var clicker: String?
        /// `blocked`, `warned` …, as in `ClickRow.outcome`.
        package var outcome: String?

        package init(clicker: String? = nil, outcome: String? = nil) {
            self.clicker = clicker
            self.outcome = outcome
        }
    }

    /// The newest clicks first, below the cursor.
    package static func list(
        _ filter: Filter = Filter(), before cursor: PageCursor = .start, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [ClickRow] {
        var condition = "WHERE (clicks.at, clicks.id) < ($1, $2)"
        var parameters: [SQLValue] = [.integer(cursor.at), .text(cursor.name), .integer(limit)]
        for (column, value) in [(ClickRow.clicker, filter.clicker), ("clicks.outcome", filter.outcome)] {
            guard let value else { continue }
            parameters.append(.kept(value))
            condition += " AND \(column) = $\(parameters.count)"
        }
        return try rows(
            "\(condition) ORDER BY clicks.at DESC, clicks.id DESC LIMIT $3", parameters, in: transaction)
    }

    /// The click of that name; nil when there is none.
    package static func click(_ id: String, in transaction: any SQLTransaction) throws(StoreError) -> ClickRow? {
        try rows("WHERE clicks.id = $1", [.text(id)], in: transaction).first
    }

    /// The clicks on the links of one message, the oldest first.
    package static func clicks(
        inMessage reference: String, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [ClickRow] {
        try rows(
            "WHERE clicks.reference = $1 ORDER BY clicks.at, clicks.id LIMIT $2", [.text(reference), .integer(limit)],
            in: transaction)
    }

    /// The clicks on a URL in the order of their ids, above `after`; none from before `since`.
    package static func clicks(
        onURL id: Int64, since: Int64 = .min, after: String = "", limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [ClickRow] {
        try rows(
            "WHERE clicks.url = $1 AND clicks.id > $2 AND clicks.at >= $4 ORDER BY clicks.id LIMIT $3",
            [.integer(id), .text(after), .integer(limit), .integer(since)], in: transaction)
    }

    /// The clicks on the subject: on every URL that the expression covers; the oldest first.
    ///
    /// At most `limit`; ask for one more than you can use to learn whether there are more. A file is not clicked.
    package static func clicks(
        about subject: Subject, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [ClickRow] {
        guard subject.kind == .url else { return [] }
        var found: [String: ClickRow] = [:]
        try URLStore.forEachPage(coveredBy: subject.value, in: transaction) { (urls) throws(StoreError) in
            for url in urls where found.count < limit {
                for click in try clicks(onURL: url.id, limit: limit, in: transaction) { found[click.id] = click }
            }
            return found.count < limit
        }
        return Array(found.values.sorted { ($0.at, $0.id) < ($1.at, $1.id) }.prefix(limit))
    }

    private static func rows(
        _ condition: String, _ parameters: [SQLValue], in transaction: any SQLTransaction
    ) throws(StoreError) -> [ClickRow] {
        try transaction.query("\(select) \(condition)", parameters)
            .map { (row) throws(StoreError) in try ClickRow(row) }
    }
}
