// SPDX-License-Identifier: Apache-2.0

package import Playbooks
import Verdicts

/// One message that carried something malicious.
package struct CondemnedRow: Hashable, Sendable {
    package let reference: String
    /// The link or the file.
    package let subject: Subject
    /// The envelope sender, in small letters.
    package let sender: String
    /// When the message came, milliseconds since 1970, UTC.
    package let at: Int64
    package let direction: String?
    /// The login name, when the client authenticated.
    package let login: String?
    package let authentication: [String]
}

/// Messages that carried something an indicator called malicious: by these a sender's fall and a bad cluster are known,
/// without judging every message again.
///
/// A row stays when its indicator goes; who asks looks whether something still condemns it (`stillCondemned`).
package enum CondemnedStore {
    /// Messages of one alert's subject that are noted; one that 100,000 people got need not be known whole.
    private static let carriersOfOne = 1_000
    /// Messages of which one transaction is content, for it holds up ingest: some 30 ms.
    private static let notedAtOnce = 500
    /// Messages of one sender that are looked at.
    private static let messagesOfOne = 200

    /// Notes the message, once; one that is not in the store (yet) is passed over.
    static func note(
        _ reference: String, _ subject: Subject, in transaction: any SQLTransaction
    ) throws(StoreError) {
        let isKnown = try transaction.query(
            "SELECT 1 FROM condemned WHERE reference = $1 AND subject = $2",
            [.text(reference), .kept(subject.description)])
        guard isKnown.isEmpty,
            let row = try transaction.query("SELECT sender, at FROM messages WHERE reference = $1", [.text(reference)])
                .first
        else { return }
        try transaction.execute(
            "INSERT INTO condemned (reference, subject, sender, at, number) VALUES ($1, $2, $3, $4, $5)",
            [
                .text(reference), .kept(subject.description), .indexed(try row.text(0).lowercased()),
                .integer(try row.integer(1)), .integer(try Counter.next("condemned", in: transaction)),
            ])
    }

    // MARK: Following the alerts

    private static let kinds = [AlertKind.urlVerdictChange, .urlClick, .clickThrough, .fileVerdictChange]

    /// Notes the messages that the next alerts are about; answers whether there was one.
    package static func followAlerts(
        limit: Int, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Bool {
        let alerts = try transaction.query(
            "SELECT number, kind, subject FROM alerts WHERE number > $1 ORDER BY number LIMIT $2",
            [.integer(try Counter.last("condemned_alerts", in: transaction)), .integer(limit)])
        guard !alerts.isEmpty else { return false }
        var noted = 0
        for alert in alerts where noted < notedAtOnce {
            try set("condemned_alerts", try alert.integer(0), in: transaction)
            let kind = AlertKind(rawValue: try alert.text(1))
            guard let kind, kinds.contains(kind), let subject = Subject(try alert.text(2)),
                try isMalicious(subject, at: at, in: transaction)
            else { continue }
            let carriers = try MessageStore.references(about: subject, limit: carriersOfOne, in: transaction)
            for reference in carriers { try note(reference, subject, in: transaction) }
            noted += carriers.count
        }
        return true
    }

    /// The senders of messages that were noted since the last call, each once; of at most `limit` messages.
    package static func nextSenders(limit: Int, in transaction: any SQLTransaction) throws(StoreError) -> [String] {
        let rows = try transaction.query(
            "SELECT number, sender FROM condemned WHERE number > $1 ORDER BY number LIMIT $2",
            [.integer(try Counter.last("condemned_senders", in: transaction)), .integer(limit)])
        guard let last = rows.last else { return [] }
        try set("condemned_senders", try last.integer(0), in: transaction)
        var senders: Set<String> = []
        for row in rows { senders.insert(try row.text(1)) }
        return senders.subtracting([""]).sorted()
    }

    private static func set(_ name: String, _ value: Int64, in transaction: any SQLTransaction) throws(StoreError) {
        try transaction.execute(
            """
            INSERT INTO counters (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value
            """, [.text(name), .integer(value)])
    }

    // MARK: Look-ups

    /// Whether anything waits for `followAlerts` or `nextSenders`.
    package static func hasNews(in transaction: any SQLTransaction) throws(StoreError) -> Bool {
        if try Counter.last("alerts", in: transaction) > Counter.last("condemned_alerts", in: transaction) {
            return true
        }
        return try Counter.last("condemned", in: transaction) > Counter.last("condemned_senders", in: transaction)
    }

    /// The sender's messages that carry something malicious, since that time, the oldest first.
    package static func messages(
        of sender: String, since: Int64, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> [CondemnedRow] {
        let rows = try transaction.query(
            """
            \(select) WHERE condemned.sender = $1 AND condemned.at >= $2
            ORDER BY condemned.at, condemned.number LIMIT $3
            """, [.indexed(sender), .integer(since), .integer(messagesOfOne)]
        ).map { (row) throws(StoreError) in try self.row(row) }
        return try stillCondemned(rows, at: at, in: transaction)
    }

    /// Those of the messages that carry something malicious, with what that is; one row for each thing.
    package static func among(
        _ references: [String], at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> [CondemnedRow] {
        let rows = try transaction.query(
            "\(select) WHERE condemned.reference IN ($list)", in: references.sorted().map { .text($0) }
        ).map { (row) throws(StoreError) in try self.row(row) }
        // The last values of a list are repeated.
        return try stillCondemned(Array(Set(rows)), at: at, in: transaction)
    }

    private static func stillCondemned(
        _ rows: [CondemnedRow], at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> [CondemnedRow] {
        var verdicts: [Subject: Bool] = [:]
        for subject in Set(rows.map(\.subject)) {
            verdicts[subject] = try isMalicious(subject, at: at, in: transaction)
        }
        return rows.filter { verdicts[$0.subject] == true }
    }

    /// Whether the indicators in force, all together, call it malicious.
    private static func isMalicious(
        _ subject: Subject, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Bool {
        let findings = try IndicatorStore.live(about: subject, at: at, in: transaction).map {
            Judgement.Finding(indicator: $0.number, verdict: $0.verdict, isPersonal: $0.isPersonal)
        }
        return Judgement(findings: findings).verdict == .malicious
    }

    private static let select = """
        SELECT condemned.reference, condemned.subject, condemned.sender, condemned.at, direction, login, authentication
        FROM condemned JOIN messages ON messages.reference = condemned.reference
        """

    private static func row(_ row: SQLRow) throws(StoreError) -> CondemnedRow {
        guard let subject = Subject(try row.text(1)) else {
            throw StoreError(.row, "a condemned message has no readable subject")
        }
        return CondemnedRow(
            reference: try row.text(0), subject: subject, sender: try row.text(2), at: try row.integer(3),
            direction: try row.optionalText(4), login: try row.optionalText(5), authentication: try row.lines(6))
    }
}
