// SPDX-License-Identifier: Apache-2.0

import Foundation
import Mail
import ObjectIndex
import Playbooks
import Rescans
import Store
import Testing
import Verdicts

@Suite struct NeighbourSearchTests {
    private let store: TemporaryStore
    private let search: NeighbourSearch

    init() async throws {
        store = try await TemporaryStore()
        search = NeighbourSearch(database: store, now: { 9_000 })
    }

    /// A TLSH whose body has so many values of two bits other by one than that of 0.
    private func tlsh(_ distance: Int) -> String {
        var body = [UInt8](repeating: 0, count: 32)
        for place in 0..<distance { body[place / 4] |= 1 << UInt8(place % 4 * 2) }
        return "T1000000" + body.map { String(format: "%02X", $0) }.joined()
    }

    private func keep(_ digit: Character, _ distance: Int, message number: UInt64? = nil) async throws {
        let tlsh = tlsh(distance)
        try await store.write { transaction in
            let object = KeptObject(sha256: digest(digit), size: 99, sealedSize: 9, key: 1, tlsh: tlsh)
            try ObjectStore.take(object, at: 500, in: transaction)
            if let number { try MessageStore.insert(message(number, files: [digest(digit)]), in: transaction) }
        }
    }

    private func condemn(_ value: String, source: String = "admin", _ verdict: Verdict = .malicious) async throws {
        let new = try indicator(value, .file, verdict, source: source)
        _ = try await store.write { try IndicatorStore.add(new, in: $0) }
    }

    private func alerts() async throws -> [AlertRow] {
        try await store.read { try AlertStore.list(limit: 100, in: $0).reversed() }
    }

    private func neighbours(of digit: Character) async throws -> [String] {
        try await store.read { try NeighbourStore.neighbours(of: digest(digit), limit: 100, in: $0) }
            .map { "\($0.sha256.prefix(1)) \($0.distance)" }
    }

    @Test func `what is near a file that turns malicious is one alert of its own kind, with all of them`() async throws
    {
        try await keep("a", 0, message: 1)
        try await keep("b", 30, message: 2)
        try await keep("c", 31, message: 3)
        try await keep("d", 7, message: 4)
        #expect(try await search.run() == 0)
        try await condemn(digest("a"))
        #expect(try await search.run() == 1)
        let alert = try #require(try await alerts().first)
        #expect(alert.kind == "file_neighbour" && alert.severity == .medium)
        #expect(alert.subject == "similar \(digest("a"))")
        #expect(alert.reference == reference(4).description)
        #expect(
            alert.title
                == "2 files resemble bill-0.pdf, which is malicious (nearest: bill-0.pdf, distance 7)")
        #expect(try await neighbours(of: "a") == ["d 7", "b 30"])
        let messages = try await store.read {
            try MessageStore.messages(about: Subject(kind: .similar, value: digest("a")), limit: 10, in: $0)
        }
        #expect(messages.map(\.reference) == [2, 4].map { reference($0).description })
        #expect(try await search.run() == 0)
    }

    @Test func `a hit of a rule is an occasion, too; a suspicion and a vouched-for file are none`() async throws {
        for (digit, distance) in [("a", 0), ("b", 60), ("c", 120)] as [(Character, Int)] {
            try await keep(digit, distance)
        }
        for (digit, distance) in [("1", 1), ("2", 61), ("3", 121)] as [(Character, Int)] {
            try await keep(digit, distance)
        }
        _ = try await search.run()
        try await condemn(digest("a"), source: "yara/a.yar:bad")
        try await condemn(digest("b"), .suspicious)
        try await condemn(digest("c"), source: "feed")
        try await condemn(digest("c"), .clean)
        #expect(try await search.run() == 1)
        #expect(try await alerts().map(\.subject) == ["similar \(digest("a"))"])
    }

    @Test func `what somebody says something about is nobody's neighbour`() async throws {
        for (digit, distance) in [("a", 0), ("b", 1), ("c", 2), ("d", 3)] as [(Character, Int)] {
            try await keep(digit, distance)
        }
        _ = try await search.run()
        try await condemn(digest("b"), .clean)
        try await condemn(digest("c"), source: "yara/x.yar:x")
        try await condemn(digest("a"))
        _ = try await search.run()
        #expect(try await neighbours(of: "a") == ["d 3"])
        #expect(try await alerts().map(\.subject) == ["similar \(digest("c"))"])
    }

    @Test func `a variant that comes later is told of, each once`() async throws {
        try await keep("a", 0, message: 1)
        try await condemn(digest("a"))
        #expect(try await search.run() == 0)
        try await keep("b", 12, message: 2)
        try await keep("c", 90, message: 3)
        #expect(try await search.run() == 1)
        #expect(try await neighbours(of: "a") == ["b 12"])
        try await keep("b", 12)
        #expect(try await search.run() == 0)
        try await keep("d", 13, message: 4)
        #expect(try await search.run() == 1)
        #expect(try await alerts().map(\.reference) == [2, 4].map { reference($0).description })
    }

    @Test func `a file that was known to be malicious before it came is searched for when it comes`() async throws {
        try await condemn(digest("a"))
        try await keep("b", 5, message: 1)
        #expect(try await search.run() == 0)
        try await keep("a", 0, message: 2)
        #expect(try await search.run() == 1)
        #expect(try await neighbours(of: "a") == ["b 5"])
    }

    @Test func `more indicators at once than are looked at together are all followed`() async throws {
        try await keep("a", 0)
        try await keep("b", 60)
        try await keep("c", 5)
        try await keep("d", 65)
        _ = try await search.run()
        try await store.write { transaction in
            for number in 0..<2_500 {
                let name = String(format: "%064x", number)
                let own = number < 70 ? "T1888888" + String(repeating: String(format: "%02lx", number), count: 32) : nil
                if let own {
                    let object = KeptObject(sha256: name, size: 9, sealedSize: 9, key: 1, tlsh: own)
                    try ObjectStore.take(object, at: 1, in: transaction)
                }
                _ = try IndicatorStore.add(try indicator(name, .file, source: "feed"), in: transaction)
                if number == 0 { _ = try IndicatorStore.add(try indicator(digest("a"), .file), in: transaction) }
            }
            _ = try IndicatorStore.add(try indicator(digest("b"), .file), in: transaction)
        }
        #expect(try await search.run() == 2)
        #expect(try await neighbours(of: "a") == ["c 5"])
        #expect(try await neighbours(of: "b") == ["d 5"])
    }

    @Test func `after a failure at any statement the next run does what is missing, and nothing twice`() async throws {
        try await keep("a", 0, message: 1)
        try await keep("b", 5, message: 2)
        try await condemn(digest("a"))
        var statement = 1
        while true {
            do {
                let search = NeighbourSearch(
                    database: FailingDatabase(store, atStatement: statement), now: { 9_000 })
                _ = try await search.run()
                break
            } catch let error as StoreError {
                #expect(error == FailingDatabase.failure)
            }
            statement += 1
        }
        #expect(statement > 10)
        #expect(try await alerts().map(\.kind) == ["file_neighbour"])
    }

    @Test func `more objects than stand in memory unsorted are all found`() async throws {
        let search = NeighbourSearch(database: store, tailLimit: 20, now: { 9_000 })
        try await keep("a", 0)
        _ = try await search.run()
        let near = tlsh(3)
        for round in 0..<3 {
            try await store.write { transaction in
                for number in 0..<50 {
                    let name = String(format: "%064x", round * 50 + number + 1)
                    let other = String(format: "%016lx", (round * 50 + number) &* 0x1E37_79B9_7F4A_7C15)
                    let object = KeptObject(
                        sha256: name, size: 9, sealedSize: 9, key: 1,
                        tlsh: number == 7 ? near : "T1888888" + String(repeating: other, count: 4))
                    try ObjectStore.take(object, at: 1, in: transaction)
                }
            }
            _ = try await search.run()
        }
        try await condemn(digest("a"))
        #expect(try await search.run() == 1)
        #expect(try await neighbours(of: "a").count == 3)
    }
}
