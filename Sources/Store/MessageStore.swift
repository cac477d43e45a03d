// SPDX-License-Identifier: Apache-2.0

// Store: what Rearguard keeps, and every query on it, once for both engines. Functions take a transaction and never
// open one: who calls draws its borders, so that a record, what follows from it and the position of the journal are one
// step. Rows are plain values and are the API's JSON as they stand. Road not taken: an object mapper; the SQL is the
// part that has to be read.

import Mail
package import Playbooks
package import Records

/// The messages that passed the milter, with recipients, links and attachments.
package enum MessageStore {
    /// Keeps the message with all that belongs to it; answers false when it was there already.
    @discardableResult
    package static func insert(
        _ record: MessageRecord, in transaction: any SQLTransaction
    ) throws(StoreError) -> Bool {
        var urls = SeenURLs()
        return try insert(record, urls: &urls, in: transaction)
    }

    static func insert(
        _ record: MessageRecord, urls: inout SeenURLs, in transaction: any SQLTransaction
    ) throws(StoreError) -> Bool {
        guard try insertMessage(record, in: transaction) else { return false }
        let reference = SQLValue.text(record.reference.description)
        for (index, address) in record.recipients.enumerated() {
            try transaction.execute(
                "INSERT INTO recipients (reference, number, address) VALUES ($1, $2, $3)",
                [reference, .integer(index + 1), .indexed(address)])
        }
        for id in Set(record.answers ?? []).sorted() {
            try transaction.execute(
                "INSERT INTO message_answers (message_id, reference) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                [.indexed(id), reference])
        }
        for link in record.links {
            let url = try urls.seen(link.url, at: record.at, in: transaction)
            try transaction.execute(
                """
                INSERT INTO links (reference, ordinal, url, part, place, rewritten, reason)
                VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (reference, ordinal) DO NOTHING
                """,
                [
                    reference, .integer(link.ordinal), .integer(url.id), .kept(link.part), .text(link.place.rawValue),
                    .flag(link.rewritten), .kept(link.reason),
                ])
        }
        for (index, attachment) in record.attachments.enumerated() {
            try transaction.execute(
                """
                INSERT INTO attachments (reference, number, part, name, media_type, size, sha256, parent, safe_name, type,
                    mismatch, encrypted, unscannable, findings, verdict)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
                """,
                [
                    reference, .integer(index + 1), .kept(attachment.part), .kept(attachment.name),
                    .kept(attachment.mediaType), .integer(attachment.size), .text(attachment.sha256),
                    .optional(attachment.parent.map(Int64.init)), .kept(attachment.safeName), .kept(attachment.type),
                    .kept(attachment.mismatch?.joined(separator: "\n")), .flag(attachment.encrypted == true),
                    .kept(attachment.unscannable), .kept(attachment.findings?.joined(separator: "\n")),
                    .kept(attachment.verdict),
                ])
            try ObjectStore.note(attachment, at: record.at, in: transaction)
        }
        return true
    }

    private static func insertMessage(
        _ record: MessageRecord, in transaction: any SQLTransaction
    ) throws(StoreError) -> Bool {
        try transaction.execute(
            """
            INSERT INTO messages (reference, stamp, at, queue_id, sender, message_id, author, subject, client, login, size,
                rewriting, reason, direction, authentication, network, subject_key)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
            ON CONFLICT (reference) DO NOTHING
            """,
            [
                .text(record.reference.description), .kept(record.stamp), .integer(record.at), .kept(record.queueID),
                .kept(record.sender), .kept(record.messageID), .kept(record.author), .kept(record.subject),
                .kept(record.client), .kept(record.login), .integer(record.size), .text(record.rewriting.rawValue),
                .kept(record.reason), .kept(record.direction), .lines(record.authentication),
                // Mail from inside comes from the same hosts whatever it is.
                .optional(record.direction == "inbound" ? SendingNetwork.of(record.client) : nil),
                .optional(SubjectSkeleton.of(record.subject)),
            ]) > 0
    }
}

// MARK: - Look-ups

extension MessageStore {
    /// The message of that reference; nil when it is not known (yet).
    package static func message(
        _ reference: String, in transaction: any SQLTransaction
    ) throws(StoreError) -> MessageRow? {
        let rows = try transaction.query(
            "SELECT \(MessageRow.columns) FROM messages WHERE reference = $1", [.text(reference)])
        return try rows.first.map { (row) throws(StoreError) in try message(row, in: transaction) }
    }

    /// The newest messages first, below the cursor.
    package static func list(
        before cursor: PageCursor = .start, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [MessageRow] {
        try transaction.query(
            """
            SELECT \(MessageRow.columns) FROM messages WHERE (at, reference) < ($1, $2)
            ORDER BY at DESC, reference DESC LIMIT $3
            """, [.integer(cursor.at), .text(cursor.name), .integer(limit)]
        ).map { (row) throws(StoreError) in try message(row, in: transaction) }
    }

    /// The links of the message, in their order.
    package static func links(
        of reference: String, in transaction: any SQLTransaction
    ) throws(StoreError) -> [LinkRow] {
        try transaction.query(
            """
            SELECT links.reference, ordinal, urls.url, urls.id, part, links.place, rewritten, reason
            FROM links JOIN urls ON urls.id = links.url WHERE links.reference = $1 ORDER BY ordinal
            """, [.text(reference)]
        ).map { (row) throws(StoreError) in
            LinkRow(
                reference: try row.text(0), ordinal: try row.integer(1), url: try row.text(2),
                urlID: try row.integer(3),
                part: try row.text(4), place: try row.text(5), rewritten: try row.integer(6) != 0,
                reason: try row.optionalText(7))
        }
    }

    /// The attachments of the message, in their order.
    package static func attachments(
        of reference: String, in transaction: any SQLTransaction
    ) throws(StoreError) -> [AttachmentRow] {
        try transaction.query(
            """
            SELECT \(AttachmentRow.columns) FROM attachments WHERE reference = $1 ORDER BY number
            """, [.text(reference)]
        ).map { (row) throws(StoreError) in try AttachmentRow(row) }
    }

    /// The references of messages that carry the URL, in their order, above `after`.
    package static func references(
        carryingURL id: Int64, after: String = "", limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [String] {
        try transaction.query(
            "SELECT DISTINCT reference FROM links WHERE url = $1 AND reference > $2 ORDER BY reference LIMIT $3",
            [.integer(id), .text(after), .integer(limit)]
        ).map { (row) throws(StoreError) in try row.text(0) }
    }

    /// The references of messages that carry the file, in their order, above `after`.
    package static func references(
        carryingFile sha256: String, after: String = "", limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [String] {
        try transaction.query(
            "SELECT DISTINCT reference FROM attachments WHERE sha256 = $1 AND reference > $2 ORDER BY reference LIMIT $3",
            [.text(sha256), .text(after), .integer(limit)]
        ).map { (row) throws(StoreError) in try row.text(0) }
    }

    /// The references of a sender's newest messages; the address is compared without case.
    private static func references(
        ofSender address: String, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [String] {
        try transaction.query(
            "SELECT reference FROM messages WHERE LOWER(sender) = $1 ORDER BY at DESC LIMIT $2",
            [.kept(address), .integer(limit)]
        ).map { (row) throws(StoreError) in try row.text(0) }
    }

    /// The references of the newest messages to a recipient, as it stood in the envelope.
    private static func references(
        toRecipient address: String, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [String] {
        try transaction.query(
            """
            SELECT recipients.reference FROM recipients JOIN messages ON messages.reference = recipients.reference
            WHERE address = $1 ORDER BY at DESC LIMIT $2
            """, [.indexed(address), .integer(limit)]
        ).map { (row) throws(StoreError) in try row.text(0) }
    }

    /// The messages that carry the subject: the file, one of the similar files, or a URL that the expression covers;
    /// the message itself, those of the sender, or to the recipient.
    ///
    /// The oldest first.
    ///
    /// At most `limit`; ask for one more than you can use to learn whether there are more.
    package static func messages(
        about subject: Subject, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [MessageRow] {
        try messages(try references(about: subject, limit: limit, in: transaction), in: transaction)
    }

    /// The messages of these references that are known, the oldest first.
    package static func messages(
        _ references: [String], in transaction: any SQLTransaction
    ) throws(StoreError) -> [MessageRow] {
        var messages: [MessageRow] = []
        for reference in references {
            if let message = try message(reference, in: transaction) { messages.append(message) }
        }
        return messages.sorted { ($0.at, $0.reference) < ($1.at, $1.reference) }
    }

    /// The references of the messages that carry the subject, in their order, at most `limit`.
    package static func references(
        about subject: Subject, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [String] {
        var found: Set<String> = []
        switch subject.kind {
        case .message: found = [subject.value]
        case .sender: found = Set(try references(ofSender: subject.value, limit: limit, in: transaction))
        case .recipient: found = Set(try references(toRecipient: subject.value, limit: limit, in: transaction))
        case .file:
            found = Set(try references(carryingFile: subject.value, limit: limit, in: transaction))
        case .similar:
            let similar = try NeighbourStore.neighbours(of: subject.value, limit: limit, in: transaction)
            for file in similar where found.count < limit {
                found.formUnion(try references(carryingFile: file.sha256, limit: limit, in: transaction))
            }
        case .url:
            try URLStore.forEachPage(coveredBy: subject.value, in: transaction) { (urls) throws(StoreError) in
                for url in urls where found.count < limit {
                    found.formUnion(try references(carryingURL: url.id, limit: limit, in: transaction))
                }
                return found.count < limit
            }
        }
        return Array(found.sorted().prefix(limit))
    }

    /// How many links and files the message has.
    package static func contentCounts(
        of reference: String, in transaction: any SQLTransaction
    ) throws(StoreError) -> (links: Int, files: Int) {
        let rows = try transaction.query(
            """
            SELECT (SELECT COUNT(*) FROM links WHERE reference = $1), (SELECT COUNT(*) FROM attachments WHERE reference = $1)
            """, [.text(reference)])
        return (Int(try rows.first?.integer(0) ?? 0), Int(try rows.first?.integer(1) ?? 0))
    }

    /// The messages of our own users that refer to a Message-ID, which may stand in angle brackets; the oldest first.
    package static func answers(
        to messageID: String, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [MessageRow] {
        let id = messageID.drop { $0 != "<" }.dropFirst().prefix { $0 != ">" }
        let references = try transaction.query(
            "SELECT reference FROM message_answers WHERE message_id = $1 ORDER BY reference LIMIT $2",
            [.indexed(id.isEmpty ? messageID : String(id)), .integer(limit)]
        ).map { (row) throws(StoreError) in try row.text(0) }
        return try messages(references, in: transaction)
    }

    /// The first message that carried the URL; nil when none did.
    package static func first(
        carryingURL id: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> (reference: String, at: Int64)? {
        try first(
            """
            SELECT messages.reference, at FROM links JOIN messages ON messages.reference = links.reference
            WHERE url = $1 ORDER BY at, messages.reference LIMIT 1
            """, .integer(id), in: transaction)
    }

    /// Which of these files, by any of their digests, any message carried.
    package static func known(files: [String], in transaction: any SQLTransaction) throws(StoreError) -> Set<String> {
        let others = try FileNames.known(files.filter { $0.utf8.count != 64 }, in: transaction)
        return others.union(try known(sha256: files.filter { $0.utf8.count == 64 }, in: transaction))
    }

    private static func known(sha256 files: [String], in transaction: any SQLTransaction) throws(StoreError) -> Set<
        String
    > {
        let rows = try transaction.query(
            "SELECT DISTINCT sha256 FROM attachments WHERE sha256 IN ($list)", in: files.sorted().map { .text($0) })
        return Set(try rows.map { (row) throws(StoreError) in try row.text(0) })
    }

    /// A name that the file came with; nil when it never had one.
    package static func fileName(_ sha256: String, in transaction: any SQLTransaction) throws(StoreError) -> String? {
        let rows = try transaction.query(
            """
            SELECT name FROM attachments WHERE sha256 = $1 AND name IS NOT NULL ORDER BY reference, number LIMIT 1
            """, [.text(sha256)])
        return try rows.first?.text(0).shown(limit: 200)
    }

    /// The first message that carried the file; nil when none did.
    package static func first(
        carryingFile sha256: String, in transaction: any SQLTransaction
    ) throws(StoreError) -> (reference: String, at: Int64)? {
        try first(
            """
            SELECT messages.reference, at FROM attachments JOIN messages ON messages.reference = attachments.reference
            WHERE sha256 = $1 ORDER BY at, messages.reference LIMIT 1
            """, .text(sha256), in: transaction)
    }

    private static func first(
        _ statement: String, _ parameter: SQLValue, in transaction: any SQLTransaction
    ) throws(StoreError) -> (reference: String, at: Int64)? {
        guard let row = try transaction.query(statement, [parameter]).first else { return nil }
        return (try row.text(0), try row.integer(1))
    }

    private static func message(
        _ row: SQLRow, in transaction: any SQLTransaction
    ) throws(StoreError) -> MessageRow {
        let recipients = try transaction.query(
            "SELECT address FROM recipients WHERE reference = $1 ORDER BY number", [.text(try row.text(0))]
        ).map { (row) throws(StoreError) in try row.text(0) }
        return try MessageRow(row, recipients: recipients)
    }
}
