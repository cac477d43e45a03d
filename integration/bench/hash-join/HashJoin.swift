// SPDX-License-Identifier: Apache-2.0

// What `run` compares in Python, as the store does it: new digests against the attachments of a store, in the batches of a
// look-back. Prints milliseconds.
//
//     REARGUARD_BENCH=1 swift run -c release bench-hash-join [FINGERPRINTS [INDICATORS]]

import Foundation
import Mail
import Records
import SQLiteDatabase
import Store

@main struct HashJoin {
    /// As `LookBack` asks.
    private static let batch = 20_000
    /// One digest in so many is of a file that came.
    private static let share = 1_000

    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        let fingerprints = arguments.first ?? 5_000_000
        let indicators = arguments.dropFirst().first ?? 1_000_000
        let folder = FileManager.default.temporaryDirectory.appending(path: "hash-join-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try SQLiteStore(path: folder.appending(path: "store.sqlite").path)
        try await Migrator.migrate(store)
        try await fill(store, fingerprints)
        let digests = try await digests(store, indicators, of: fingerprints)
        let begin = ContinuousClock.now
        var found = 0
        for start in stride(from: 0, to: digests.count, by: batch) {
            let some = Array(digests[start..<min(start + batch, digests.count)])
            found += try await store.read { try MessageStore.known(files: some, in: $0).count }
        }
        let time = ContinuousClock.now - begin
        print("found \(found) of \(fingerprints) fingerprints by \(digests.count) indicators")
        print("look_up_ms \(time / .milliseconds(1))")
    }

    /// All of one message; in the order of their digests, so that the index is written from one end to the other.
    private static func fill(_ store: SQLiteStore, _ count: Int) async throws {
        let message = MessageRecord(
            reference: MessageReference(bits: 1), stamp: "s", at: 1_000, queueID: "Q", sender: "a@example.org",
            recipients: ["b@example.net"], size: 1, rewriting: .rewritten)
        let reference = "\(message.reference)"
        try await store.write { transaction in
            try MessageStore.insert(message, in: transaction)
            try transaction.execute(
                """
                WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < $1)
                INSERT INTO attachments (reference, number, part, media_type, size, sha256)
                SELECT $2, row_number() OVER (), '2', 'application/pdf', 70000, digest
                FROM (SELECT lower(hex(randomblob(32))) AS digest FROM numbers ORDER BY digest)
                """, [.integer(Int64(count)), .text(reference)])
        }
    }

    private static func digests(_ store: SQLiteStore, _ count: Int, of fingerprints: Int) async throws -> [String] {
        let wanted = Int64(count / share)
        let known = try await store.read { transaction in
            try transaction.query(
                "SELECT sha256 FROM attachments WHERE number % $1 = 0 LIMIT $2",
                [.integer(Int64(fingerprints) / max(1, wanted)), .integer(wanted)])
        }.compactMap { row in if case .text(let digest)? = row.values.first { digest } else { nil } }
        let new = (known.count..<count).map { _ in
            (0..<4).map { _ in
                let digits = String(UInt64.random(in: .min ... .max), radix: 16)
                return String(repeating: "0", count: 16 - digits.count) + digits
            }.joined()
        }
        return (known + new).shuffled()
    }
}
