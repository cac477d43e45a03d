// SPDX-License-Identifier: Apache-2.0

import Foundation
import Mail
import Playbooks
import Records
import SQLiteDatabase
import Store
import Synchronization
import Web

@testable import Console

/// The API over a store in a temporary file, asked without a socket; the time stands at 10,000.
final class Office: Sendable {
    static let now: Int64 = 10_000
    let store: any Database
    let health = Health()
    private let log = Mutex<[String]>([])
    private let publications = Mutex(0)
    private let folder: URL
    private let indexProblem: String?

    struct IndexProblem: Error, CustomStringConvertible {
        let description: String
    }

    /// With an index problem the verdict index cannot be written.
    init(indexProblem: String? = nil) async throws {
        self.indexProblem = indexProblem
        folder = FileManager.default.temporaryDirectory.appending(path: "rearguard-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let store = try SQLiteStore(path: folder.appending(path: "store.sqlite").path)
        try await Migrator.migrate(store)
        self.store = store
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// What went to the log.
    var logged: [String] { log.withLock(\.self) }
    /// How often the verdict index was to be written.
    var published: Int { publications.withLock(\.self) }
    var socket: String { folder.appending(path: "admin.sock").path }

    func api(_ database: (any Database)? = nil) -> AdminAPI {
        AdminAPI(
            database: database ?? store, health: health,
            indicatorsChanged: { [self] in
                publications.withLock { $0 += 1 }
                if let indexProblem { throw IndexProblem(description: indexProblem) }
            },
            now: { Self.now }, onError: { [self] text in log.withLock { $0.append(text) } })
    }

    // MARK: Asking

    func ask(_ method: String, _ target: String, _ body: String = "", of database: (any Database)? = nil) async
        -> WebResponse
    {
        await api(database).routes.response(
            to: WebRequest(method: method, target: Array(target.utf8), body: Array(body.utf8)))
    }

    func get<Value: Decodable>(_ target: String, as type: Value.Type) async throws -> Value {
        try JSON.decode(type, from: await ask("GET", target).body)
    }

    /// Status and message of a refusal.
    func refusal(_ method: String, _ target: String, _ body: String = "", of database: (any Database)? = nil)
        async throws -> Refusal
    {
        let answer = await ask(method, target, body, of: database)
        return Refusal(answer.status, try JSON.decode(ErrorBody.self, from: answer.body).error.message)
    }

    struct Refusal: Hashable {
        let status: Int
        let message: String

        init(_ status: Int, _ message: String) {
            self.status = status
            self.message = message
        }
    }

    // MARK: What is there

    func run(_ statement: String, _ parameters: [SQLValue] = []) async throws {
        _ = try await store.write { transaction in try transaction.execute(statement, parameters) }
    }

    func message(_ number: Int, at: Int64 = 1_000) async throws {
        let digits = String(number)
        let reference = String(repeating: "0", count: 16 - digits.count) + digits
        guard let reference = MessageReference(text: reference) else { return }
        let record = MessageRecord(
            reference: reference, stamp: "stamp", at: at, queueID: "Q\(number)", sender: "mallory@evil.example",
            recipients: ["alice@example.org"], size: 1, rewriting: .unchanged)
        _ = try await store.write { transaction in try MessageStore.insert(record, in: transaction) }
    }

    /// An action that waits for approval; answers its number.
    func proposal() async throws -> Int64 {
        try await store.write { transaction in
            try ActionStore.add(
                .quarantineMessages, investigation: nil, step: nil, reason: "phishing", at: 1, in: transaction)
        }
    }

    /// Verb, object and detail of the audit trail, the oldest first, each with who it was.
    func audit() async throws -> [String] {
        try await store.read { transaction in
            try AuditStore.list(limit: 100, in: transaction).reversed().map { row in
                "\(row.actor): \(row.verb) \(row.object)" + (row.detail.map { " (\($0))" } ?? "")
            }
        }
    }
}

/// A store that is away.
struct AwayDatabase: Database {
    func read<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        throw StoreError(.unavailable, "disk I/O error")
    }

    func write<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        throw StoreError(.unavailable, "database or disk is full")
    }
}
