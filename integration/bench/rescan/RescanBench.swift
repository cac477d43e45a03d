// SPDX-License-Identifier: Apache-2.0

// A rule is saved over a whole history, as rearguardd goes about it: store, sealed objects, index, two workers, no rate.
// From the rule's file to the end of its rescan, with the index and without, in one run; and what the index costs at
// ingest and at a start. The second part measures how fast a rescan goes past objects that cannot be hits.
//
//     integration/bench/rescan/run [OBJECTS [ROWS]]        20,000 objects are 1.5 GB

import Bytes
import Cryptography
import Foundation
import ObjectIndex
import Objects
import Rescans
import SQLiteDatabase
import Store

@main struct RescanBench {
    static func main() async throws {
        let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        let folder = FileManager.default.temporaryDirectory.appending(path: "rescan-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder.appending(path: "rules"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let bench = try await RescanBench(folder: folder)
        try await bench.ingest(numbers.first ?? 20_000)
        try await bench.start()
        try await bench.rescans()
        try await bench.goPast(numbers.dropFirst().first ?? 1_000_000)
    }

    private static let text = "Kh4rl Updater Service 7.1"
    private static let rules = [
        "one_text": "strings: $a = \"\(text)\" condition: $a",
        "two_texts": "strings: $a = \"kh4rl updater\" nocase wide ascii $b = \"Service 7.1\" condition: all of them",
        "xored": "strings: $a = \"http://config.badhost.example\" xor(1-255) condition: $a",
    ]

    private let folder: URL
    private let store: SQLiteStore
    private let directory: ObjectDirectory
    private let key: ObjectKey

    private init(folder: URL) async throws {
        self.folder = folder
        store = try SQLiteStore(path: folder.appending(path: "store.sqlite").path)
        try await Migrator.migrate(store)
        directory = ObjectDirectory(path: folder.appending(path: "objects").path)
        key = try ObjectKeys(text: ObjectKeys.newText(), name: "keys").current
        try directory.make()
    }

    private func keeper() throws -> IndexKeeper {
        let (directory, key) = (directory, key)
        return try IndexKeeper(
            folder: folder.appending(path: "objects/index").path, database: store,
            fetch: { try directory.object($0)?.content(key) },
            tell: { FileHandle.standardError.write(Data("\($0)\n".utf8)) })
    }

    /// Objects of ten days; one in 500 has the text.
    private func ingest(_ count: Int) async throws {
        var maker = ObjectMaker(seed: 5)
        let keeper = try keeper()
        try await keeper.upkeep()
        var (size, spent) = (0, Duration.zero)
        for begin in stride(from: 0, to: count, by: 100) {
            var kept: [(KeptObject, Int64)] = []
            for number in begin..<min(count, begin + 100) {
                var object = maker.object()
                if number % 500 == 250 { maker.plant(Array(Self.text.utf8), in: &object) }
                let digest = SHA256.digest(object)
                try directory.put(SealedObject(sealing: object, sha256: digest, key: key))
                let at = Int64(number * 10 / count) * 86_400_000 + Int64(number)
                let start = ContinuousClock.now
                keeper.add(object, sha256: Hex.encode(digest).text, at: at)
                spent += .now - start
                size += object.count
                kept.append(
                    (KeptObject(sha256: Hex.encode(digest).text, size: Int64(object.count), sealedSize: 1, key: 1), at))
            }
            let batch = kept
            try await store.write { transaction in
                for (object, at) in batch { try ObjectStore.keep(object, at: at, in: transaction) }
            }
            let start = ContinuousClock.now
            if begin % 1_000 == 0 { await keeper.flush() }
            if begin % 2_000 == 0 { try await keeper.upkeep() }
            spent += .now - start
        }
        await keeper.flush()
        try await keeper.upkeep()
        let (objects, bytes) = keeper.shelf.total
        print("objects \(objects) of \(size / 1_000_000) MB")
        print("index_share \(rounded(Double(bytes) / Double(size), 3))")
        print("ingest_mb_a_second \(rounded(Double(size) / 1e6 / seconds(spent), 1))")
    }

    /// What a start costs until the index can be asked: checksums, and the comparison with the store.
    private func start() async throws {
        let begin = ContinuousClock.now
        let keeper = try keeper()
        try await keeper.upkeep()
        print("start_s \(rounded(seconds(.now - begin), 2)) for \(keeper.shelf.total.size / 1_000_000) MB of index")
    }

    private func rescans() async throws {
        let keeper = try keeper()
        try await keeper.upkeep()
        let indexed = runner(keeper.shelf)
        try await indexed.watch()
        for (name, body) in Self.rules.sorted(by: { $0.key < $1.key }) {
            let (fast, row) = try await time(indexed, "rule \(name) { \(body) }", "\(name).yar")
            let (slow, plain) = try await time(runner(nil), "rule \(name)_again { \(body) }", "\(name)_again.yar")
            print(
                """
                \(name) indexed_s \(rounded(fast, 3)) candidates \(row.candidates) read \(row.read) hits \(row.hits) \
                everything_s \(rounded(slow, 2)) hits \(plain.hits) ratio \(rounded(slow / fast, 0))
                """)
        }
    }

    private func runner(_ index: ObjectShelf?) -> RescanRunner {
        let (directory, key) = (directory, key)
        return RescanRunner(
            database: store,
            engines: [YaraEngine(folder: folder.appending(path: "rules"), index: index)], rate: 1_000_000_000,
            window: 1 << 50, fetch: { try directory.object($0)?.content(key) }, now: { 1 << 49 }, tell: { _ in })
    }

    /// Seconds from the file to the end of its rescan.
    private func time(_ runner: RescanRunner, _ rule: String, _ name: String) async throws -> (Double, RescanRow) {
        let begin = ContinuousClock.now
        try Data(rule.utf8).write(to: folder.appending(path: "rules/\(name)"))
        try await runner.watch()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 { group.addTask { while try await runner.work() {} } }
            try await group.waitForAll()
        }
        try await runner.watch()
        let spent = seconds(.now - begin)
        guard let row = try await store.read({ try RescanStore.list(running: false, limit: 1, in: $0) }).first else {
            throw StoreError(.notFound, "no rescan ended")
        }
        return (spent, row)
    }

    /// Rows alone: an engine that has no candidate among them.
    private func goPast(_ count: Int) async throws {
        for begin in stride(from: 0, to: count, by: 10_000) {
            try await store.write { transaction in
                for number in begin..<min(count, begin + 10_000) {
                    let name = Hex.encode(SHA256.digest(Array("\(number)".utf8))).text
                    let object = KeptObject(sha256: name, size: 1, sealedSize: 1, key: 1)
                    try ObjectStore.keep(object, at: Int64(number), in: transaction)
                }
            }
        }
        let runner = RescanRunner(
            database: store, engines: [NoCandidates()], rate: 1_000_000_000, window: 1 << 50, fetch: { _ in nil },
            now: { 1 << 49 }, tell: { _ in })
        let begin = ContinuousClock.now
        try await runner.watch()
        while try await runner.work() {}
        try await runner.watch()
        let row = try await store.read { try RescanStore.list(running: false, limit: 1, in: $0) }.first
        print("past_objects \(row?.done ?? 0) in_s \(rounded(seconds(.now - begin), 2)) read \(row?.read ?? -1)")
    }

    private func seconds(_ time: Duration) -> Double { time / .seconds(1) }
    private func rounded(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
}

private struct NoCandidates: RescanEngine {
    let name = "none"

    func signatures() async throws -> EngineSignatures {
        EngineSignatures(version: "1", parts: ["rule": "1"], slowParts: [])
    }

    func filter(for rescan: RescanRow) async throws -> RescanFilter { .candidates { _ in [] } }

    func judge(
        _ digests: [String], parts: [String], rescan: Int64, fetch: @Sendable @escaping (String) throws -> [UInt8]?
    ) async -> [String: RescanOutcome] { [:] }
}
