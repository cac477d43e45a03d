// SPDX-License-Identifier: Apache-2.0

import Foundation
import ObjectIndex
import Rescans
import RuleText
import Store
import Synchronization
import Testing

@Suite struct IndexKeeperTests {
    private let objects: Objects
    private let told = Told()

    private final class Told: Sendable {
        private let lines = Mutex<[String]>([])

        func note(_ event: IndexEvent) {
            let line =
                switch event {
                case .damaged(let error): "damaged \(error.code)"
                case .notWritten(let error): "not written \(error.code)"
                case .rebuilt(let objects, _): "rebuilt \(objects)"
                case .dropped(let files): "dropped \(files)"
                }
            lines.withLock { $0.append(line) }
        }

        func take() -> [String] {
            lines.withLock { lines in
                defer { lines = [] }
                return lines
            }
        }
    }

    init() async throws { objects = try await Objects() }

    private func keeper() throws -> IndexKeeper {
        try IndexKeeper(folder: objects.index, database: objects.store, fetch: { objects.content($0) }) {
            [told] event in
            told.note(event)
        }
    }

    private func content(_ number: Int) -> [UInt8] { Array("the content of object \(number)".utf8) }

    private func keep(_ count: Int, in keeper: IndexKeeper? = nil) async throws -> [String] {
        var digests: [String] = []
        for number in 0..<count {
            let digest = try await objects.keep(content(number), at: Int64(number) * 40_000_000)
            keeper?.add(content(number), sha256: digest, at: Int64(number) * 40_000_000)
            digests.append(digest)
        }
        return digests
    }

    private func files() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: objects.index) }

    @Test func `objects that came before there was an index are read, by their days`() async throws {
        _ = try await keep(6)
        let keeper = try keeper()
        try await keeper.upkeep()
        #expect(told.take() == ["rebuilt 6"])
        #expect(keeper.shelf.total.objects == 6)
        #expect(Set(try files().map { $0.prefix(1) }) == ["0", "1", "2"])
        _ = objects.takeReads()
        try await keeper.upkeep()
        #expect(objects.takeReads().isEmpty)
    }

    @Test func `what was not written when the process ended is read again, and nothing else`() async throws {
        let before = try keeper()
        let digests = try await keep(3, in: before)
        await before.flush()
        let last = try await objects.keep(Array("one more".utf8), at: 1)
        before.add(Array("one more".utf8), sha256: last, at: 1)
        _ = (told.take(), objects.takeReads())
        let keeper = try keeper()
        try await keeper.upkeep()
        #expect(told.take() == ["rebuilt 1"])
        #expect(objects.takeReads() == [last])
        #expect(keeper.shelf.total.objects == digests.count + 1)
    }

    @Test func `a damaged file is told of, and made again`() async throws {
        let before = try keeper()
        _ = try await keep(2, in: before)
        await before.flush()
        let name = try #require(try files().first)
        try Data("nonsense".utf8).write(to: URL(filePath: objects.index + "/" + name))
        let keeper = try keeper()
        try await keeper.upkeep()
        #expect(told.take() == ["damaged damaged", "rebuilt 2"])
        #expect(keeper.shelf.total.objects == 2)
    }

    @Test func `what went while nobody ran is forgotten`() async throws {
        let before = try keeper()
        let digests = try await keep(4, in: before)
        await before.flush()
        try await objects.drop(digests[0], as: .evicted)
        try await objects.drop(digests[1], as: .evicted)
        try await objects.drop(digests[2], as: .erased)
        let keeper = try keeper()
        try await keeper.upkeep()
        #expect(keeper.shelf.total.objects == 1)
        #expect(told.take() == ["dropped 1"])
        #expect(try files().count == 1)
    }

    @Test func `a folder that cannot be written to costs speed, and no hit`() async throws {
        let keeper = try keeper()
        try FileManager.default.removeItem(atPath: objects.index)
        let digests = try await keep(2, in: keeper)
        await keeper.flush()
        #expect(told.take() == ["not written unwritable"])
        let answer = keeper.shelf.answer(to: .text(Array("no such text".utf8)))
        #expect(answer.candidates(among: digests.map { Array($0.utf8) }).count == 2)
    }
}
