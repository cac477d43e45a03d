// SPDX-License-Identifier: Apache-2.0

import Foundation
import Mail
import Playbooks
import Records
import SQLiteDatabase
import Store
import Synchronization
import Testing

@testable import Investigations

/// A store in a temporary file, with what a few messages, clicks and indicators leave in it.
final class StoreFixture: Sendable {
    let database: SQLiteStore
    private let folder: URL

    init() async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "rearguard-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        database = try SQLiteStore(path: folder.appending(path: "store.sqlite").path)
        try await Migrator.migrate(database)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    func run(_ statement: String, _ parameters: [SQLValue] = []) async throws {
        _ = try await database.write { transaction in try transaction.execute(statement, parameters) }
    }

    func rows(_ query: String) async throws -> [String] {
        try await database.read { transaction in
            try transaction.query(query, []).map { row in
                row.values.map { value in
                    switch value {
                    case .null: "-"
                    case .integer(let number): "\(number)"
                    case .text(let text): text
                    case .bytes(let bytes): "\(bytes)"
                    }
                }
                .joined(separator: "|")
            }
        }
    }

    // MARK: What came in

    static let url = "http://evil.example/login?id=7"
    static let file = String(repeating: "ab", count: 32)

    func message(
        _ reference: String, at: Int64 = 1_000, to recipients: [String], subject: String = "Hello", url: String? = nil,
        file: String? = nil
    ) async throws {
        var record = MessageRecord(
            reference: try #require(MessageReference(text: reference)), stamp: "stamp-\(reference)", at: at,
            queueID: "Q1",
            sender: "mallory@evil.example", recipients: recipients, size: 1, rewriting: .rewritten)
        record.subject = subject
        if let url { record.links = [LinkRecord(ordinal: 0, url: url, part: "1", place: .html, rewritten: true)] }
        if let file {
            record.attachments = [
                AttachmentRecord(part: "2", name: "invoice.zip", mediaType: "application/zip", size: 10, sha256: file)
            ]
        }
        let message = record
        _ = try await database.write { transaction in try MessageStore.insert(message, in: transaction) }
    }

    func click(_ id: String, in reference: String, recipient: Int, at: Int64 = 2_000) async throws {
        let record = ClickRecord(
            id: id, at: at, reference: try #require(MessageReference(text: reference)), ordinal: 0,
            recipient: recipient,
            url: Self.url, outcome: .allowed, verdict: "unknown", indicators: [], method: "GET", client: "192.0.2.7",
            userAgent: "curl")
        _ = try await database.write { transaction in try ClickStore.insert(record, in: transaction) }
    }

    func indicator(
        _ number: Int64 = 1, kind: String = "url", pattern: String = "evil.example/login",
        verdict: String = "malicious",
        reason: String? = "phishing kit"
    ) async throws {
        try await run(
            """
            INSERT INTO indicators (number, kind, pattern, value, verdict, source, reason, created_at, expires_at,
                removed_at, looked_back) VALUES ($1, $2, $3, $3, $4, 'admin', $5, 3000, NULL, NULL, 1)
            """, [.integer(number), .text(kind), .text(pattern), .text(verdict), .optional(reason)])
    }

    func alert(
        _ number: Int64, _ kind: String = "url_click", subject: String = "url evil.example/login",
        reference: String? = nil
    ) async throws {
        try await run(
            """
            INSERT INTO alerts (number, at, kind, severity, subject, title, indicator, reference, cause, investigation,
                joined_because) VALUES ($1, 4000, $2, 'high', $3, 'A bad link was clicked', 1, $4, $5, NULL, NULL)
            """,
            [.integer(number), .text(kind), .text(subject), .optional(reference), .text("cause \(number)")])
        // Alerts that are raised afterwards get the numbers behind it.
        try await run(
            """
            INSERT INTO counters (name, value) VALUES ('alerts', $1)
            ON CONFLICT (name) DO UPDATE SET value = MAX(counters.value, excluded.value)
            """, [.integer(number)])
    }

    // MARK: The story

    static let first = "00000000000000a1"
    static let second = "00000000000000b2"
    static let other = "00000000000000c3"

    /// One message to Bob, one to Bob and Carol, both with the link; one to Dave without; Bob clicked; the link is bad.
    static func story() async throws -> StoreFixture {
        let store = try await StoreFixture()
        try await store.message(first, to: ["bob@example.org"], subject: "Pay\u{1B}[2J \u{202E}now", url: url)
        try await store.message(second, at: 1_500, to: ["bob@example.org", "carol@example.org"], url: url)
        try await store.message(other, to: ["dave@example.org"], url: "http://good.example/login")
        try await store.click("0000000000000001", in: first, recipient: 1)
        try await store.indicator()
        try await store.alert(1, reference: first)
        return store
    }
}

/// A database that dies before its n-th write; what was committed before stays.
struct MortalDatabase: Database {
    /// The process is gone.
    struct Killed: Error {}

    let base: SQLiteStore
    private let life: Life

    /// Counts writes; shared by copies.
    final class Life: Sendable {
        let writesLeft: Mutex<Int>
        init(_ writes: Int) { writesLeft = Mutex(writes) }
    }

    init(_ base: SQLiteStore, writes: Int) {
        self.base = base
        life = Life(writes)
    }

    var writesLeft: Int { life.writesLeft.withLock { $0 } }

    func read<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        guard writesLeft > 0 else { throw Killed() }
        return try await base.read(body)
    }

    func write<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        let isAlive = life.writesLeft.withLock { left in
            left -= 1
            return left >= 0
        }
        guard isAlive else { throw Killed() }
        return try await base.write(body)
    }
}

/// A clock that stands until it is moved.
final class TestClock: Sendable {
    private let time = Mutex<Int64>(1_760_000_000_000)

    var now: Int64 { time.withLock { $0 } }

    func advance(by duration: Duration) {
        time.withLock { $0 += duration.components.seconds * 1_000 }
    }
}
