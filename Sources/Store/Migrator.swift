// SPDX-License-Identifier: Apache-2.0

/// Brings a database to the schema of this program.
package enum Migrator {
    private static let bookkeeping = "CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)"

    /// Runs the migrations that are missing, each in a transaction of its own.
    ///
    /// Refuses (`schema`) a database that knows a migration this program does not: a newer version wrote it.
    package static func migrate(_ database: any Database) async throws {
        let done = try await database.write { transaction in
            try transaction.execute(bookkeeping, [])
            return try transaction.query("SELECT name FROM migrations", []).map { row in try row.text(0) }
        }
        let known = Set(Schema.migrations.map(\.name))
        if let foreign = done.first(where: { !known.contains($0) }) {
            throw StoreError(.schema, "the store holds migration '\(foreign)' of a newer version")
        }
        for migration in Schema.migrations where !done.contains(migration.name) {
            try await database.write { transaction in
                for statement in migration.statements { try transaction.execute(statement, []) }
                try transaction.execute("INSERT INTO migrations (name) VALUES ($1)", [.text(migration.name)])
            }
        }
    }
}

/// Numbers that count up without gaps of their own making: both engines' own ways differ, a row does not.
package enum Counter {
    /// The next number under the name, from 1.
    package static func next(_ name: String, in transaction: any SQLTransaction) throws(StoreError) -> Int64 {
        try take(1, name, in: transaction)
    }

    /// The first of `count` numbers in a row.
    static func take(_ count: Int, _ name: String, in transaction: any SQLTransaction) throws(StoreError) -> Int64 {
        let rows = try transaction.query(
            """
            INSERT INTO counters (name, value) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET value = counters.value + $2 RETURNING value
            """, [.text(name), .integer(count)])
        guard let row = rows.first else { throw StoreError(.row, "counter '\(name)' gave no value") }
        return try row.integer(0) - Int64(count) + 1
    }

    /// The last number that was given under the name; 0 when none was.
    static func last(_ name: String, in transaction: any SQLTransaction) throws(StoreError) -> Int64 {
        try transaction.query("SELECT value FROM counters WHERE name = $1", [.text(name)]).first?.integer(0) ?? 0
    }
}
