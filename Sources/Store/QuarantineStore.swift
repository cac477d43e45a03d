// SPDX-License-Identifier: Apache-2.0

/// One message that we took out of one mailbox: what a release needs, and whether it was released.
package struct QuarantinedRow: Codable, Hashable, Sendable {
    package let number: Int64
    /// The action that moved it.
    package let action: Int64
    package let reference: String
    package let mailbox: String
    /// Where it was; nil when that is not known: it goes back to the inbox.
    package let folder: String?
    /// The flags it had, separated by spaces.
    package let flags: String
    package let movedAt: Int64
    package let releasedAt: Int64?
    package let releasedBy: String?
}

/// What lies in quarantine, and what once did.
package enum QuarantineStore {
    /// Records a moved message; does nothing when its mailbox's copy is recorded as being in quarantine.
    package static func add(
        action: Int64, reference: String, mailbox: String, folder: String?, flags: String, at: Int64,
        in transaction: any SQLTransaction
    ) throws(StoreError) {
        guard try held(reference: reference, mailbox: mailbox, in: transaction) == nil else { return }
        try transaction.execute(
            """
            INSERT INTO quarantined (number, action, reference, mailbox, folder, flags, moved_at, released_at,
                released_by) VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, NULL)
            """,
            [
                .integer(try Counter.next("quarantined", in: transaction)), .integer(action), .text(reference),
                .text(mailbox), .optional(folder), .text(flags), .integer(at),
            ])
    }

    /// The entry of that number; `notFound` when there is none.
    package static func row(_ number: Int64, in transaction: any SQLTransaction) throws(StoreError) -> QuarantinedRow {
        let rows = try transaction.query("\(select) WHERE number = $1", [.integer(number)])
        guard let row = rows.first else { throw StoreError(.notFound, "there is no quarantined message \(number)") }
        return try entry(row)
    }

    /// The entry for a message that is in quarantine now.
    package static func held(
        reference: String, mailbox: String, in transaction: any SQLTransaction
    ) throws(StoreError) -> QuarantinedRow? {
        let rows = try transaction.query(
            "\(select) WHERE reference = $1 AND mailbox = $2 AND released_at IS NULL",
            [.text(reference), .text(mailbox)])
        return try rows.first.map { (row) throws(StoreError) in try entry(row) }
    }

    /// What is in quarantine now and carries the file, the oldest first.
    package static func held(
        carryingFile sha256: String, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [QuarantinedRow] {
        try transaction.query(
            """
            \(select) WHERE released_at IS NULL AND reference IN (SELECT reference FROM attachments WHERE sha256 = $1)
            ORDER BY number LIMIT $2
            """, [.text(sha256), .integer(limit)]
        )
        .map { (row) throws(StoreError) in try entry(row) }
    }

    /// Entries, the newest first, below `before`; without those that were released unless asked for.
    package static func list(
        includingReleased: Bool = false, before: Int64 = .max, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [QuarantinedRow] {
        let condition = includingReleased ? "" : "AND released_at IS NULL"
        return try transaction.query(
            "\(select) WHERE number < $1 \(condition) ORDER BY number DESC LIMIT $2",
            [.integer(before), .integer(limit)]
        )
        .map { (row) throws(StoreError) in try entry(row) }
    }

    /// Writes that the message is back in its mailbox.
    package static func release(
        _ number: Int64, by actor: String, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) {
        try transaction.execute(
            "UPDATE quarantined SET released_at = $2, released_by = $3 WHERE number = $1 AND released_at IS NULL",
            [.integer(number), .integer(at), .kept(actor)])
    }

    private static let select = """
        SELECT number, action, reference, mailbox, folder, flags, moved_at, released_at, released_by FROM quarantined
        """

    private static func entry(_ row: SQLRow) throws(StoreError) -> QuarantinedRow {
        QuarantinedRow(
            number: try row.integer(0), action: try row.integer(1), reference: try row.text(2),
            mailbox: try row.text(3),
            folder: try row.optionalText(4), flags: try row.text(5), movedAt: try row.integer(6),
            releasedAt: try row.optionalInteger(7), releasedBy: try row.optionalText(8))
    }
}
