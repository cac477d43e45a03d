// SPDX-License-Identifier: Apache-2.0

/// A user's report of one message, as it is kept.
package struct ReportRow: Codable, Hashable, Sendable {
    package let number: Int64
    /// Milliseconds since 1970, UTC.
    package let at: Int64
    package let reporter: String
    /// `phishing`, `junk` or `not_junk`.
    package let opinion: String
    /// `attached`, `feedback` or `forwarded`.
    package let form: String
    package let subject: String?
    package let language: String?
    /// The message it is about; nil: none that we know.
    package let reference: String?
    /// By which trace it was found: `stamp`, `link`, `message_id` or `subject`.
    package let foundBy: String?
    package let alert: Int64?
    package let wantsAnswer: Bool
    package let answeredAt: Int64?
    /// What the reporter was told: a key of the texts.
    package let answer: String?

    static let columns = """
        number, at, reporter, opinion, form, subject, language, reference, found_by, alert, wants_answer, answered_at, answer
        """

    fileprivate init(_ row: SQLRow) throws(StoreError) {
        number = try row.integer(0)
        at = try row.integer(1)
        reporter = try row.text(2)
        opinion = try row.text(3)
        form = try row.text(4)
        subject = try row.optionalText(5)
        language = try row.optionalText(6)
        reference = try row.optionalText(7)
        foundBy = try row.optionalText(8)
        alert = try row.optionalInteger(9)
        wantsAnswer = try row.integer(10) != 0
        answeredAt = try row.optionalInteger(11)
        answer = try row.optionalText(12)
    }
}

/// What is known of a reported message, from the report.
package struct ReportTraces: Codable, Hashable, Sendable {
    package var stamp: String?
    package var messageIDs: [String]
    package var references: [String]
    package var subject: String?

    package init(stamp: String?, messageIDs: [String], references: [String], subject: String?) {
        self.stamp = stamp
        self.messageIDs = messageIDs
        self.references = references
        self.subject = subject
    }
}

/// Reports, and the messages they are about.
package enum ReportStore {
    /// Links and Message-IDs of one report that are asked for.
    private static let traceLimit = 50
    /// How far back a message is looked for by its subject alone, milliseconds.
    private static let subjectWindow: Int64 = 14 * 86_400_000

    /// The message that has these traces, the strongest first: our stamp, our links, its Message-ID, and last its subject in
    /// the reporter's own mail of the last days.
    ///
    /// A stamp counts only as it was given: whoever makes one up finds nothing.
    package static func find(
        _ traces: ReportTraces, reporter: String, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> (reference: String, by: String)? {
        if let stamp = traces.stamp,
            let found = try reference(
                "stamp = $1 AND reference = $2", [.kept(stamp), .text(String(stamp.prefix { $0 != "." }))], transaction)
        {
            return (found, "stamp")
        }
        for candidate in traces.references.prefix(traceLimit) {
            if let found = try reference("reference = $1", [.text(candidate)], transaction) { return (found, "link") }
        }
        for candidate in traces.messageIDs.prefix(traceLimit) {
            let toReporter = try reference(
                """
                message_id = $1 AND EXISTS (SELECT 1 FROM recipients WHERE recipients.reference = messages.reference
                    AND LOWER(address) = LOWER($2))
                """, [.kept(candidate), .kept(reporter)], transaction)
            if let toReporter { return (toReporter, "message_id") }
            if let found = try reference("message_id = $1", [.kept(candidate)], transaction) {
                return (found, "message_id")
            }
        }
        guard let subject = traces.subject else { return nil }
        return try reference(
            """
            subject = $1 AND at > $3 AND reference IN (SELECT reference FROM recipients WHERE LOWER(address) = LOWER($2))
            """, [.kept(subject), .indexed(reporter), .integer(at - subjectWindow)], transaction
        ).map { ($0, "subject") }
    }

    /// The newest message for which this holds.
    private static func reference(
        _ condition: String, _ parameters: [SQLValue], _ transaction: any SQLTransaction
    ) throws(StoreError) -> String? {
        try transaction.query(
            "SELECT reference FROM messages WHERE \(condition) ORDER BY at DESC LIMIT 1", parameters
        ).first?.text(0)
    }

    /// Whether we ever delivered something to that address: who reports to us from elsewhere gets no answer.
    package static func isOurs(_ address: String, in transaction: any SQLTransaction) throws(StoreError) -> Bool {
        try !transaction.query("SELECT 1 FROM recipients WHERE LOWER(address) = LOWER($1) LIMIT 1", [.indexed(address)])
            .isEmpty
    }

    /// A report that is about to be kept.
    package struct New: Sendable {
        package var reporter: String
        package var opinion: String
        package var form: String
        package var subject: String?
        package var language: String?
        package var reference: String?
        package var foundBy: String?
        package var wantsAnswer: Bool

        package init(
            reporter: String, opinion: String, form: String, subject: String?, language: String?, reference: String?,
            foundBy: String?, wantsAnswer: Bool
        ) {
            self.reporter = reporter
            self.opinion = opinion
            self.form = form
            self.subject = subject
            self.language = language
            self.reference = reference
            self.foundBy = foundBy
            self.wantsAnswer = wantsAnswer
        }
    }

    /// Keeps a report; answers its number.
    package static func add(_ report: New, at: Int64, in transaction: any SQLTransaction) throws(StoreError) -> Int64 {
        let number = try Counter.next("reports", in: transaction)
        try transaction.execute(
            """
            INSERT INTO reports (\(ReportRow.columns))
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, $10, NULL, NULL)
            """,
            [
                .integer(number), .integer(at), .kept(report.reporter), .text(report.opinion), .text(report.form),
                .kept(report.subject), .kept(report.language), .optional(report.reference), .optional(report.foundBy),
                .flag(report.wantsAnswer),
            ])
        return number
    }

    /// Writes which alert the report raised.
    package static func setAlert(
        _ alert: Int64?, of number: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) {
        try transaction.execute(
            "UPDATE reports SET alert = $2 WHERE number = $1", [.integer(number), .optional(alert)])
    }

    /// Writes that the reporter was told.
    package static func setAnswered(
        _ number: Int64, _ answer: String, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) {
        try transaction.execute(
            "UPDATE reports SET answered_at = $2, answer = $3 WHERE number = $1",
            [.integer(number), .integer(at), .text(answer)])
    }

    /// The report of that number; `notFound` when there is none.
    package static func row(_ number: Int64, in transaction: any SQLTransaction) throws(StoreError) -> ReportRow {
        let rows = try rows("WHERE number = $1", [.integer(number)], in: transaction)
        guard let row = rows.first else { throw StoreError(.notFound, "there is no report \(number)") }
        return row
    }

    /// The newest first, below `before`.
    package static func list(
        before: Int64 = .max, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [ReportRow] {
        try rows(
            "WHERE number < $1 ORDER BY number DESC LIMIT $2", [.integer(before), .integer(limit)], in: transaction)
    }

    /// Those about one message, the oldest first.
    package static func reports(
        about reference: String, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [ReportRow] {
        try rows("WHERE reference = $1 ORDER BY number LIMIT $2", [.text(reference), .integer(limit)], in: transaction)
    }

    /// Those whose reporters wait for an answer, above `after`, the oldest first.
    package static func unanswered(
        after number: Int64 = 0, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [ReportRow] {
        try rows(
            "WHERE wants_answer = 1 AND answered_at IS NULL AND number > $1 ORDER BY number LIMIT $2",
            [.integer(number), .integer(limit)], in: transaction)
    }

    private static func rows(
        _ condition: String, _ parameters: [SQLValue], in transaction: any SQLTransaction
    ) throws(StoreError) -> [ReportRow] {
        try transaction.query("SELECT \(ReportRow.columns) FROM reports \(condition)", parameters)
            .map { (row) throws(StoreError) in try ReportRow(row) }
    }
}
