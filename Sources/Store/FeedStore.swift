// SPDX-License-Identifier: Apache-2.0

/// What is known of a feed from its runs.
package struct FeedRow: Codable, Hashable, Sendable {
    package enum State: String, Codable, Hashable, Sendable {
        case active
        /// The last run read something that is not put in force before somebody decides.
        case held
        /// A person stopped it; what is in force stays.
        case stopped
        /// Somebody released what was held; the next run puts it in force.
        case released
        /// It stands in the configuration no more; its indicators are being withdrawn.
        case retired
    }

    package let name: String
    package var state: State = .active
    /// What the server said of the content that was read last, for the next request.
    package var etag: String?
    package var modified: String?
    /// SHA-256 of that content.
    package var digest: String?
    /// Where a feed of changes goes on.
    package var position: String?
    /// SHA-256 of the guard lists and own domains that content was read by.
    package var shields: String?
    /// Milliseconds since 1970, UTC.
    package var attemptedAt: Int64?
    package var succeededAt: Int64?
    package var nextRunAt: Int64 = 0
    /// Entries in force after the last run, and what it added and removed.
    package var entries: Int64 = 0
    package var added: Int64 = 0
    package var removed: Int64 = 0
    /// Lines of the last content that could not be read, and the first of them with the reasons, a line each.
    package var badLines: Int64 = 0
    package var examples: String = ""
    /// Why the last run failed; nil when it did not.
    package var problem: String?
    package var heldBecause: String?

    /// A feed that never ran.
    package init(name: String) {
        self.name = name
    }

    fileprivate static let columns = """
        name, state, etag, modified, digest, position, attempted_at, succeeded_at, next_run_at, entries, added, removed,
            bad_lines, examples, problem, held_because, shields
        """

    fileprivate init(_ row: SQLRow) throws(StoreError) {
        guard let state = State(rawValue: try row.text(1)) else {
            throw StoreError(.row, "feed '\(try row.text(0))' has an unknown state")
        }
        name = try row.text(0)
        self.state = state
        etag = try row.optionalText(2)
        modified = try row.optionalText(3)
        digest = try row.optionalText(4)
        position = try row.optionalText(5)
        attemptedAt = try row.optionalInteger(6)
        succeededAt = try row.optionalInteger(7)
        nextRunAt = try row.integer(8)
        entries = try row.integer(9)
        added = try row.integer(10)
        removed = try row.integer(11)
        badLines = try row.integer(12)
        examples = try row.text(13)
        problem = try row.optionalText(14)
        heldBecause = try row.optionalText(15)
        shields = try row.optionalText(16)
    }

    fileprivate var values: [SQLValue] {
        [
            .text(name), .text(state.rawValue), .kept(etag), .kept(modified), .kept(digest), .kept(position),
            .optional(attemptedAt), .optional(succeededAt), .integer(nextRunAt), .integer(entries), .integer(added),
            .integer(removed), .integer(badLines), .kept(examples), .kept(problem), .kept(heldBecause), .kept(shields),
        ]
    }
}

/// The feeds' own rows.
package enum FeedStore {
    /// The feed; nil when it never ran.
    package static func row(_ name: String, in transaction: any SQLTransaction) throws(StoreError) -> FeedRow? {
        try transaction.query("SELECT \(FeedRow.columns) FROM feeds WHERE name = $1", [.kept(name)]).first
            .map { (row) throws(StoreError) in try FeedRow(row) }
    }

    /// All feeds that ever ran, by name.
    package static func list(in transaction: any SQLTransaction) throws(StoreError) -> [FeedRow] {
        try transaction.query("SELECT \(FeedRow.columns) FROM feeds ORDER BY name", [])
            .map { (row) throws(StoreError) in try FeedRow(row) }
    }

    package static func save(_ feed: FeedRow, in transaction: any SQLTransaction) throws(StoreError) {
        let names = FeedRow.columns.split { $0 == "," || $0.isWhitespace }.map(String.init)
        let values = names.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        let changes = names.dropFirst().map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        try transaction.execute(
            """
            INSERT INTO feeds (\(FeedRow.columns)) VALUES (\(values)) ON CONFLICT (name) DO UPDATE SET \(changes)
            """, feed.values)
    }

    package static func remove(_ name: String, in transaction: any SQLTransaction) throws(StoreError) {
        try transaction.execute("DELETE FROM feeds WHERE name = $1", [.kept(name)])
    }
}
