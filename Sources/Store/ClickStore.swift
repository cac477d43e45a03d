// SPDX-License-Identifier: Apache-2.0

import Mail
package import Playbooks
package import Records

/// One use of a rewritten link.
package struct ClickRow: Codable, Hashable, Sendable {
    package let id: String
    /// Milliseconds since 1970, UTC.
    package let at: Int64
    package let reference: String
    package let ordinal: Int64
    /// The recipient's number in the message, from 1; 0 when the message had several.
    package let recipient: Int64
    /// The recipient's address; nil when the message had several or is not known yet.
    package let address: String?
    package let url: String
    package let urlID: Int64
    /// `allowed`, `warned`, `proceeded` or `blocked`.
    package let outcome: String
    /// The verdict at the time.
    package let verdict: String
    /// The numbers of the indicators behind that verdict.
    package let indicators: [Int64]
    package let method: String
    package let client: String
    package let userAgent: String?

    /// Whether the browser was sent to the target.
    package var isLetThrough: Bool { ClickRecord.Outcome(rawValue: outcome)?.isLetThrough ?? false }

    fileprivate init(_ row: SQLRow) throws(StoreError) {
        id = try row.text(0)
        at = try row.integer(1)
        reference = try row.text(2)
        ordinal = try row.integer(3)
        recipient = try row.integer(4)
        address = try row.optionalText(5)
        url = try row.text(6)
        urlID = try row.integer(7)
        outcome = try row.text(8)
        verdict = try row.text(9)
        indicators = try row.text(10).split(separator: ",").compactMap { Int64($0) }
        method = try row.text(11)
        client = try row.text(12)
        userAgent = try row.optionalText(13)
    }
}

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
        let url = try urls.seen(record.url, in: transaction)
        return try transaction.execute(
            """
            INSERT INTO clicks (id, at, reference, ordinal, recipient, url, outcome, verdict, indicators, method, client,
                user_agent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            ON CONFLICT (id) DO NOTHING
            """,
            [
                .text(record.id), .integer(record.at), .text(record.reference.description), .integer(record.ordinal),
                .integer(record.recipient), .integer(url.id), .text(record.outcome.rawValue), .kept(record.verdict),
                .text(record.indicators.map { String($0) }.joined(separator: ",")), .kept(record.method),
                .kept(record.client), .kept(record.userAgent),
            ]) > 0
    }
}

// MARK: - Look-ups

extension ClickStore {
    private static let select = """
        SELECT clicks.id, clicks.at, clicks.reference, clicks.ordinal, clicks.recipient, recipients.address, urls.url,
            urls.id, clicks.outcome, clicks.verdict, clicks.indicators, clicks.method, clicks.client, clicks.user_agent
        FROM clicks JOIN urls ON urls.id = clicks.url
            LEFT JOIN recipients ON recipients.reference = clicks.reference AND recipients.number = clicks.recipient
        """

    /// The newest clicks first, below the cursor.
    package static func list(
        before cursor: PageCursor = .start, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [ClickRow] {
        try rows(
            "WHERE (clicks.at, clicks.id) < ($1, $2) ORDER BY clicks.at DESC, clicks.id DESC LIMIT $3",
            [.integer(cursor.at), .text(cursor.name), .integer(limit)], in: transaction)
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
