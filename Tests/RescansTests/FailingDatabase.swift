// SPDX-License-Identifier: Apache-2.0

import Store
import Synchronization

/// A database whose n-th statement in a write transaction fails, as when the disk is full or the process is killed.
final class FailingDatabase: Store.Database {
    static let failure = StoreError(.unavailable, "no space left")
    private let inner: any Store.Database
    private let statement: Int

    init(_ inner: any Store.Database, atStatement statement: Int) {
        self.inner = inner
        self.statement = statement
    }

    func read<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        try await inner.read(body)
    }

    func write<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        let statement = statement
        return try await inner.write { try body(FailingTransaction(inner: $0, left: statement)) }
    }
}

private final class FailingTransaction: SQLTransaction {
    private let inner: any SQLTransaction
    private var left: Int

    init(inner: any SQLTransaction, left: Int) {
        self.inner = inner
        self.left = left
    }

    func execute(_ statement: String, _ parameters: [SQLValue]) throws(StoreError) -> Int {
        try count()
        return try inner.execute(statement, parameters)
    }

    func query(_ statement: String, _ parameters: [SQLValue]) throws(StoreError) -> [SQLRow] {
        try count()
        return try inner.query(statement, parameters)
    }

    private func count() throws(StoreError) {
        left -= 1
        guard left > 0 else { throw FailingDatabase.failure }
    }
}
