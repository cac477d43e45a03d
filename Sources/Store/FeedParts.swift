// SPDX-License-Identifier: Apache-2.0

/// What each document of a feed of many listed when it was read last (the events of a MISP feed).
///
/// Such a document is read again when it changed, and what left it is taken back; without this nobody would know what was in
/// it. What a run reads waits under a name of its own until the run is in force, so that one that is held or breaks off
/// compares with the same state again.
package enum FeedParts {
    private static func waiting(_ feed: String) -> String { "\(feed)+" }

    /// Keeps patterns that the part lists now.
    package static func put(
        _ patterns: [String], of feed: String, part: String, in transaction: any SQLTransaction
    ) throws(StoreError) {
        for pattern in patterns {
            try transaction.execute(
                "INSERT INTO feed_parts (feed, part, pattern) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                [.kept(waiting(feed)), .kept(part), .text(pattern)])
        }
    }

    /// The part has been read, whatever it lists.
    package static func close(_ feed: String, part: String, in transaction: any SQLTransaction) throws(StoreError) {
        // The part's own mark: it may list nothing any more.
        try put([""], of: feed, part: part, in: transaction)
    }

    /// Keeps that a part takes this back; another one, or this one at another place, may still have it.
    package static func revoke(_ pattern: String, of feed: String, in transaction: any SQLTransaction)
        throws(StoreError)
    {
        try put([pattern], of: feed, part: "", in: transaction)
    }

    /// All parts have been read that the run reads: what this one listed before, or takes back, is taken back unless a part
    /// has it, as it was read now or, where it was not read again, as it stood.
    ///
    /// `part`: one that was read, or "" for what was taken back by name.
    package static func revokeVanished(
        from part: String, of feed: String, in transaction: any SQLTransaction
    ) throws(StoreError) {
        try transaction.execute(
            """
            INSERT INTO feed_revocations (feed, pattern)
            SELECT DISTINCT $1, was.pattern FROM feed_parts AS was
            WHERE was.feed = $4 AND was.part = $3 AND was.pattern <> ''
                AND NOT EXISTS (SELECT 1 FROM feed_parts AS new
                    WHERE new.feed = $2 AND new.pattern = was.pattern AND new.part <> '')
                AND NOT EXISTS (SELECT 1 FROM feed_parts AS other
                    WHERE other.feed = $1 AND other.pattern = was.pattern AND NOT EXISTS (SELECT 1 FROM feed_parts AS read
                        WHERE read.feed = $2 AND read.part = other.part AND read.pattern = ''))
            ON CONFLICT (feed, pattern) DO NOTHING
            """, [.kept(feed), .kept(waiting(feed)), .kept(part), .kept(part.isEmpty ? waiting(feed) : feed)])
    }

    /// What waits of one part takes the place of what the part listed; answers whether more may wait.
    package static func adoptNext(of feed: String, in transaction: any SQLTransaction) throws(StoreError) -> Bool {
        let rows = try transaction.query(
            "SELECT part FROM feed_parts WHERE feed = $1 AND pattern = '' LIMIT 1", [.kept(waiting(feed))])
        guard let part = try rows.first?.text(0) else {
            try transaction.execute("DELETE FROM feed_parts WHERE feed = $1 AND part = ''", [.kept(waiting(feed))])
            return false
        }
        let names: [SQLValue] = [.kept(feed), .text(part)]
        try transaction.execute("DELETE FROM feed_parts WHERE feed = $1 AND part = $2", names)
        try transaction.execute(
            "DELETE FROM feed_parts WHERE feed = $1 AND part = $2 AND pattern = ''",
            [.kept(waiting(feed)), .text(part)])
        try transaction.execute(
            "UPDATE feed_parts SET feed = $1 WHERE feed = $3 AND part = $2", names + [.kept(waiting(feed))])
        return true
    }

    /// Throws away what waits of one part; answers whether more may.
    package static func clearNext(of feed: String, in transaction: any SQLTransaction) throws(StoreError) -> Bool {
        try dropNext(of: waiting(feed), in: transaction)
    }

    /// The feed left the configuration: throws away one part of it; answers whether there may be more.
    package static func removeNext(of feed: String, in transaction: any SQLTransaction) throws(StoreError) -> Bool {
        try dropNext(of: feed, in: transaction)
    }

    private static func dropNext(of feed: String, in transaction: any SQLTransaction) throws(StoreError) -> Bool {
        try transaction.execute(
            """
            DELETE FROM feed_parts WHERE feed = $1 AND part IN (SELECT part FROM feed_parts WHERE feed = $1 LIMIT 1)
            """, [.kept(feed)]) > 0
    }
}
