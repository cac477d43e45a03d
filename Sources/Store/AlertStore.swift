// SPDX-License-Identifier: Apache-2.0

package import Playbooks

/// How soon somebody should look.
package enum AlertSeverity: String, Codable, Hashable, Sendable, CaseIterable {
    case low, medium, high
}

/// An alert that is about to be raised.
package struct NewAlert: Hashable, Sendable {
    package var kind: AlertKind
    package var severity: AlertSeverity
    package var subject: Subject
    /// One sentence for people.
    package var title: String
    /// The number of the indicator that led to it.
    package var indicator: Int64?
    /// The message it is about, when it is about one.
    package var reference: String?
    /// What makes it unique: the same cause raises one alert, ever.
    package var cause: String

    package init(
        kind: AlertKind, severity: AlertSeverity, subject: Subject, title: String, indicator: Int64? = nil,
        reference: String? = nil, cause: String
    ) {
        self.kind = kind
        self.severity = severity
        self.subject = subject
        self.title = title
        self.indicator = indicator
        self.reference = reference
        self.cause = cause
    }
}

/// An alert as it is kept.
package struct AlertRow: Codable, Hashable, Sendable {
    package let number: Int64
    /// Milliseconds since 1970, UTC.
    package let at: Int64
    /// A raw value of `AlertKind`, or one that a newer version wrote.
    package let kind: String
    package let severity: AlertSeverity
    /// A `Subject` as text.
    package let subject: String
    package let title: String
    package let indicator: Int64?
    package let reference: String?
    package let investigation: Int64?
    /// Why it belongs to that investigation, or to none; nil: nobody looked at it yet.
    package let joinedBecause: String?

    static let columns = """
        number, at, kind, severity, subject, title, indicator, reference, investigation, joined_because
        """

    fileprivate init(_ row: SQLRow) throws(StoreError) {
        guard let severity = AlertSeverity(rawValue: try row.text(3)) else {
            throw StoreError(.row, "alert \(try row.integer(0)) has an unknown severity")
        }
        number = try row.integer(0)
        at = try row.integer(1)
        kind = try row.text(2)
        self.severity = severity
        subject = try row.text(4)
        title = try row.text(5)
        indicator = try row.optionalInteger(6)
        reference = try row.optionalText(7)
        investigation = try row.optionalInteger(8)
        joinedBecause = try row.optionalText(9)
    }
}

/// What deserves an investigation.
package enum AlertStore {
    /// Raises the alert; nil when one with this cause was raised before.
    @discardableResult
    package static func raise(
        _ alert: NewAlert, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Int64? {
        guard try !isRaised(alert.cause, in: transaction) else { return nil }
        let number = try Counter.next("alerts", in: transaction)
        let added = try transaction.execute(
            """
            INSERT INTO alerts (number, at, kind, severity, subject, title, indicator, reference, cause, investigation,
                joined_because) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, NULL)
            ON CONFLICT (cause) DO NOTHING
            """,
            [
                .integer(number), .integer(at), .text(alert.kind.rawValue), .text(alert.severity.rawValue),
                .kept(alert.subject.description), .kept(alert.title), .optional(alert.indicator),
                .optional(alert.reference), .kept(alert.cause),
            ])
        return added > 0 ? number : nil
    }

    /// Writes an alert that is for people alone, about something no playbook looks into; nil when its cause was told
    /// before.
    @discardableResult
    package static func tell(
        kind: String, subject: String, title: String, severity: AlertSeverity, cause: String, at: Int64,
        in transaction: any SQLTransaction
    ) throws(StoreError) -> Int64? {
        guard try !isRaised(cause, in: transaction) else { return nil }
        let number = try Counter.next("alerts", in: transaction)
        try transaction.execute(
            """
            INSERT INTO alerts (number, at, kind, severity, subject, title, indicator, reference, cause, investigation,
                joined_because) VALUES ($1, $2, $3, $4, $5, $6, NULL, NULL, $7, NULL, $8)
            """,
            [
                .integer(number), .integer(at), .text(kind), .text(severity.rawValue), .kept(subject), .kept(title),
                .kept(cause), .text("not investigated: it is for people to decide"),
            ])
        return number
    }

    /// Whether an alert with this cause was raised before.
    static func isRaised(_ cause: String, in transaction: any SQLTransaction) throws(StoreError) -> Bool {
        try !transaction.query("SELECT 1 FROM alerts WHERE cause = $1", [.kept(cause)]).isEmpty
    }

    /// The alert of that number; `notFound` when there is none.
    package static func row(_ number: Int64, in transaction: any SQLTransaction) throws(StoreError) -> AlertRow {
        let rows = try rows("WHERE number = $1", [.integer(number)], in: transaction)
        guard let row = rows.first else { throw StoreError(.notFound, "there is no alert \(number)") }
        return row
    }

    /// The newest first, below `before`.
    package static func list(
        before: Int64 = .max, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [AlertRow] {
        try rows(
            "WHERE number < $1 ORDER BY number DESC LIMIT $2", [.integer(before), .integer(limit)], in: transaction)
    }

    /// Those of an investigation, in their order, above `after`.
    package static func alerts(
        of investigation: Int64, after: Int64 = 0, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [AlertRow] {
        try rows(
            "WHERE investigation = $1 AND number > $2 ORDER BY number LIMIT $3",
            [.integer(investigation), .integer(after), .integer(limit)], in: transaction)
    }

    /// Those that nobody looked at yet, the oldest first.
    package static func waiting(limit: Int, in transaction: any SQLTransaction) throws(StoreError) -> [AlertRow] {
        try rows(
            "WHERE investigation IS NULL AND joined_because IS NULL ORDER BY number LIMIT $1", [.integer(limit)],
            in: transaction)
    }

    /// Gives the alert to an investigation, or to none, and says why.
    package static func assign(
        _ number: Int64, to investigation: Int64?, because: String, in transaction: any SQLTransaction
    ) throws(StoreError) {
        try transaction.execute(
            "UPDATE alerts SET investigation = $2, joined_because = $3 WHERE number = $1",
            [.integer(number), .optional(investigation), .kept(because)])
    }

    private static func rows(
        _ condition: String, _ parameters: [SQLValue], in transaction: any SQLTransaction
    ) throws(StoreError) -> [AlertRow] {
        try transaction.query("SELECT \(AlertRow.columns) FROM alerts \(condition)", parameters)
            .map { (row) throws(StoreError) in try AlertRow(row) }
    }
}
