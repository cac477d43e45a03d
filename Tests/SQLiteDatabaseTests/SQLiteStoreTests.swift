// SPDX-License-Identifier: Apache-2.0

import Foundation
import SQLiteDatabase
import Store
import Testing

struct SQLiteStoreTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.file("store.sqlite") }

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test(arguments: DatabaseConformance.allCases) func `SQLite does what the store asks of an engine`(
        check: DatabaseConformance
    ) async throws {
        try await check.run(on: try SQLiteStore(path: path))
    }

    @Test func `what was written is there after opening again`() async throws {
        try await Migrator.migrate(try SQLiteStore(path: path))
        _ = try await SQLiteStore(path: path).write { try Counter.next("things", in: $0) }
        #expect(try await SQLiteStore(path: path).write { try Counter.next("things", in: $0) } == 2)
    }

    @Test func `every commit is synced, in a write-ahead log`() async throws {
        let settings = try await SQLiteStore(path: path).write { transaction in
            [try transaction.query("PRAGMA synchronous", []), try transaction.query("PRAGMA journal_mode", [])]
                .compactMap(\.first?.values)
        }
        #expect(settings == [[.integer(Int64(2))], [.text("wal")]])
    }

    @Test func `the files are closed to others, whatever the umask`() async throws {
        let store = try SQLiteStore(path: path)
        try await Migrator.migrate(store)
        for name in ["store.sqlite", "store.sqlite-wal", "store.sqlite-shm"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: directory.file(name))
            #expect((attributes[.posixPermissions] as? Int).map { $0 & 0o137 } == 0, "\(name)")
        }
    }

    @Test func `a file that is no database is refused`() throws {
        try Data(repeating: 0x41, count: 8_192).write(to: URL(filePath: path))
        let error = #expect(throws: StoreError.self) { try SQLiteStore(path: path) }
        #expect(error?.code == .schema)
        #expect(error?.description.contains(path) == true)
    }

    @Test func `a path that cannot be opened is unavailable`() {
        let error = #expect(throws: StoreError.self) { try SQLiteStore(path: directory.file("none/store.sqlite")) }
        #expect(error?.code == .unavailable)
    }

    @Test func `a number with a fraction is no value of ours`() async throws {
        let store = try SQLiteStore(path: path)
        let error = await #expect(throws: StoreError.self) {
            try await store.read { try $0.query("SELECT 0.5", []).count }
        }
        #expect(error?.code == .row)
    }
}
