// SPDX-License-Identifier: Apache-2.0

/// Taking objects of rescans to judge them.
extension RescanStore {
    /// Objects of one transaction that the index lets it go past: some 10 ms, for ingest waits for it.
    static let pageSize = 5_000

    /// Takes up to `limit` objects that nobody has in hand: what came lately, then the next ones of the first rescan, those
    /// with an index before all others.
    ///
    /// They are the caller's until `lease` (milliseconds since 1970), which must be another number for every call. `filter`
    /// is asked once for each rescan. What it goes past counts as done.
    package static func claim(
        engines: [String], limit: Int, lease: Int64, at: Int64, filter: (RescanRow) -> RescanFilter = { _ in .all },
        in transaction: any SQLTransaction
    ) throws(StoreError) -> RescanClaim {
        var claim = RescanClaim()
        for engine in engines where claim.work.count < limit {
            let running = try rows(
                "WHERE engine = $1 AND state = 'running' ORDER BY CASE lane WHEN 'indexed' THEN 0 ELSE 1 END, number",
                [.text(engine)], in: transaction)
            let indexed = running.prefix { $0.lane == .indexed }
            for rows in [indexed, running[indexed.count...]] where claim.work.count < limit && claim.passed == 0 {
                let freed = try freed(
                    engine, rows, limit: limit - claim.work.count, lease: lease, at: at, in: transaction)
                for work in freed { try take(work, in: transaction) }
                claim.work += freed
                for row in rows where claim.work.count < limit && claim.passed == 0 {
                    let filter = filter(row)
                    if case .unknown = filter { continue }
                    let next = try takeNext(
                        of: row, filter, limit: limit - claim.work.count, lease: lease, in: transaction)
                    claim.work += next.work
                    claim.passed += next.passed
                }
            }
        }
        return claim
    }

    /// What came lately, and of these rescans what was put forward, and what was in hand of somebody whose lease is over.
    private static func freed(
        _ engine: String, _ running: ArraySlice<RescanRow>, limit: Int, lease: Int64, at: Int64,
        in transaction: any SQLTransaction
    ) throws(StoreError) -> [RescanWork] {
        let numbers = ([0] + running.map(\.number)).map(String.init).joined(separator: ", ")
        return try transaction.query(
            """
            SELECT rescan, sha256 FROM rescan_work WHERE engine = $1 AND lease < $2 AND rescan IN (\(numbers))
            ORDER BY rescan, lease, sha256 LIMIT $3
            """, [.text(engine), .integer(at), .integer(limit)]
        ).map { (row) throws(StoreError) in
            let number = try row.integer(0)
            return RescanWork(
                rescan: number, engine: engine, sha256: try row.text(1), lease: lease,
                parts: running.first { $0.number == number }?.parts ?? [])
        }
    }

    private static func take(_ work: RescanWork, in transaction: any SQLTransaction) throws(StoreError) {
        try transaction.execute(
            """
            INSERT INTO rescan_work (rescan, engine, sha256, lease, attempts) VALUES ($1, $2, $3, $4, 1)
            ON CONFLICT (rescan, engine, sha256) DO UPDATE SET lease = excluded.lease,
                attempts = rescan_work.attempts + 1
            """, [.integer(work.rescan), .text(work.engine), .text(work.sha256), .integer(work.lease)])
    }

    /// The next objects of a rescan, past which its place moves.
    private static func takeNext(
        of rescan: RescanRow, _ filter: RescanFilter, limit: Int, lease: Int64,
        in transaction: any SQLTransaction
    ) throws(StoreError) -> RescanClaim {
        var isFiltered = false
        if case .candidates = filter { isFiltered = true }
        let begin = try place(of: rescan, in: transaction)
        let page = try page(of: rescan, after: begin, limit: isFiltered ? pageSize : limit, in: transaction)
        guard let last = page.last else { return RescanClaim() }
        var wanted: Set<String>?
        if case .candidates(let candidates) = filter {
            wanted = candidates(page.map(\.name)).union(
                try judged(by: rescan, from: begin, to: last, in: transaction))
        }
        var claim = RescanClaim()
        var end = begin
        for object in page where claim.work.count < limit {
            end = object
            if let wanted, !wanted.contains(object.name) {
                claim.passed += 1
                continue
            }
            let work = RescanWork(
                rescan: rescan.number, engine: rescan.engine, sha256: object.name, lease: lease, parts: rescan.parts)
            try take(work, in: transaction)
            claim.work.append(work)
        }
        try transaction.execute(
            """
            UPDATE rescans SET at_place = $2, name_place = $3, done = done + $4, candidates = candidates + $5
            WHERE number = $1
            """,
            [
                .integer(rescan.number), .integer(end.at), .text(end.name), .integer(claim.passed),
                .integer(claim.work.count),
            ])
        return claim
    }

    static func place(
        of rescan: RescanRow, in transaction: any SQLTransaction
    ) throws(StoreError) -> PageCursor {
        let rows = try transaction.query(
            "SELECT at_place, name_place FROM rescans WHERE number = $1", [.integer(rescan.number)])
        guard let row = rows.first else { throw StoreError(.notFound, "there is no rescan \(rescan.number)") }
        return PageCursor(at: try row.integer(0), name: try row.text(1))
    }

    /// The newest objects below the place, as places.
    static func page(
        of rescan: RescanRow, after place: PageCursor, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [PageCursor] {
        try transaction.query(
            """
            SELECT last_at, sha256 FROM objects WHERE state = 'kept' AND (last_at, sha256) < ($1, $2)
                AND last_at >= (SELECT since FROM rescans WHERE number = $3)
                AND NOT EXISTS (SELECT 1 FROM rescan_early e WHERE e.rescan = $3 AND e.sha256 = objects.sha256)
            ORDER BY last_at DESC, sha256 DESC LIMIT $4
            """, [.integer(place.at), .text(place.name), .integer(rescan.number), .integer(limit)]
        ).map { (row) throws(StoreError) in PageCursor(at: try row.integer(0), name: try row.text(1)) }
    }

    /// The objects of a stretch that the asked parts of the engine hold something against: only judging them takes that back.
    private static func judged(
        by rescan: RescanRow, from begin: PageCursor, to end: PageCursor, in transaction: any SQLTransaction
    ) throws(StoreError) -> Set<String> {
        let prefix = "\(rescan.engine)/"
        let parts = Set(rescan.parts)
        let rows = try transaction.query(
            """
            SELECT o.sha256, i.source FROM objects o JOIN indicators i ON i.pattern = o.sha256
            WHERE o.state = 'kept' AND (o.last_at, o.sha256) < ($1, $2) AND (o.last_at, o.sha256) >= ($3, $4)
                AND i.kind = 'file' AND i.removed_at IS NULL AND SUBSTR(i.source, 1, $6) = $5
            """,
            [
                .integer(begin.at), .text(begin.name), .integer(end.at), .text(end.name), .text(prefix),
                .integer(prefix.unicodeScalars.count),
            ])
        var found: Set<String> = []
        for row in rows {
            let part = String(try row.text(1).dropFirst(prefix.count))
            if parts.isEmpty || parts.contains(part) { found.insert(try row.text(0)) }
        }
        return found
    }
}
