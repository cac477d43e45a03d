// SPDX-License-Identifier: Apache-2.0

import Foundation
import SQLiteDatabase
import Store

/// A migrated store in a file of its own, gone when the last reference goes.
final class TemporaryStore: Store.Database {
    private let directory: String
    let database: SQLiteStore

    init() async throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "rearguard-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        directory = url.path(percentEncoded: false)
        database = try SQLiteStore(path: directory + "/store.sqlite")
        try await Migrator.migrate(database)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func read<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        try await database.read(body)
    }

    func write<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        try await database.write(body)
    }
}
