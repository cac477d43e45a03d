// SPDX-License-Identifier: Apache-2.0

/// One value in a statement or a row.
///
/// Only what both engines have: no booleans (0 and 1), no dates (milliseconds since 1970, UTC).
package enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case text(String)
    case bytes([UInt8])
}

/// One row of an answer; columns by position, in the order of the SELECT.
package struct SQLRow: Sendable {
    package let values: [SQLValue]

    package init(values: [SQLValue]) {
        self.values = values
    }
}

/// One transaction on one connection: what a driver gives and every query here uses.
///
/// Statements are written once for both engines: `$1`, `$2` … as parameters, standard SQL only (`INSERT … ON CONFLICT`,
/// `RETURNING`), BYTEA, TEXT, BIGINT and SMALLINT as types. No mail text is ever part of a statement.
package protocol SQLTransaction {
    /// Runs a statement; answers how many rows it changed.
    @discardableResult
    func execute(_ statement: String, _ parameters: [SQLValue]) throws(StoreError) -> Int

    /// Runs a query; answers its rows.
    func query(_ statement: String, _ parameters: [SQLValue]) throws(StoreError) -> [SQLRow]
}

/// The store's engine: SQLite in a file, or PostgreSQL.
///
/// A body may run more than once when the engine asks for it (serialisation failure), so it has no effect outside.
package protocol Database: Sendable {
    /// Runs the body in one transaction that sees one state and changes nothing.
    func read<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLTransaction) throws -> Value
    ) async throws -> Value

    /// Runs the body in one transaction; all of it is durable when this returns, nothing when it throws.
    func write<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLTransaction) throws -> Value
    ) async throws -> Value
}

/// Why the store did not do what it was asked.
package struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What a caller may act on.
    package enum Code: Hashable, Sendable {
        /// The engine cannot be reached, or its disk is full: try again later.
        case unavailable
        /// A rule of the schema was hurt, or the statement is wrong: a fault of ours.
        case statement
        /// What the file holds was written by a newer version, or is not ours.
        case schema
        /// A row does not hold what it should.
        case row
        /// What was asked for does not exist.
        case notFound
        /// The thing is not in a state that allows this.
        case conflict
        /// Something given by who asks is not acceptable: the description says what and why.
        case badValue
    }

    package let code: Code
    package let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
