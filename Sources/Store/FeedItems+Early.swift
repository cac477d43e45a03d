// SPDX-License-Identifier: Apache-2.0

package import Verdicts

/// Items that a feed announces before they hold (STIX `valid_from`): they wait here, so that the feed need not be read
/// again, nor say them again, on the day they begin.
extension FeedItems {
    /// Keeps items that begin to hold later; one that was kept before begins when it says now.
    package static func putEarly(
        _ items: [(item: FeedItem, startsAt: Int64)], of feed: String, in transaction: any SQLTransaction
    ) throws(StoreError) {
        for (item, startsAt) in items {
            try transaction.execute(
                "DELETE FROM feed_early WHERE feed = $1 AND pattern = $2", [.kept(feed), .text(item.pattern)])
            try transaction.execute(
                """
                INSERT INTO feed_early (feed, pattern, kind, value, verdict, reason, expires_at, starts_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                """,
                [
                    .kept(feed), .text(item.pattern), .text(item.kind.rawValue), .kept(item.value),
                    .text(item.verdict.rawValue), .kept(item.reason), .optional(item.expiresAt), .integer(startsAt),
                ])
        }
    }

    /// What begins to hold by now is listed with what was read.
    package static func listDue(_ feed: String, at: Int64, in transaction: any SQLTransaction) throws(StoreError) {
        try transaction.execute(
            """
            INSERT INTO feed_items (feed, pattern, kind, value, verdict, reason, expires_at)
            SELECT feed, pattern, kind, value, verdict, reason, expires_at FROM feed_early
            WHERE feed = $1 AND starts_at <= $2 AND (expires_at IS NULL OR expires_at > $2)
            ON CONFLICT (feed, pattern) DO NOTHING
            """, [.kept(feed), .integer(at)])
    }

    /// What begins to hold by now, before it is listed.
    package static func due(
        _ feed: String, at: Int64, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [(kind: Indicator.Kind, pattern: String)] {
        try transaction.query(
            "SELECT kind, pattern FROM feed_early WHERE feed = $1 AND starts_at <= $2 ORDER BY pattern LIMIT $3",
            [.kept(feed), .integer(at), .integer(limit)]
        ).map { (row) throws(StoreError) in (try row.choice(0), try row.text(1)) }
    }

    /// What began to hold by then, and was listed, is in force now; what ended before it was listed is nothing any more.
    package static func clearEarly(_ feed: String, at: Int64, in transaction: any SQLTransaction) throws(StoreError) {
        try transaction.execute(
            """
            DELETE FROM feed_early WHERE feed = $1 AND starts_at <= $2
                AND (expires_at <= $2 OR pattern IN (SELECT pattern FROM feed_items WHERE feed = $1))
            """, [.kept(feed), .integer(at)])
    }

    /// The feed left the configuration.
    package static func dropEarly(_ feed: String, in transaction: any SQLTransaction) throws(StoreError) {
        try transaction.execute("DELETE FROM feed_early WHERE feed = $1", [.kept(feed)])
    }
}
