// SPDX-License-Identifier: Apache-2.0

/// An object that a rescan has not reached, and the mail that it lies in.
package struct AwaitedObject: Hashable, Sendable {
    /// One recipient's copy of a message.
    package struct Copy: Hashable, Sendable {
        package let stamp: String
        package let mailbox: String
        /// Somebody opened a link of it, or it is in quarantine: nobody will open it for the first time.
        package let isRead: Bool
    }

    package let sha256: String
    package let copies: [Copy]
    /// There are more copies than were looked at.
    package let isWidespread: Bool
}

/// Judging what nobody has read yet before what everybody has.
extension RescanStore {
    /// Objects of a rescan whose mail is looked at: what comes behind them waits a while anyway.
    private static let orderedLimit = 1_000
    /// Copies of one object that are looked at: of more, somebody has not read one.
    private static let copyLimit = 20

    /// The newest objects that a rescan has not reached, as far as they may be hits.
    package static func awaited(
        by rescan: RescanRow, filter: RescanFilter, in transaction: any SQLTransaction
    ) throws(StoreError) -> [AwaitedObject] {
        let begin = try place(of: rescan, in: transaction)
        var digests: [String]
        switch filter {
        case .unknown: return []
        case .all: digests = try page(of: rescan, after: begin, limit: orderedLimit, in: transaction).map(\.name)
        case .candidates(let candidates):
            digests = try page(of: rescan, after: begin, limit: pageSize, in: transaction).map(\.name)
            let wanted = candidates(digests)
            digests = Array(digests.lazy.filter(wanted.contains).prefix(orderedLimit))
        }
        return try digests.map { (digest) throws(StoreError) in
            let copies = try copies(of: digest, in: transaction)
            return AwaitedObject(
                sha256: digest, copies: Array(copies.prefix(copyLimit)), isWidespread: copies.count > copyLimit)
        }
    }

    private static func copies(
        of sha256: String, in transaction: any SQLTransaction
    ) throws(StoreError) -> [AwaitedObject.Copy] {
        try transaction.query(
            """
            SELECT messages.stamp, r.address, CASE WHEN
                EXISTS (SELECT 1 FROM clicks WHERE clicks.reference = messages.reference AND clicks.recipient = r.number
                    AND \(ClickRow.clicker) = 'human')
                OR EXISTS (SELECT 1 FROM quarantined q WHERE q.reference = messages.reference AND q.mailbox = r.address
                    AND q.released_at IS NULL)
                THEN 1 ELSE 0 END
            FROM attachments a JOIN messages ON messages.reference = a.reference
            JOIN recipients r ON r.reference = a.reference WHERE a.sha256 = $1 LIMIT $2
            """, [.text(sha256), .integer(copyLimit + 1)]
        ).map { (row) throws(StoreError) in
            AwaitedObject.Copy(stamp: try row.text(0), mailbox: try row.text(1), isRead: try row.integer(2) == 1)
        }
    }

    /// Has these judged before all others of the rescan, in their order; what was reached meanwhile is not.
    ///
    /// Answers how many.
    package static func putForward(
        _ digests: [String], of rescan: RescanRow, in transaction: any SQLTransaction
    ) throws(StoreError) -> Int {
        let place = try place(of: rescan, in: transaction)
        var count = 0
        for (rank, digest) in digests.enumerated() {
            let added = try transaction.execute(
                """
                INSERT INTO rescan_early (rescan, sha256) SELECT r.number, o.sha256 FROM objects o CROSS JOIN rescans r
                WHERE o.sha256 = $2 AND o.state = 'kept' AND (o.last_at, o.sha256) < ($3, $4) AND o.last_at >= r.since
                    AND r.number = $1 AND r.state = 'running' ON CONFLICT (rescan, sha256) DO NOTHING
                """, [.integer(rescan.number), .text(digest), .integer(place.at), .text(place.name)])
            guard added > 0 else { continue }
            // Below every time: nobody has it in hand.
            try transaction.execute(
                "INSERT INTO rescan_work (rescan, engine, sha256, lease, attempts) VALUES ($1, $2, $3, $4, 0)",
                [.integer(rescan.number), .text(rescan.engine), .text(digest), .integer(rank - digests.count)])
            count += 1
        }
        try transaction.execute(
            "UPDATE rescans SET candidates = candidates + $2 WHERE number = $1",
            [.integer(rescan.number), .integer(count)])
        return count
    }
}
