// SPDX-License-Identifier: Apache-2.0

/// Alerts as investigations see them: taken in once, each with the reason where it went.
package enum AlertIntake {
    /// One alert with what became of it.
    package struct Alert: Codable, Hashable, Sendable {
        package let number: Int64
        package let at: Int64
        package let kind: String
        package let severity: String
        package let subject: String
        package let title: String
        package let indicator: Int64?
        /// The message it is about, when it is about one.
        package let reference: String?
        package let investigation: Int64?
        /// Why it opened or joined its investigation, or has none; nil: not looked at.
        package let joinedBecause: String?
    }

    /// Alerts that nobody has looked at, the oldest first.
    package static func waiting(limit: Int, in transaction: any SQLTransaction) throws(StoreError) -> [Alert] {
        try transaction.query(
            "\(select) WHERE investigation IS NULL AND joined_because IS NULL ORDER BY number LIMIT $1", [.integer(limit)]
        )
        .map { (row) throws(StoreError) in try alert(row) }
    }

    /// Writes where the alert went, and why.
    package static func assign(
        _ number: Int64, to investigation: Int64?, because: String, in transaction: any SQLTransaction
    ) throws(StoreError) {
        try transaction.execute(
            "UPDATE alerts SET investigation = $2, joined_because = $3 WHERE number = $1",
            [.integer(number), .optional(investigation), .text(because)])
    }

    /// The alerts of an investigation, in order.
    package static func alerts(
        of investigation: Int64, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [Alert] {
        try transaction.query(
            "\(select) WHERE investigation = $1 ORDER BY number LIMIT $2", [.integer(investigation), .integer(limit)]
        )
        .map { (row) throws(StoreError) in try alert(row) }
    }

    private static let select = """
        SELECT number, at, kind, severity, subject, title, indicator, reference, investigation, joined_because FROM alerts
        """

    private static func alert(_ row: SQLRow) throws(StoreError) -> Alert {
        Alert(
            number: try row.integer(0), at: try row.integer(1), kind: try row.text(2), severity: try row.text(3),
            subject: try row.text(4), title: try row.text(5), indicator: try row.optionalInteger(6),
            reference: try row.optionalText(7), investigation: try row.optionalInteger(8),
            joinedBecause: try row.optionalText(9))
    }
}
