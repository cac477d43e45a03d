// SPDX-License-Identifier: Apache-2.0

// Rescans, as the store keeps them.
//
// A rescan goes through the kept objects from the newest to the oldest. It has no list of them: its place among them
// (`at_place`, `name_place`) moves on as workers take objects, and only what is in hand has a row (`rescan_work`) with a
// lease. A worker that ends takes its rows with it until the lease is over; then another one has them. The row goes in the
// transaction that writes what came of the object, so that nothing is done twice and nothing is left out. What comes while a
// rescan runs is judged by the signatures in force as it arrives, by rows of their own (`rescan` 0).
//
// Where the index names candidates, the place moves past what cannot be a hit, a page at a time: a rescan of a million
// objects is some hundred small transactions and the few objects that are read. An object that the engine says something
// about is judged whatever the index says, so that a verdict goes when its rule no longer holds. What is gone past gets no
// stamp: a million of them are half a minute of random writes, and say no more than the rescan's own row does. An object
// without the newest stamp is judged once when a message brings it again.
//
// Road not taken: a row for each object when a rescan begins, which makes a million rows when a rule is saved.

import Foundation
import Verdicts

/// Engines, rescans and the work on them.
package enum RescanStore {
    /// The engines that were here, by name.
    package static func engines(in transaction: any SQLTransaction) throws(StoreError) -> [EngineRow] {
        try transaction.query("SELECT name, version, number, parts, at FROM engines ORDER BY name", [])
            .map { (row) throws(StoreError) in
                let parts = try? JSONDecoder().decode([String: String].self, from: Data(try row.text(3).utf8))
                return EngineRow(
                    name: try row.text(0), version: try row.text(1), number: try row.integer(2), parts: parts ?? [:],
                    at: try row.integer(4))
            }
    }

    /// Writes which signatures of an engine are in force now.
    package static func put(_ engine: EngineRow, in transaction: any SQLTransaction) throws(StoreError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let parts = (try? encoder.encode(engine.parts)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
        try transaction.execute(
            """
            INSERT INTO engines (name, version, number, parts, at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (name) DO UPDATE SET version = excluded.version, number = excluded.number,
                parts = excluded.parts, at = excluded.at
            """,
            [.text(engine.name), .kept(engine.version), .integer(engine.number), .kept(parts), .integer(engine.at)])
    }

    /// Begins a rescan of the kept objects that came at `since` or later; answers its number.
    package static func begin(
        _ engine: EngineRow, parts: [String], lane: RescanRow.Lane? = nil, since: Int64, reason: String, at: Int64,
        in transaction: any SQLTransaction
    ) throws(StoreError) -> Int64 {
        let counted = try transaction.query(
            "SELECT COUNT(*) FROM objects WHERE state = 'kept' AND last_at >= $1", [.integer(since)])
        let number = try Counter.next("rescans", in: transaction)
        try transaction.execute(
            """
            INSERT INTO rescans (number, engine, signatures, parts, reason, state, created_at, finished_at, total, done,
                hits, withdrawn, failed, problem, at_place, name_place, since, lane)
            VALUES ($1, $2, $3, $4, $5, 'running', $6, NULL, $7, 0, 0, 0, 0, NULL, $8, '', $9, $10)
            """,
            [
                .integer(number), .text(engine.name), .integer(engine.number),
                .kept(parts.sorted().joined(separator: "\n")), .kept(reason), .integer(at),
                .integer(try counted.first?.integer(0) ?? 0), .integer(Int64.max), .integer(since),
                .optional(lane?.rawValue),
            ])
        return number
    }

    /// Ends a rescan before its end; false when it had ended.
    @discardableResult
    package static func cancel(
        _ number: Int64, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Bool {
        try transaction.execute("DELETE FROM rescan_work WHERE rescan = $1 AND rescan > 0", [.integer(number)])
        try transaction.execute("DELETE FROM rescan_early WHERE rescan = $1", [.integer(number)])
        return try transaction.execute(
            "UPDATE rescans SET state = 'cancelled', finished_at = $2 WHERE number = $1 AND state = 'running'",
            [.integer(number), .integer(at)]) > 0
    }

    /// The rescan of that number; `notFound` when there is none.
    package static func row(_ number: Int64, in transaction: any SQLTransaction) throws(StoreError) -> RescanRow {
        let rows = try rows("WHERE number = $1", [.integer(number)], in: transaction)
        guard let row = rows.first else { throw StoreError(.notFound, "there is no rescan \(number)") }
        return row
    }

    /// The newest first, below `before`; all, or only those that run, or only those that ended.
    package static func list(
        running: Bool? = nil, before: Int64 = .max, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [RescanRow] {
        let condition = running.map { $0 ? " AND state = 'running'" : " AND state <> 'running'" } ?? ""
        return try rows(
            "WHERE number < $1\(condition) ORDER BY number DESC LIMIT $2", [.integer(before), .integer(limit)],
            in: transaction)
    }

    static func rows(
        _ condition: String, _ parameters: [SQLValue], in transaction: any SQLTransaction
    ) throws(StoreError) -> [RescanRow] {
        try transaction.query("SELECT \(RescanRow.columns) FROM rescans \(condition)", parameters)
            .map { (row) throws(StoreError) in try RescanRow(row) }
    }

    /// New objects that wait to be judged.
    package static func arrivalsWaiting(in transaction: any SQLTransaction) throws(StoreError) -> Int64 {
        try transaction.query("SELECT COUNT(*) FROM rescan_work WHERE rescan = 0", []).first?.integer(0) ?? 0
    }

    /// An object came: every engine judges it soon.
    static func arrived(_ sha256: String, in transaction: any SQLTransaction) throws(StoreError) {
        try transaction.execute(
            """
            INSERT INTO rescan_work (rescan, engine, sha256, lease, attempts) SELECT 0, name, $1, 0, 0 FROM engines
            WHERE number > 0 ON CONFLICT (rescan, engine, sha256) DO NOTHING
            """, [.text(sha256)])
    }
}

extension RescanStore {
    /// A message of that time has an object that is kept already, so that its place among the others moves: an engine that
    /// has not judged it by the signatures in force, or whose rescan would now go past it, judges it soon.
    static func seenAgain(_ sha256: String, at: Int64, in transaction: any SQLTransaction) throws(StoreError) {
        try transaction.execute(
            """
            INSERT INTO rescan_work (rescan, engine, sha256, lease, attempts)
            SELECT 0, e.name, o.sha256, 0, 0 FROM objects o CROSS JOIN engines e
            WHERE o.sha256 = $1 AND o.state = 'kept' AND o.last_at < $2 AND e.number > 0
                AND (NOT EXISTS (SELECT 1 FROM object_stamps s WHERE s.sha256 = o.sha256 AND s.engine = e.name
                        AND s.signatures >= e.number)
                    OR EXISTS (SELECT 1 FROM rescans r WHERE r.engine = e.name AND r.state = 'running'
                        AND (o.last_at < r.at_place OR (o.last_at = r.at_place AND o.sha256 < r.name_place))))
            ON CONFLICT (rescan, engine, sha256) DO NOTHING
            """, [.text(sha256), .integer(at)])
    }
}

// MARK: - Work

extension RescanStore {
    /// Failures of one object before it counts as one that cannot be judged.
    private static let attemptLimit: Int64 = 3

    /// Ends the rescans that have nothing left to take and nothing in hand; answers them.
    package static func endDone(at: Int64, in transaction: any SQLTransaction) throws(StoreError) -> [RescanRow] {
        let ended = try transaction.query(
            """
            UPDATE rescans SET state = 'done', finished_at = $1 WHERE state = 'running'
                AND NOT EXISTS (SELECT 1 FROM rescan_work w WHERE w.rescan = rescans.number)
                AND NOT EXISTS (SELECT 1 FROM objects o WHERE o.state = 'kept' AND o.last_at >= rescans.since
                    AND (o.last_at < rescans.at_place OR (o.last_at = rescans.at_place AND o.sha256 < rescans.name_place))
                    AND NOT EXISTS (SELECT 1 FROM rescan_early e WHERE e.rescan = rescans.number AND e.sha256 = o.sha256))
            RETURNING number
            """, [.integer(at)])
        return try ended.map { (row) throws(StoreError) in
            let number = try row.integer(0)
            try transaction.execute("DELETE FROM rescan_early WHERE rescan = $1", [.integer(number)])
            return try self.row(number, in: transaction)
        }
    }

    /// Leases of a process that is gone are nobody's; what was put forward keeps its order.
    package static func voidLeases(in transaction: any SQLTransaction) throws(StoreError) {
        try transaction.execute("UPDATE rescan_work SET lease = 0 WHERE lease > 0", [])
    }

    /// Writes what came of an object; does nothing when somebody else has it in hand, or has done it.
    package static func finish(
        _ work: RescanWork, _ outcome: RescanOutcome, isRead: Bool = true, signatures: Int64, at: Int64,
        in transaction: any SQLTransaction
    ) throws(StoreError) {
        if case .failed(let problem) = outcome, try retries(work, problem, at: at, in: transaction) { return }
        let ended = try transaction.execute(
            "DELETE FROM rescan_work WHERE rescan = $1 AND engine = $2 AND sha256 = $3 AND lease = $4",
            [.integer(work.rescan), .text(work.engine), .text(work.sha256), .integer(work.lease)])
        guard ended > 0 else { return }
        var (hits, withdrawn, failed): (Int64, Int64, Int64) = (0, 0, 0)
        var problem: String?
        switch outcome {
        case .judged(let names):
            (hits, withdrawn) = try EngineVerdicts.apply(names, of: work, at: at, in: transaction)
            try stamp(work, signatures, at: at, in: transaction)
        case .gone: break
        case .failed(let text): (failed, problem) = (1, text)
        }
        try transaction.execute(
            """
            UPDATE rescans SET done = done + 1, hits = hits + $2, withdrawn = withdrawn + $3, failed = failed + $4,
                problem = COALESCE($5, problem), objects_read = objects_read + $6 WHERE number = $1
            """,
            [
                .integer(work.rescan), .integer(hits), .integer(withdrawn), .integer(failed), .kept(problem),
                .flag(isRead),
            ])
    }

    /// Gives an object that failed back for another attempt, a while later; false when it had its attempts.
    private static func retries(
        _ work: RescanWork, _ problem: String, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Bool {
        let pause: Int64 = 10_000
        return try transaction.execute(
            """
            UPDATE rescan_work SET lease = $5 WHERE rescan = $1 AND engine = $2 AND sha256 = $3 AND lease = $4
                AND attempts < $6
            """,
            [
                .integer(work.rescan), .text(work.engine), .text(work.sha256), .integer(work.lease),
                .integer(at + pause), .integer(attemptLimit),
            ]) > 0
    }

    private static func stamp(
        _ work: RescanWork, _ signatures: Int64, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) {
        try transaction.execute(
            """
            INSERT INTO object_stamps (sha256, engine, signatures, at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (sha256, engine) DO UPDATE SET signatures = excluded.signatures, at = excluded.at
            """, [.text(work.sha256), .text(work.engine), .integer(signatures), .integer(at)])
    }
}
