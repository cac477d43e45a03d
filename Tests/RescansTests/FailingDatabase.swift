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

/// A database that remembers the longest of its write transactions.
final class CountingDatabase: Store.Database {
    private let inner: any Store.Database
    private let most = Mutex(0)

    /// Statements of the longest write transaction.
    var longest: Int { most.withLock(\.self) }

    init(_ inner: any Store.Database) {
        self.inner = inner
    }

    func read<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        try await inner.read(body)
    }

    func write<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        try await inner.write { [self] transaction in
            let counting = CountingTransaction(transaction)
            defer { most.withLock { $0 = max($0, counting.count) } }
            return try body(counting)
        }
    }
}

private final class CountingTransaction: SQLTransaction {
    private let inner: any SQLTransaction
    private(set) var count = 0

    init(_ inner: any SQLTransaction) {
        self.inner = inner
    }

    func execute(_ statement: String, _ parameters: [SQLValue]) throws(StoreError) -> Int {
        count += 1
        return try inner.execute(statement, parameters)
    }

    func query(_ statement: String, _ parameters: [SQLValue]) throws(StoreError) -> [SQLRow] {
        count += 1
        return try inner.query(statement, parameters)
    }
}
