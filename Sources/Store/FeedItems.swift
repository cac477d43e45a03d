// SPDX-License-Identifier: Apache-2.0

import Bytes
import URLSyntax
package import Verdicts

/// What a feed says about one thing.
package struct FeedItem: Hashable, Sendable {
    package var kind: Indicator.Kind
    package var pattern: String
    /// As the feed wrote it.
    package var value: String
    package var verdict: Verdict
    package var reason: String?
    /// Milliseconds since 1970, UTC; nil: as long as the feed lists it.
    package var expiresAt: Int64?

    package init(
        kind: Indicator.Kind, pattern: String, value: String, verdict: Verdict, reason: String?, expiresAt: Int64?
    ) {
        self.kind = kind
        self.pattern = pattern
        self.value = value
        self.verdict = verdict
        self.reason = reason
        self.expiresAt = expiresAt
    }
}

/// What a run of a feed read, kept until it is in force: page by page, so that no list holds up ingest.
///
/// The work of each call is bounded by its `limit`; what is done is found again by the next one, also after a crash.
package enum FeedItems {
    private static let isLive =
        "indicators.removed_at IS NULL AND (indicators.expires_at IS NULL OR indicators.expires_at > $2)"
    /// The item has no live indicator of its feed that says the same.
    private static let isNew = """
        NOT EXISTS (SELECT 1 FROM indicators WHERE indicators.pattern = feed_items.pattern
            AND indicators.source = feed_items.feed AND indicators.verdict = feed_items.verdict AND \(isLive))
        """
    /// The indicator stands in the feed no more, or says something else there.
    ///
    /// What a feed of changes does not list stands on, unless the feed takes it back.
    private static func isGone(isWhole: Bool) -> String {
        let isTakenBack =
            isWhole
            ? """
            NOT EXISTS (SELECT 1 FROM feed_items WHERE feed_items.feed = $1
                AND feed_items.pattern = indicators.pattern AND feed_items.verdict = indicators.verdict)
            """
            : """
            (EXISTS (SELECT 1 FROM feed_revocations WHERE feed_revocations.feed = $1
                AND feed_revocations.pattern = indicators.pattern)
                OR EXISTS (SELECT 1 FROM feed_items WHERE feed_items.feed = $1
                    AND feed_items.pattern = indicators.pattern AND feed_items.verdict <> indicators.verdict))
            """
        return "indicators.source = $1 AND \(isLive) AND \(isTakenBack)"
    }

    /// Keeps items; of two about one pattern the first stays, or the last where that is the newer word (`lastCounts`).
    ///
    /// What was taken back before is so no more.
    package static func put(
        _ items: [FeedItem], of feed: String, lastCounts: Bool = false, in transaction: any SQLTransaction
    ) throws(StoreError) {
        for item in items {
            if lastCounts {
                for table in ["feed_items", "feed_early"] {
                    try transaction.execute(
                        "DELETE FROM \(table) WHERE feed = $1 AND pattern = $2", [.kept(feed), .text(item.pattern)])
                }
            }
            try transaction.execute(
                """
                INSERT INTO feed_items (feed, pattern, kind, value, verdict, reason, expires_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (feed, pattern) DO NOTHING
                """,
                [
                    .kept(feed), .text(item.pattern), .text(item.kind.rawValue), .kept(item.value),
                    .text(item.verdict.rawValue), .kept(item.reason), .optional(item.expiresAt),
                ])
            try transaction.execute(
                "DELETE FROM feed_revocations WHERE feed = $1 AND pattern = $2", [.kept(feed), .text(item.pattern)])
        }
    }

    /// Gives indicators that the feed lists again with an earlier end that end; answers how many.
    package static func shorten(
        _ feed: String, limit: Int, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Int {
        let rows = try transaction.query(
            """
            SELECT indicators.number, feed_items.expires_at FROM indicators
                JOIN feed_items ON feed_items.feed = $1 AND feed_items.pattern = indicators.pattern
            WHERE indicators.source = $1 AND \(isLive) AND indicators.verdict = feed_items.verdict
                AND feed_items.expires_at IS NOT NULL
                AND (indicators.expires_at IS NULL OR indicators.expires_at > feed_items.expires_at)
            ORDER BY indicators.number LIMIT $3
            """, [.kept(feed), .integer(at), .integer(limit)])
        for row in rows {
            try transaction.execute(
                "UPDATE indicators SET expires_at = $2 WHERE number = $1",
                [.integer(try row.integer(0)), .integer(try row.integer(1))])
        }
        return rows.count
    }

    /// Takes back at most `limit` indicators of the feed that another one shields; answers how many.
    package static func withdraw(
        _ feed: String, listedBy shield: String, limit: Int, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Int {
        let rows = try transaction.query(
            """
            SELECT number FROM indicators WHERE source = $1 AND \(isLive) AND verdict <> 'clean'
                AND EXISTS (SELECT 1 FROM feed_items WHERE feed_items.feed = $3 AND feed_items.pattern = indicators.pattern)
            ORDER BY number LIMIT $4
            """, [.kept(feed), .integer(at), .kept(shield), .integer(limit)])
        return try IndicatorStore.take(
            rows.map { (row) throws(StoreError) in try row.integer(0) }, at: at, in: transaction)
    }

    /// At most `limit` live indicators of the feed that hold something against a thing, by number above `after`.
    package static func standing(
        _ feed: String, after: Int64, limit: Int, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> [(number: Int64, kind: Indicator.Kind, pattern: String)] {
        try transaction.query(
            """
            SELECT number, kind, pattern FROM indicators WHERE source = $1 AND \(isLive) AND verdict <> 'clean'
                AND number > $3 ORDER BY number LIMIT $4
            """, [.kept(feed), .integer(at), .integer(after), .integer(limit)]
        ).map { (row) throws(StoreError) in (try row.integer(0), try row.choice(1), try row.text(2)) }
    }

    /// Takes these back at once, whatever the weighing says: nothing may be held against them.
    package static func take(_ numbers: [Int64], at: Int64, in transaction: any SQLTransaction) throws(StoreError)
        -> Int
    {
        try IndicatorStore.take(numbers, at: at, in: transaction)
    }

    /// The same by pattern.
    package static func refuse(
        _ patterns: [String], of feed: String, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) {
        for pattern in patterns {
            try transaction.execute(
                "DELETE FROM feed_early WHERE feed = $1 AND pattern = $2", [.kept(feed), .text(pattern)])
        }
        let numbers = try IndicatorStore.live(patterns, at: at, in: transaction).filter {
            $0.source == feed && $0.verdict != .clean
        }
        _ = try IndicatorStore.take(numbers.map(\.number), at: at, in: transaction)
    }

    /// Throws away at most `limit` of what was read; answers how many.
    package static func clear(
        _ feed: String, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> Int {
        var count = 0
        for table in ["feed_items", "feed_revocations"] {
            count += try transaction.execute(
                """
                DELETE FROM \(table) WHERE feed = $1 AND pattern IN
                    (SELECT pattern FROM \(table) WHERE feed = $1 ORDER BY pattern LIMIT $2)
                """, [.kept(feed), .integer(limit)])
        }
        return count
    }

    /// Takes out what another feed lists by the same name, which is there to shield it; answers how many.
    package static func drop(
        from feed: String, listedBy shield: String, in transaction: any SQLTransaction
    ) throws(StoreError) -> Int {
        let isShielded = """
            feed = $1 AND verdict <> 'clean' AND pattern IN (SELECT pattern FROM feed_items WHERE feed = $2)
            """
        return try transaction.execute("DELETE FROM feed_items WHERE \(isShielded)", [.kept(feed), .kept(shield)])
    }

    /// What was read under another name stands in the place of what the feed listed; answers how many.
    package static func replace(
        _ feed: String, by other: String, in transaction: any SQLTransaction
    ) throws(StoreError) -> Int {
        try transaction.execute("DELETE FROM feed_items WHERE feed = $1", [.kept(feed)])
        return try transaction.execute(
            "UPDATE feed_items SET feed = $1 WHERE feed = $2", [.kept(feed), .kept(other)])
    }

    /// Keeps that the feed takes back what it said of these patterns.
    package static func revoke(
        _ patterns: [String], of feed: String, in transaction: any SQLTransaction
    ) throws(StoreError) {
        for pattern in patterns {
            try transaction.execute(
                "DELETE FROM feed_items WHERE feed = $1 AND pattern = $2", [.kept(feed), .text(pattern)])
            try transaction.execute(
                "DELETE FROM feed_early WHERE feed = $1 AND pattern = $2", [.kept(feed), .text(pattern)])
            try transaction.execute(
                """
                INSERT INTO feed_revocations (feed, pattern) VALUES ($1, $2) ON CONFLICT (feed, pattern) DO NOTHING
                """, [.kept(feed), .text(pattern)])
        }
    }

    /// What a run would change.
    package struct Difference: Codable, Hashable, Sendable {
        package let standing: Int
        package let listed: Int
        package let new: Int
        package let gone: Int
    }

    /// `isWhole`: a run lists all the feed has, not what changed.
    package static func difference(
        of feed: String, isWhole: Bool, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Difference {
        func count(_ query: String) throws(StoreError) -> Int {
            let rows = try transaction.query(query, [.kept(feed), .integer(at)])
            return Int(try rows.first?.integer(0) ?? 0)
        }
        return Difference(
            standing: try count("SELECT COUNT(*) FROM indicators WHERE source = $1 AND \(isLive)"),
            listed: try count("SELECT COUNT(*) FROM feed_items WHERE feed = $1 AND $2 = $2"),
            new: try count("SELECT COUNT(*) FROM feed_items WHERE feed = $1 AND \(isNew)"),
            gone: try count("SELECT COUNT(*) FROM indicators WHERE \(isGone(isWhole: isWhole))"))
    }

    /// What a list that shields would change: it has no indicators, its items are what it says.
    package static func difference(
        between feed: String, and new: String, in transaction: any SQLTransaction
    ) throws(StoreError) -> Difference {
        func count(_ query: String) throws(StoreError) -> Int {
            Int(try transaction.query(query, [.kept(feed), .kept(new)]).first?.integer(0) ?? 0)
        }
        func missing(_ feed: String, in other: String) -> String {
            """
            SELECT COUNT(*) FROM feed_items WHERE feed = \(feed) AND NOT EXISTS
                (SELECT 1 FROM feed_items AS other WHERE other.feed = \(other) AND other.pattern = feed_items.pattern)
            """
        }
        return Difference(
            standing: try count("SELECT COUNT(*) FROM feed_items WHERE feed = $1 AND $2 = $2"),
            listed: try count("SELECT COUNT(*) FROM feed_items WHERE feed = $2 AND $1 = $1"),
            new: try count(missing("$2", in: "$1")), gone: try count(missing("$1", in: "$2")))
    }

    /// Puts at most `limit` new items in force, in the order of their patterns above `after`; answers the last one, nil
    /// when there are no more, and how many.
    package static func admit(
        _ feed: String, after: String, limit: Int, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> (last: String?, count: Int) {
        let rows = try transaction.query(
            """
            SELECT pattern, kind, value, verdict, reason, expires_at FROM feed_items
            WHERE feed = $1 AND pattern > $3 AND \(isNew) ORDER BY pattern LIMIT $4
            """, [.kept(feed), .integer(at), .text(after), .integer(limit)])
        let indicators = try rows.map { (row) throws(StoreError) in
            guard let kind = Indicator.Kind(rawValue: try row.text(1)), let verdict = Verdict(rawValue: try row.text(3))
            else {
                throw StoreError(.row, "an item of feed '\(feed)' has an unknown kind or verdict")
            }
            return Indicator(
                number: 0, kind: kind, pattern: try row.text(0), value: try row.text(2), verdict: verdict, source: feed,
                reason: try row.optionalText(4), createdAt: at, expiresAt: try row.optionalInteger(5))
        }
        _ = try IndicatorStore.insert(indicators, in: transaction)
        return (rows.count == limit ? indicators.last?.pattern : nil, rows.count)
    }

    /// Takes back at most `limit` indicators that the feed stands for no more; answers how many.
    package static func withdraw(
        _ feed: String, isWhole: Bool, limit: Int, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Int {
        let rows = try transaction.query(
            "SELECT number FROM indicators WHERE \(isGone(isWhole: isWhole)) ORDER BY number LIMIT $3",
            [.kept(feed), .integer(at), .integer(limit)])
        return try IndicatorStore.take(
            rows.map { (row) throws(StoreError) in try row.integer(0) }, at: at, in: transaction)
    }

    /// Gives at most `limit` indicators that the feed lists again their new expiry; answers how many.
    ///
    /// Those that would gain less than `gain` milliseconds wait for a later run, so that a list that comes every five
    /// minutes does not rewrite all its rows each time.
    package static func renew(
        _ feed: String, gain: Int64, limit: Int, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Int {
        let rows = try transaction.query(
            """
            SELECT indicators.number, feed_items.expires_at FROM indicators
                JOIN feed_items ON feed_items.feed = $1 AND feed_items.pattern = indicators.pattern
            WHERE indicators.source = $1 AND \(isLive) AND indicators.verdict = feed_items.verdict
                AND indicators.expires_at + $3 <= feed_items.expires_at ORDER BY indicators.number LIMIT $4
            """, [.kept(feed), .integer(at), .integer(gain), .integer(limit)])
        for row in rows {
            try transaction.execute(
                "UPDATE indicators SET expires_at = $2 WHERE number = $1",
                [.integer(try row.integer(0)), .integer(try row.integer(1))])
        }
        return rows.count
    }

    /// Gives at most `limit` indicators of the feed a new expiry, when its content is what it was; answers how many.
    package static func renewAll(
        _ feed: String, until: Int64, gain: Int64, limit: Int, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Int {
        try transaction.execute(
            """
            UPDATE indicators SET expires_at = $3 WHERE number IN
                (SELECT number FROM indicators WHERE source = $1 AND \(isLive) AND expires_at + $4 <= $3
                 ORDER BY number LIMIT $5)
            """, [.kept(feed), .integer(at), .integer(until), .integer(gain), .integer(limit)])
    }

    /// Which of these patterns the run would newly hold against something.
    package static func new(
        among patterns: [String], of feed: String, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Set<String> {
        let rows = try transaction.query(
            """
            SELECT pattern FROM feed_items WHERE feed = $1 AND pattern IN ($list)
                AND verdict <> 'clean' AND \(isNew)
            """, [.kept(feed), .integer(at)], in: patterns.map { .text($0) })
        return Set(try rows.map { (row) throws(StoreError) in try row.text(0) })
    }

    /// The newest deliveries: messages and the expressions of their links, at most `limit` links.
    package static func recentlyDelivered(
        limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [(reference: String, expressions: [String])] {
        try transaction.query(
            """
            SELECT messages.reference, urls.url FROM messages JOIN links ON links.reference = messages.reference
                JOIN urls ON urls.id = links.url ORDER BY messages.at DESC, messages.reference DESC LIMIT $1
            """, [.integer(limit)]
        ).map { (row) throws(StoreError) in
            (try row.text(0), URLStore.canonical(try row.text(1))?.expressions.map(\.text) ?? [])
        }
    }
}
