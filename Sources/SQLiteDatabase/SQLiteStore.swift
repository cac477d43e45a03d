// SPDX-License-Identifier: Apache-2.0

// SQLiteDatabase: the store's engine on one host, by GRDB. One pool owns the file for the life of the process (GRDB's
// first rule): writes are serial, reads see snapshots (WAL). `synchronous=FULL`, because a row that moves a journal's
// position must not be lost after the journal's segment was removed.

private import Foundation
private import GRDB
package import Store

/// The store in one SQLite file.
package struct SQLiteStore: Store.Database {
    private let pool: DatabasePool
    private let dialect = SQLiteDialect()

    /// Opens the file, and makes it when it does not exist.
    package init(path: String) throws(StoreError) {
        var configuration = Configuration()
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(10)
        Self.make(path)
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
            // Here, and not in `prepareDatabase`: GRDB sets NORMAL after that. The pool's one writer lives as long as it.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        } catch {
            throw StoreError(told: error, during: "opening \(path)")
        }
    }

    /// Makes the file closed to others whatever the umask: it holds addresses and subjects.
    ///
    /// SQLite gives the files beside it the same mode. When this fails, opening says why.
    private static func make(_ path: String) {
        guard !FileManager.default.fileExists(atPath: path) else { return }
        _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o640])
    }

    package func read<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        do {
            return try await pool.read { database in
                try body(SQLiteTransaction(database: database, dialect: dialect))
            }
        } catch let error as DatabaseError {
            throw StoreError(told: error, during: "a read transaction")
        }
    }

    package func write<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        do {
            return try await pool.write { database in
                try body(SQLiteTransaction(database: database, dialect: dialect))
            }
        } catch let error as DatabaseError {
            throw StoreError(told: error, during: "a write transaction")
        }
    }
}

/// Statements on GRDB's connection, inside its transaction.
private struct SQLiteTransaction: SQLTransaction {
    let database: GRDB.Database
    let dialect: SQLiteDialect

    func execute(_ statement: String, _ parameters: [SQLValue]) throws(StoreError) -> Int {
        do {
            let prepared = try database.cachedStatement(sql: dialect.native(statement))
            try prepared.execute(arguments: StatementArguments(parameters.map(\.native)))
            return database.changesCount
        } catch {
            throw StoreError(told: error, during: statement)
        }
    }

    func query(_ statement: String, _ parameters: [SQLValue]) throws(StoreError) -> [SQLRow] {
        do {
            let prepared = try database.cachedStatement(sql: dialect.native(statement))
            let arguments = StatementArguments(parameters.map(\.native))
            let rows = try Row.fetchCursor(prepared, arguments: arguments)
            var answer: [SQLRow] = []
            while let row = try rows.next() { answer.append(SQLRow(values: try row.databaseValues.map(SQLValue.init))) }
            return answer
        } catch {
            throw StoreError(told: error, during: statement)
        }
    }
}
