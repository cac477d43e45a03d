// SPDX-License-Identifier: Apache-2.0

/// A place in a journal: the end of the last record that is in the store.
package struct ConsumerPosition: Codable, Hashable, Sendable, Comparable {
    package var segment: Int
    package var offset: Int

    package init(segment: Int, offset: Int) {
        self.segment = segment
        self.offset = offset
    }

    package static func < (left: ConsumerPosition, right: ConsumerPosition) -> Bool {
        (left.segment, left.offset) < (right.segment, right.offset)
    }
}

/// How far each journal was read; moves in the transaction that writes what the records became.
package enum Consumers {
    /// The position of the journal; the very beginning when nothing was read.
    package static func position(
        of journal: String, in transaction: any SQLTransaction
    ) throws(StoreError) -> ConsumerPosition {
        let rows = try transaction.query("SELECT segment, position FROM consumers WHERE journal = $1", [.text(journal)])
        guard let row = rows.first else { return ConsumerPosition(segment: 0, offset: 0) }
        return ConsumerPosition(segment: Int(try row.integer(0)), offset: Int(try row.integer(1)))
    }

    /// Writes how far the journal was read.
    package static func move(
        _ journal: String, to position: ConsumerPosition, in transaction: any SQLTransaction
    ) throws(StoreError) {
        try transaction.execute(
            """
            INSERT INTO consumers (journal, segment, position) VALUES ($1, $2, $3)
            ON CONFLICT (journal) DO UPDATE SET segment = excluded.segment, position = excluded.position
            """, [.text(journal), .integer(position.segment), .integer(position.offset)])
    }
}

/// A record that could not be read; kept whole.
package struct RejectedRecordRow: Codable, Hashable, Sendable {
    package let number: Int64
    package let journal: String
    /// Where the record ended in its journal.
    package let end: ConsumerPosition
    package let at: Int64
    package let reason: String
    package let record: [UInt8]
}

/// A record that could not be read, without what it holds: that may be 16 MiB.
package struct RejectedRecordSummary: Codable, Hashable, Sendable {
    package let number: Int64
    package let journal: String
    package let at: Int64
    package let reason: String
    /// In bytes.
    package let size: Int64
}

/// Records that could not be read: shown to people, and read again after an upgrade.
package enum RejectedRecords {
    static func add(
        _ entry: IngestEntry, of journal: String, reason: String, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) {
        try transaction.execute(
            """
            INSERT INTO rejected_records (number, journal, segment, position, at, reason, record)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            [
                .integer(try Counter.next("rejected_records", in: transaction)), .text(journal),
                .integer(entry.end.segment), .integer(entry.end.offset), .integer(at), .kept(reason),
                .bytes(entry.json),
            ])
    }

    /// The last one.
    package static func newest(in transaction: any SQLTransaction) throws(StoreError) -> RejectedRecordSummary? {
        let rows = try transaction.query(
            "SELECT number, journal, at, reason, LENGTH(record) FROM rejected_records ORDER BY number DESC LIMIT 1", [])
        return try rows.first.map { (row) throws(StoreError) in
            RejectedRecordSummary(
                number: try row.integer(0), journal: try row.text(1), at: try row.integer(2), reason: try row.text(3),
                size: try row.integer(4))
        }
    }

    /// The newest first, below `before`.
    package static func list(
        before: Int64 = .max, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [RejectedRecordRow] {
        try transaction.query(
            """
            SELECT number, journal, segment, position, at, reason, record FROM rejected_records
            WHERE number < $1 ORDER BY number DESC LIMIT $2
            """, [.integer(before), .integer(limit)]
        ).map { (row) throws(StoreError) in
            RejectedRecordRow(
                number: try row.integer(0), journal: try row.text(1),
                end: ConsumerPosition(segment: Int(try row.integer(2)), offset: Int(try row.integer(3))),
                at: try row.integer(4), reason: try row.text(5), record: try row.bytes(6))
        }
    }
}
