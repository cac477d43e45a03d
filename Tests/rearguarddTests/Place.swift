// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import SQLiteDatabase
import Store
import Synchronization
import Telemetry

/// A state directory with a store, gone when the last reference goes.
final class Place: Sendable {
    let path: String
    let store: any Database

    init() async throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "rearguard-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
        path = url.path(percentEncoded: false)
        let store = try SQLiteStore(path: "\(path)/store.sqlite")
        try await Migrator.migrate(store)
        self.store = store
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }

    func makeDirectory(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: false)
    }
}

/// A log that is kept: all from level info on.
final class Lines: Sendable {
    private let kept = Mutex<[String]>([])

    var all: [String] { kept.withLock(\.self) }

    var logger: Logger {
        Logger(label: "test") { [self] _ in
            LineLog(level: .info, lead: .none) { line in
                self.kept.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
            }
        }
    }
}
