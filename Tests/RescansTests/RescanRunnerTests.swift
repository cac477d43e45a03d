// SPDX-License-Identifier: Apache-2.0

import Foundation
import ObjectIndex
import Rescans
import Store
import Testing

@Suite struct RescanRunnerTests {
    private let objects: Objects

    init() async throws { objects = try await Objects() }

    /// Objects of which one in seven has the words, in some spelling; `at` counts up with the number.
    private func keep(_ count: Int, from first: Int = 0, in keeper: IndexKeeper? = nil) async throws {
        for number in first..<first + count {
            let spelling = ["hidden words", "HIDDEN WORDS", "h\0i\0d\0d\0e\0n\0 \0w\0o\0r\0d\0s\0"][number % 3]
            let text = "object \(number): " + (number % 7 == 0 ? spelling : "nothing") + (number % 5 == 0 ? " MZ" : "")
            let digest = try await objects.keep(Array(text.utf8), at: Int64(number))
            keeper?.add(Array(text.utf8), sha256: digest, at: Int64(number))
        }
        await keeper?.flush()
    }

    private func keeper() throws -> IndexKeeper {
        try IndexKeeper(
            folder: objects.index, database: objects.store, fetch: { objects.content($0) }, tell: { _ in })
    }

    private func runner(_ index: ObjectShelf?, batch: Int = 50) -> RescanRunner {
        RescanRunner(
            database: objects.store, engines: [YaraEngine(folder: objects.rules, index: index)], rate: 1_000_000,
            batch: batch, window: 1_000_000, fetch: { objects.content($0) }, now: { 900 }, tell: { _ in })
    }

    /// Runs all that there is to run; the rescans that ended, the first one first.
    private func run(_ runner: RescanRunner) async throws -> [RescanRow] {
        let before = try await objects.store.read { try RescanStore.list(limit: 1, in: $0) }.first?.number ?? 0
        try await runner.watch()
        while try await runner.work() {}
        try await runner.watch()
        return try await objects.store.read { try RescanStore.list(limit: 50, in: $0) }
            .filter { $0.number > before }.reversed()
    }

    private static let words = """
        rule words { strings: $a = "hidden words" nocase wide ascii condition: $a }
        """
    private static let slow = """
        rule ending { strings: $a = "MZ" condition: $a }
        """

    @Test func `with the index the same is found, and only candidates are read`() async throws {
        let keeper = try keeper()
        try await keep(140, in: keeper)
        try await keeper.upkeep()
        // What the index does not know is a candidate.
        try await keep(14, from: 140)
        let runner = runner(keeper.shelf)
        try objects.write("rule first { condition: false }", to: "first.yar")
        _ = try await run(runner)
        _ = objects.takeReads()
        try objects.write(Self.words, to: "words.yar")
        let row = try #require(try await run(runner).first)
        let reads = objects.takeReads()
        #expect(row.lane == .indexed && row.parts == ["words.yar:words"])
        #expect(row.total == 154 && row.done == 154 && row.hits == 22)
        #expect(row.candidates == 34 && row.read == 34)
        #expect(reads.count == 34 && Set(reads).count == 34)
        let indexed = try await objects.said()

        // The same rule by brute force, over a store of its own.
        let plain = try await RescanRunnerTests()
        try await plain.keep(154)
        try plain.objects.write(Self.words, to: "words.yar")
        let other = try #require(try await plain.run(plain.runner(nil)).first)
        #expect(other.lane == nil && other.candidates == 154 && other.read == 154)
        #expect(try await plain.objects.said() == indexed)
    }

    @Test func `the newest objects are read first`() async throws {
        let keeper = try keeper()
        try await keep(70, in: keeper)
        try await keeper.upkeep()
        try objects.write(Self.words, to: "words.yar")
        _ = try await run(runner(keeper.shelf, batch: 1))
        let rows = try await objects.store.read { try ObjectStore.list(limit: 100, in: $0) }
        let reads = objects.takeReads()
        #expect(reads == rows.map(\.sha256).filter(Set(reads).contains))
        #expect(reads.count == 10)
    }

    @Test func `rules without a literal are a rescan of their own, which reads everything`() async throws {
        let keeper = try keeper()
        try await keep(35, in: keeper)
        try await keeper.upkeep()
        try objects.write(Self.words, to: "words.yar")
        try objects.write(Self.slow, to: "slow.yar")
        let rows = try await run(runner(keeper.shelf))
        #expect(rows.map(\.lane) == [.indexed, .slow])
        #expect(rows.map(\.candidates) == [5, 35] && rows.map(\.read) == [5, 35] && rows.map(\.hits) == [5, 7])
        #expect(rows[1].reason == "changed: slow.yar:ending (no literal to ask the index for)")
    }

    @Test func `first bytes and sizes bound what a slow rule reads`() async throws {
        let keeper = try keeper()
        try await keep(35, in: keeper)
        try await keeper.upkeep()
        try objects.write("rule short { condition: filesize < 18 }", to: "slow.yar")
        let row = try #require(try await run(runner(keeper.shelf)).first)
        #expect(row.lane == .slow && row.hits > 0 && row.hits < 35)
        #expect(row.candidates == row.hits && row.read == row.hits)
    }

    @Test func `a rule that no longer holds is taken back where it held, unread`() async throws {
        let keeper = try keeper()
        try await keep(35, in: keeper)
        try await keeper.upkeep()
        let runner = runner(keeper.shelf)
        try objects.write(Self.words, to: "words.yar")
        _ = try await run(runner)
        #expect(try await objects.said().count == 5)
        _ = objects.takeReads()
        try objects.write(Self.words.replacing("hidden words", with: "words nobody has written"), to: "words.yar")
        let row = try #require(try await run(runner).first)
        #expect(row.withdrawn == 5 && row.candidates == 5 && row.read == 0)
        #expect(objects.takeReads().isEmpty)
        #expect(try await objects.said().isEmpty)
    }

    @Test func `a rescan waits until the index was checked after a start`() async throws {
        let before = try keeper()
        try await keep(35, in: before)
        let keeper = try keeper()
        let runner = runner(keeper.shelf)
        try objects.write(Self.words, to: "words.yar")
        try await runner.watch()
        #expect(try await !runner.work())
        try await keeper.upkeep()
        #expect(objects.takeReads().isEmpty)
        while try await runner.work() {}
        #expect(objects.takeReads().count == 5)
    }
}
