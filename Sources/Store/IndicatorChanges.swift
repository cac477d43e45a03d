// SPDX-License-Identifier: Apache-2.0

package import Verdicts

/// What became of indicators, in the order in which it happened: what the verdict index is kept in step by.
package enum IndicatorChanges {
    static let counter = "indicator_changes"
    private static let originCounter = "indicator_origin"

    /// One indicator whose standing changed.
    package struct Change: Sendable {
        package let indicator: Indicator
        package let isInForce: Bool
        /// Counts from 1.
        package let number: Int64
    }

    /// The number of the last change; 0 when there never was one.
    package static func last(in transaction: any SQLTransaction) throws(StoreError) -> Int64 {
        try Counter.last(counter, in: transaction)
    }

    /// The changes above `after`, in their order; an indicator that changed twice comes once, as it is now.
    package static func list(
        after: Int64, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [Change] {
        try transaction.query(
            """
            SELECT \(IndicatorRow.columns), change, expired FROM indicators WHERE change > $1 ORDER BY change LIMIT $2
            """, [.integer(after), .integer(limit)]
        ).map { (row) throws(StoreError) in
            let indicator = try IndicatorRow(row)
            let isExpired = try row.integer(12)
            return Change(
                indicator: indicator.indicator, isInForce: indicator.removedAt == nil && isExpired == 0,
                number: try row.integer(11))
        }
    }

    /// Counts the expiry of at most `limit` indicators as a change; answers how many there were.
    package static func expire(
        at: Int64, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> Int {
        let due = try transaction.query(
            """
            SELECT number FROM indicators WHERE removed_at IS NULL AND expired = 0 AND expires_at <= $1
            ORDER BY expires_at LIMIT $2
            """, [.integer(at), .integer(limit)])
        guard !due.isEmpty else { return 0 }
        let change = try Counter.take(due.count, counter, in: transaction)
        for (index, row) in due.enumerated() {
            try transaction.execute(
                "UPDATE indicators SET expired = 1, change = $2 WHERE number = $1",
                [.integer(try row.integer(0)), .integer(change + Int64(index))])
        }
        return due.count
    }

    /// Whether an indicator expired whose expiry was not counted yet.
    package static func isExpiryDue(at: Int64, in transaction: any SQLTransaction) throws(StoreError) -> Bool {
        try !transaction.query(
            """
            SELECT 1 FROM indicators WHERE removed_at IS NULL AND expired = 0 AND expires_at <= $1 LIMIT 1
            """, [.integer(at)]
        ).isEmpty
    }

    /// The number that tells this store from every other, a random one, made when it is asked for first.
    package static func origin(in transaction: any SQLTransaction) throws(StoreError) -> Int64 {
        try transaction.execute(
            "INSERT INTO counters (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
            [.text(originCounter), .integer(.random(in: 1 ... .max))])
        return try Counter.last(originCounter, in: transaction)
    }
}
