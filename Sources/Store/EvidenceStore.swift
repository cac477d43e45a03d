// SPDX-License-Identifier: Apache-2.0

/// What the steps of an investigation ask: each function is one or a few indexed queries.
package enum EvidenceStore {
    /// What an analyst wants to see of a message.
    package struct MessageFacts: Hashable, Sendable {
        package let reference: String
        package let stamp: String
        package let at: Int64
        package let queueID: String
        package let sender: String
        package let author: String?
        package let subject: String?
        /// In the order of RCPT TO.
        package let recipients: [String]
    }

    /// The message; nil when its record has not come yet, or is gone.
    package static func message(
        _ reference: String, in transaction: any SQLTransaction
    ) throws(StoreError) -> MessageFacts? {
        let rows = try transaction.query(
            "SELECT stamp, at, queue_id, sender, author, subject FROM messages WHERE reference = $1", [.text(reference)])
        guard let row = rows.first else { return nil }
        return MessageFacts(
            reference: reference, stamp: try row.text(0), at: try row.integer(1), queueID: try row.text(2),
            sender: try row.text(3), author: try row.optionalText(4), subject: try row.optionalText(5),
            recipients: try recipients(of: reference, in: transaction))
    }

    /// The message's recipients; the first has number 1.
    package static func recipients(
        of reference: String, in transaction: any SQLTransaction
    ) throws(StoreError) -> [String] {
        try transaction.query(
            "SELECT address FROM recipients WHERE reference = $1 ORDER BY number", [.text(reference)]
        )
        .map { (row) throws(StoreError) in try row.text(0) }
    }

    /// Messages with the attachment, the oldest first.
    package static func messages(
        carryingFile sha256: String, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [String] {
        try transaction.query(
            "SELECT DISTINCT reference FROM attachments WHERE sha256 = $1 ORDER BY reference LIMIT $2",
            [.text(sha256), .integer(limit)]
        )
        .map { (row) throws(StoreError) in try row.text(0) }
    }

    /// Messages with a link to the URL.
    package static func messages(
        carryingURL url: Int64, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [String] {
        try transaction.query(
            "SELECT DISTINCT reference FROM links WHERE url = $1 ORDER BY reference LIMIT $2",
            [.integer(url), .integer(limit)]
        )
        .map { (row) throws(StoreError) in try row.text(0) }
    }

    /// The messages that the alerts of the investigation name.
    package static func messages(
        ofAlertsOf investigation: Int64, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [String] {
        try transaction.query(
            """
            SELECT DISTINCT reference FROM alerts WHERE investigation = $1 AND reference IS NOT NULL
            ORDER BY reference LIMIT $2
            """, [.integer(investigation), .integer(limit)]
        )
        .map { (row) throws(StoreError) in try row.text(0) }
    }
}

// MARK: - Clicks

extension EvidenceStore {
    /// One click.
    package struct ClickFacts: Hashable, Sendable {
        package let id: String
        package let at: Int64
        package let reference: String
        /// From 1; 0 when the link was made for several.
        package let recipient: Int64
        package let url: String
        package let outcome: String
        package let client: String
        package let userAgent: String?
    }

    /// Clicks on the URL, the oldest first.
    package static func clicks(
        onURL url: Int64, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [ClickFacts] {
        try clicks("clicks.url = $1", .integer(url), limit: limit, in: transaction)
    }

    /// Clicks on any link of the message, the oldest first.
    package static func clicks(
        inMessage reference: String, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [ClickFacts] {
        try clicks("clicks.reference = $1", .text(reference), limit: limit, in: transaction)
    }

    private static func clicks(
        _ condition: String, _ value: SQLValue, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [ClickFacts] {
        try transaction.query(
            """
            SELECT clicks.id, clicks.at, clicks.reference, clicks.recipient, urls.url, clicks.outcome, clicks.client,
                clicks.user_agent
            FROM clicks JOIN urls ON urls.id = clicks.url WHERE \(condition) ORDER BY clicks.at, clicks.id LIMIT $2
            """, [value, .integer(limit)]
        )
        .map { (row) throws(StoreError) in
            ClickFacts(
                id: try row.text(0), at: try row.integer(1), reference: try row.text(2), recipient: try row.integer(3),
                url: try row.text(4), outcome: try row.text(5), client: try row.text(6),
                userAgent: try row.optionalText(7))
        }
    }
}

// MARK: - Indicators

extension EvidenceStore {
    /// One live indicator about a subject.
    package struct IndicatorFacts: Hashable, Sendable {
        package let number: Int64
        package let value: String
        package let verdict: String
        package let source: String
        package let reason: String?
        package let createdAt: Int64
    }

    /// The indicators with exactly this pattern that are in force at the time.
    package static func indicators(
        pattern: String, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> [IndicatorFacts] {
        try transaction.query(
            """
            SELECT number, value, verdict, source, reason, created_at FROM indicators
            WHERE pattern = $1 AND removed_at IS NULL AND (expires_at IS NULL OR expires_at > $2) ORDER BY number
            """, [.text(pattern), .integer(at)]
        )
        .map { (row) throws(StoreError) in
            IndicatorFacts(
                number: try row.integer(0), value: try row.text(1), verdict: try row.text(2), source: try row.text(3),
                reason: try row.optionalText(4), createdAt: try row.integer(5))
        }
    }
}
