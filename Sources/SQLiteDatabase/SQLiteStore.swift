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

    /// Opens the file, and makes it when it does not exist.
    package init(path: String) throws {
        var configuration = Configuration()
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
        } catch {
            throw StoreError(.unavailable, "cannot open \(path): \(error)")
        }
    }

    package func read<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        try await pool.read { database in try body(SQLiteTransaction(database: database)) }
    }

    package func write<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        try await pool.write { database in try body(SQLiteTransaction(database: database)) }
    }
}

/// Statements on GRDB's connection, inside its transaction.
private struct SQLiteTransaction: SQLTransaction {
    let database: GRDB.Database

    func execute(_ statement: String, _ parameters: [SQLValue]) throws(StoreError) -> Int {
        try told(statement) {
            let prepared = try database.cachedStatement(sql: native(statement))
            try prepared.execute(arguments: arguments(parameters))
            return database.changesCount
        }
    }

    func query(_ statement: String, _ parameters: [SQLValue]) throws(StoreError) -> [SQLRow] {
        try told(statement) {
            let prepared = try database.cachedStatement(sql: native(statement))
            return try Row.fetchAll(prepared, arguments: arguments(parameters)).map { row in
                SQLRow(values: row.databaseValues.map(value))
            }
        }
    }

    /// SQLite writes numbered parameters `?1`; `$` stands in no statement of ours but before a number.
    private func native(_ statement: String) -> String { statement.replacing("$", with: "?") }

    private func arguments(_ parameters: [SQLValue]) -> StatementArguments {
        StatementArguments(
            parameters.map { parameter -> DatabaseValue in
                switch parameter {
                case .null: .null
                case .integer(let number): number.databaseValue
                case .text(let text): text.databaseValue
                case .bytes(let bytes): Data(bytes).databaseValue
                }
            })
    }

    private func value(_ value: DatabaseValue) -> SQLValue {
        switch value.storage {
        case .null: .null
        case .int64(let number): .integer(number)
        case .double(let number): .integer(Int64(exactly: number) ?? 0)
        case .string(let text): .text(text)
        case .blob(let data): .bytes(Array(data))
        }
    }

    private func told<Value>(_ statement: String, _ body: () throws -> Value) throws(StoreError) -> Value {
        do {
            return try body()
        } catch let error as DatabaseError {
            let code: StoreError.Code =
                switch error.resultCode {
                case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_READONLY: .unavailable
                default: .statement
                }
            throw StoreError(code, "\(error.message ?? "\(error.resultCode)") in: \(statement)")
        } catch {
            throw StoreError(.statement, "\(error) in: \(statement)")
        }
    }
}
