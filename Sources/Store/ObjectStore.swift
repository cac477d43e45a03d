// SPDX-License-Identifier: Apache-2.0

import Records

/// What is known of one distinct content.
package struct ObjectRow: Codable, Hashable, Sendable {
    package enum State: String, Codable, Hashable, Sendable {
        /// There is a fingerprint, and no bytes.
        case known
        case kept
        /// The bytes had to go, for room or for age.
        case evicted
        /// Somebody had the bytes go.
        case erased
    }

    package let sha256: String
    package let sha1: String?
    package let md5: String?
    /// In bytes.
    package let size: Int64
    /// What it is, by its content.
    package let type: String?
    package let tlsh: String?
    /// When the first and the last message with it came; milliseconds since 1970, UTC.
    package let firstAt: Int64
    package let lastAt: Int64
    package let state: State
    /// On disk.
    package let sealedSize: Int64
    /// The number of the key that it is encrypted with.
    package let key: Int64?

    fileprivate static let columns = """
        sha256, sha1, md5, size, type, tlsh, first_at, last_at, state, sealed_size, key
        """

    fileprivate init(_ row: SQLRow) throws(StoreError) {
        sha256 = try row.text(0)
        guard let state = State(rawValue: try row.text(8)) else {
            throw StoreError(.row, "object \(sha256) has an unknown state")
        }
        sha1 = try row.optionalText(1)
        md5 = try row.optionalText(2)
        size = try row.integer(3)
        type = try row.optionalText(4)
        tlsh = try row.optionalText(5)
        firstAt = try row.integer(6)
        lastAt = try row.integer(7)
        self.state = state
        sealedSize = try row.integer(9)
        key = try row.optionalInteger(10)
    }
}

/// An object that was put where it stays.
package struct KeptObject: Hashable, Sendable {
    package let sha256: String
    package let size: Int64
    package let sealedSize: Int64
    package let key: Int64
    package var tlsh: String?

    package init(sha256: String, size: Int64, sealedSize: Int64, key: Int64, tlsh: String? = nil) {
        self.sha256 = sha256
        self.size = size
        self.sealedSize = sealedSize
        self.key = key
        self.tlsh = tlsh
    }
}

/// Every distinct content that came, with or without its bytes.
package enum ObjectStore {
    /// Keeps the fingerprint of an attachment that came in a message of that time.
    static func note(
        _ attachment: AttachmentRecord, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) {
        try RescanStore.seenAgain(attachment.sha256, at: at, in: transaction)
        try transaction.execute(
            """
            INSERT INTO objects (sha256, sha1, md5, size, type, first_at, last_at, state)
            VALUES ($1, $2, $3, $4, $5, $6, $6, 'known')
            ON CONFLICT (sha256) DO UPDATE SET
                sha1 = COALESCE(objects.sha1, excluded.sha1), md5 = COALESCE(objects.md5, excluded.md5),
                type = COALESCE(objects.type, excluded.type),
                first_at = CASE WHEN excluded.first_at < objects.first_at THEN excluded.first_at ELSE objects.first_at END,
                last_at = CASE WHEN excluded.last_at > objects.last_at THEN excluded.last_at ELSE objects.last_at END
            """,
            [
                .text(attachment.sha256), .optional(attachment.sha1), .optional(attachment.md5),
                .integer(attachment.size), .kept(attachment.type), .integer(at),
            ])
    }

    /// Notes that the bytes are there now, and has them judged; before the record of a message with it came, too.
    ///
    /// Does nothing when they were erased after they were `written` to the spool.
    package static func take(
        _ object: KeptObject, written: Int64 = .max, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) {
        let erased = try transaction.query(
            "SELECT 1 FROM object_erasures WHERE sha256 = $1 AND at >= $2", [.text(object.sha256), .integer(written)])
        guard erased.isEmpty else { return }
        try keep(object, at: at, in: transaction)
        try RescanStore.arrived(object.sha256, in: transaction)
    }

    /// Notes where the bytes are, and in which form.
    package static func keep(
        _ object: KeptObject, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) {
        let number = try NeighbourStore.number(for: object, in: transaction)
        try transaction.execute(
            """
            INSERT INTO objects (sha256, size, tlsh, first_at, last_at, state, sealed_size, key, tlsh_number)
            VALUES ($1, $2, $3, $4, $4, 'kept', $5, $6, $7)
            ON CONFLICT (sha256) DO UPDATE SET state = 'kept', sealed_size = excluded.sealed_size, key = excluded.key,
                tlsh = COALESCE(objects.tlsh, excluded.tlsh),
                tlsh_number = COALESCE(objects.tlsh_number, excluded.tlsh_number)
            """,
            [
                .text(object.sha256), .integer(object.size), .optional(object.tlsh), .integer(at),
                .integer(object.sealedSize), .integer(object.key), .optional(number),
            ])
    }

    /// Notes that the bytes are gone.
    package static func drop(
        _ digests: [String], as state: ObjectRow.State, in transaction: any SQLTransaction
    ) throws(StoreError) {
        for digest in digests {
            try transaction.execute(
                "UPDATE objects SET state = $2, sealed_size = 0, key = NULL WHERE sha256 = $1 AND state <> 'erased'",
                [.text(digest), .text(state.rawValue)])
        }
    }

    /// The object of that digest; nil when none such ever came.
    package static func row(_ sha256: String, in transaction: any SQLTransaction) throws(StoreError) -> ObjectRow? {
        try rows("WHERE sha256 = $1", [.text(sha256)], in: transaction).first
    }

    /// Those that came last first, below the cursor.
    package static func list(
        keptOnly: Bool = false, before cursor: PageCursor = .start, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [ObjectRow] {
        try rows(
            """
            WHERE (last_at, sha256) < ($1, $2)\(keptOnly ? " AND state = 'kept'" : "")
            ORDER BY last_at DESC, sha256 DESC LIMIT $3
            """, [.integer(cursor.at), .text(cursor.name), .integer(limit)], in: transaction)
    }

    /// How many are kept, and how many bytes they take on disk.
    package static func total(in transaction: any SQLTransaction) throws(StoreError) -> (count: Int64, size: Int64) {
        let rows = try transaction.query(
            "SELECT COUNT(*), COALESCE(SUM(sealed_size), 0) FROM objects WHERE state = 'kept'", [])
        return (try rows.first?.integer(0) ?? 0, try rows.first?.integer(1) ?? 0)
    }

    /// Kept ones that no message had for the longest time, the oldest first; with `before`, only those older than that.
    package static func oldest(
        before: Int64 = .max, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [ObjectRow] {
        try rows(
            "WHERE state = 'kept' AND last_at < $1 ORDER BY last_at, sha256 LIMIT $2",
            [.integer(before), .integer(limit)],
            in: transaction)
    }

    /// Kept ones under another key than that.
    package static func underOtherKey(
        than key: Int64, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [ObjectRow] {
        try rows(
            "WHERE state = 'kept' AND key <> $1 ORDER BY key, sha256 LIMIT $2", [.integer(key), .integer(limit)],
            in: transaction)
    }

    /// Those of the digests whose bytes are not kept; `erased`: the ones that somebody had go.
    package static func notKept(
        among digests: [String], in transaction: any SQLTransaction
    ) throws(StoreError) -> (gone: [String], erased: [String]) {
        var states: [String: String] = [:]
        let rows = try transaction.query(
            "SELECT sha256, state FROM objects WHERE sha256 IN ($list)", in: digests.map { .text($0) })
        for row in rows { states[try row.text(0)] = try row.text(1) }
        return (
            digests.filter { states[$0] != "kept" && states[$0] != "erased" },
            digests.filter { states[$0] == "erased" }
        )
    }

    /// Kept ones that have one of these as SHA-256, SHA-1 or MD5.
    package static func kept(
        withDigests digests: Set<String>, in transaction: any SQLTransaction
    ) throws(StoreError) -> Set<String> {
        var found: Set<String> = []
        for (column, length) in [("sha256", 64), ("sha1", 40), ("md5", 32)] {
            let values = digests.filter { $0.utf8.count == length }.sorted().map { SQLValue.text($0) }
            for row in try transaction.query(
                "SELECT sha256 FROM objects WHERE \(column) IN ($list) AND state = 'kept'", in: values)
            { found.insert(try row.text(0)) }
        }
        return found
    }

    /// How many kept ones there are under each key.
    package static func countByKey(in transaction: any SQLTransaction) throws(StoreError) -> [(
        key: Int64, count: Int64
    )] {
        try transaction.query(
            "SELECT key, COUNT(*) FROM objects WHERE state = 'kept' GROUP BY key ORDER BY key", []
        ).map { (row) throws(StoreError) in (try row.integer(0), try row.integer(1)) }
    }

    private static func rows(
        _ condition: String, _ parameters: [SQLValue], in transaction: any SQLTransaction
    ) throws(StoreError) -> [ObjectRow] {
        try transaction.query("SELECT \(ObjectRow.columns) FROM objects \(condition)", parameters)
            .map { (row) throws(StoreError) in try ObjectRow(row) }
    }
}

// MARK: - Erasing

/// Whose objects are to go.
package enum ErasedMail: Hashable, Sendable {
    case message(String)
    case recipient(String)
}

extension ObjectStore {
    /// Objects of one erasure that are named at a time.
    private static let erasedAtOnce = 1_000

    /// Kept objects that only this mail has: what others got too stays, for it is theirs as well.
    package static func held(
        onlyBy mail: ErasedMail, in transaction: any SQLTransaction
    ) throws(StoreError) -> [String] {
        let (own, parameter) = belonging(to: mail)
        let candidates =
            switch mail {
            case .message: "SELECT sha256 FROM attachments WHERE reference = $1"
            case .recipient:
                """
                SELECT sha256 FROM attachments WHERE reference IN (SELECT reference FROM recipients WHERE LOWER(address) = LOWER($1))
                """
            }
        return try transaction.query(
            """
            SELECT sha256 FROM objects WHERE state = 'kept' AND sha256 IN (\(candidates))
            AND NOT EXISTS (SELECT 1 FROM attachments a WHERE a.sha256 = objects.sha256 AND NOT (\(own)))
            ORDER BY sha256 LIMIT $2
            """, [parameter, .integer(erasedAtOnce)]
        ).map { (row) throws(StoreError) in try row.text(0) }
    }

    /// What is true of an attachment `a` that is this mail's alone; `$1` is the parameter.
    private static func belonging(to mail: ErasedMail) -> (condition: String, parameter: SQLValue) {
        switch mail {
        case .message(let reference): ("a.reference = $1", .text(reference))
        case .recipient(let address):
            (
                """
                NOT EXISTS (SELECT 1 FROM recipients r WHERE r.reference = a.reference AND LOWER(r.address) <> LOWER($1))
                AND EXISTS (SELECT 1 FROM recipients r WHERE r.reference = a.reference AND LOWER(r.address) = LOWER($1))
                """, .indexed(address)
            )
        }
    }

    /// Erases those of the digests that only this mail has, which wait in a spool; answers how many were nowhere else.
    ///
    /// Whoever reads the spool carries that out (`erasures`).
    package static func eraseWaiting(
        _ digests: [String], onlyBy mail: ErasedMail, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Int {
        let (own, parameter) = belonging(to: mail)
        let found = try transaction.query(
            """
            SELECT sha256 FROM objects WHERE sha256 IN ($list)
            AND EXISTS (SELECT 1 FROM attachments a WHERE a.sha256 = objects.sha256)
            AND NOT EXISTS (SELECT 1 FROM attachments a WHERE a.sha256 = objects.sha256 AND NOT (\(own)))
            """, [parameter], in: digests.sorted().map { .text($0) })
        var count = 0
        for digest in Set(try found.map { (row) throws(StoreError) in try row.text(0) }).sorted() {
            try transaction.execute(
                """
                INSERT INTO object_erasures (sha256, at) VALUES ($1, $2)
                ON CONFLICT (sha256) DO UPDATE SET at = excluded.at
                """, [.text(digest), .integer(at)])
            // What is kept besides goes as everything that is kept.
            count += try transaction.execute(
                "UPDATE objects SET state = 'erased', sealed_size = 0, key = NULL WHERE sha256 = $1 AND state <> 'kept'",
                [.text(digest)])
        }
        return count
    }

    /// What has to go from the spool if it was written there at that time or before.
    package static func erasures(in transaction: any SQLTransaction) throws(StoreError) -> [ObjectErasure] {
        try transaction.query("SELECT sha256, at FROM object_erasures ORDER BY sha256", [])
            .map { (row) throws(StoreError) in ObjectErasure(sha256: try row.text(0), at: try row.integer(1)) }
    }

    /// An erasure is carried out, unless it was ordered again meanwhile.
    package static func end(_ erasure: ObjectErasure, in transaction: any SQLTransaction) throws(StoreError) {
        try transaction.execute(
            "DELETE FROM object_erasures WHERE sha256 = $1 AND at = $2", [.text(erasure.sha256), .integer(erasure.at)])
    }
}

/// An object that was erased while it waited in the spool.
package struct ObjectErasure: Hashable, Sendable {
    package let sha256: String
    /// When; milliseconds since 1970, UTC.
    ///
    /// What came later is another message's.
    package let at: Int64
}
