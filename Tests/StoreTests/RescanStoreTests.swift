// SPDX-License-Identifier: Apache-2.0

import Store
import Testing
import Verdicts

@Suite struct RescanStoreTests {
    private let engine = EngineRow(name: "yara", version: "1", number: 1, parts: ["a:one": "x"], at: 0)

    /// Kept objects, the first the oldest.
    private func store(objects: Int) async throws -> TemporaryStore {
        let store = try await TemporaryStore()
        try await store.write { transaction in
            for number in 0..<objects {
                let object = KeptObject(sha256: digest(number), size: 1, sealedSize: 1, key: 1)
                try ObjectStore.keep(object, at: Int64(number), in: transaction)
            }
            try RescanStore.put(engine, in: transaction)
        }
        return store
    }

    private func begin(_ store: TemporaryStore, parts: [String] = []) async throws -> Int64 {
        try await store.write {
            try RescanStore.begin(engine, parts: parts, since: 0, reason: "test", at: 100, in: $0)
        }
    }

    private func claim(
        _ store: TemporaryStore, _ limit: Int, lease: Int64, at: Int64 = 100
    ) async throws -> [RescanWork] {
        try await store.write {
            try RescanStore.claim(engines: ["yara"], limit: limit, lease: lease, at: at, in: $0).work
        }
    }

    private func finish(_ store: TemporaryStore, _ work: [RescanWork], _ outcome: RescanOutcome) async throws {
        try await store.write { transaction in
            for item in work { try RescanStore.finish(item, outcome, signatures: 1, at: 200, in: transaction) }
        }
    }

    @Test func `objects are taken from the newest to the oldest, each by one worker`() async throws {
        let store = try await store(objects: 5)
        let number = try await begin(store)
        let one = try await claim(store, 2, lease: 1_001)
        let two = try await claim(store, 9, lease: 1_002)
        #expect(one.map(\.sha256) == [digest(4), digest(3)])
        #expect(two.map(\.sha256) == [digest(2), digest(1), digest(0)])
        #expect(try await store.write { try RescanStore.endDone(at: 1, in: $0) }.isEmpty)
        try await finish(store, one + two, .judged([:]))
        let ended = try await store.write { try RescanStore.endDone(at: 300, in: $0) }
        #expect(ended.map(\.number) == [number])
        #expect(ended.first?.done == 5)
        #expect(ended.first?.total == 5)
    }

    @Test func `what a worker had in hand goes to another when its lease is over, and counts once`() async throws {
        let store = try await store(objects: 2)
        _ = try await begin(store)
        let lost = try await claim(store, 9, lease: 1_001)
        #expect(try await claim(store, 9, lease: 1_002).isEmpty)
        let taken = try await claim(store, 9, lease: 3_000, at: 2_000)
        #expect(Set(taken.map(\.sha256)) == Set(lost.map(\.sha256)))
        try await finish(store, lost, .judged(["a:one": .malicious]))
        #expect(try await store.read { try IndicatorStore.list(limit: 9, in: $0) }.isEmpty)
        try await finish(store, taken + taken, .judged(["a:one": .malicious]))
        let row = try await store.read { try RescanStore.list(limit: 1, in: $0) }.first
        #expect(row?.done == 2)
        #expect(row?.hits == 2)
    }

    @Test func `a hit is an indicator, which goes when the rule finds nothing any more`() async throws {
        let store = try await store(objects: 1)
        _ = try await begin(store)
        try await finish(store, claim(store, 1, lease: 1_001), .judged(["a:one": .malicious, "a:two": .suspicious]))
        let sources = { try await store.read { try IndicatorStore.list(limit: 9, in: $0) }.map(\.indicator.source) }
        #expect(try await Set(sources()) == ["yara/a:one", "yara/a:two"])
        _ = try await begin(store, parts: ["a:one"])
        try await finish(store, claim(store, 1, lease: 1_002), .judged([:]))
        #expect(try await sources() == ["yara/a:two"])
        _ = try await store.write { try EngineVerdicts.withdraw(engine: "yara", parts: ["a:two"], at: 9, in: $0) }
        #expect(try await sources().isEmpty)
    }

    @Test func `what fails is tried again, and told when it goes on failing`() async throws {
        let store = try await store(objects: 1)
        _ = try await begin(store)
        for attempt in 0..<3 {
            let at = 1_000 + Int64(attempt) * 100_000
            let work = try await claim(store, 1, lease: at + 50, at: at)
            #expect(work.count == 1)
            try await finish(store, work, .failed("no time"))
        }
        let row = try await store.read { try RescanStore.list(limit: 1, in: $0) }.first
        #expect(row?.failed == 1)
        #expect(row?.problem == "no time")
        #expect(try await claim(store, 1, lease: 9_000_000, at: 8_000_000).isEmpty)
    }

    @Test func `what comes while signatures are known is judged as it comes`() async throws {
        let store = try await store(objects: 0)
        try await store.write { transaction in
            let object = KeptObject(sha256: digest(7), size: 1, sealedSize: 1, key: 1)
            try ObjectStore.take(object, at: 5, in: transaction)
            try ObjectStore.take(object, at: 5, in: transaction)
        }
        let work = try await claim(store, 9, lease: 1_001)
        #expect(work.map(\.sha256) == [digest(7)])
        #expect(work.map(\.rescan) == [0])
        try await finish(store, work, .judged(["a:one": .malicious]))
        #expect(try await store.read { try RescanStore.arrivalsWaiting(in: $0) } == 0)
        #expect(try await store.read { try IndicatorStore.list(limit: 9, in: $0) }.count == 1)
    }

    @Test func `what the index lets it go past is done, and nobody reads it`() async throws {
        let store = try await store(objects: 6)
        let number = try await begin(store)
        let candidates: Set<String> = [digest(4), digest(1)]
        let claim = { (limit: Int, lease: Int64) in
            try await store.write { transaction in
                try RescanStore.claim(
                    engines: ["yara"], limit: limit, lease: lease, at: 100,
                    filter: { _ in .candidates { candidates.intersection($0) } }, in: transaction)
            }
        }
        let first = try await claim(1, 1_001)
        #expect(first.work.map(\.sha256) == [digest(4)])
        #expect(first.passed == 1)
        let second = try await claim(9, 1_002)
        #expect(second.work.map(\.sha256) == [digest(1)])
        #expect(second.passed == 3)
        try await store.write { transaction in
            try RescanStore.finish(first.work[0], .judged([:]), signatures: 1, at: 200, in: transaction)
            try RescanStore.finish(second.work[0], .gone, isRead: false, signatures: 1, at: 200, in: transaction)
        }
        let row = try #require(try await store.write { try RescanStore.endDone(at: 300, in: $0) }.first)
        #expect(row.number == number && row.done == 6 && row.total == 6 && row.candidates == 2 && row.read == 1)
    }

    @Test func `an object that the engine holds something against is judged whatever the index says`() async throws {
        let store = try await store(objects: 2)
        _ = try await begin(store)
        try await finish(store, claim(store, 9, lease: 1_001), .judged(["a:one": .malicious]))
        _ = try await store.write { try RescanStore.endDone(at: 300, in: $0) }
        _ = try await store.write { try IndicatorStore.remove(1, at: 9, in: $0) }
        let standing = try await store.read { try IndicatorStore.list(limit: 9, in: $0) }.map(\.indicator.pattern)
        #expect(standing.count == 1)
        _ = try await begin(store, parts: ["a:one"])
        let claim = try await store.write {
            try RescanStore.claim(
                engines: ["yara"], limit: 9, lease: 1_002, at: 100, filter: { _ in .candidates { _ in [] } }, in: $0)
        }
        #expect(claim.work.map(\.sha256) == standing)
        try await finish(store, claim.work, .judged([:]))
        #expect(try await store.read { try IndicatorStore.list(limit: 9, in: $0) }.isEmpty)
    }

    @Test func `a rescan with an index goes before all others, one that is not known yet is left alone`() async throws {
        let store = try await store(objects: 2)
        let slow = try await begin(store)
        let fast = try await store.write {
            try RescanStore.begin(engine, parts: [], lane: .indexed, since: 0, reason: "test", at: 100, in: $0)
        }
        let claim = { (isKnown: Bool, lease: Int64) in
            try await store.write { transaction in
                try RescanStore.claim(
                    engines: ["yara"], limit: 1, lease: lease, at: 100,
                    filter: { $0.number == slow || isKnown ? .all : .unknown }, in: transaction)
            }
        }
        #expect(try await claim(true, 1_001).work.map(\.rescan) == [fast])
        #expect(try await claim(false, 1_002).work.map(\.rescan) == [slow])
    }

    @Test func `an object that comes again while a rescan has not reached it is judged all the same`() async throws {
        let store = try await store(objects: 3)
        _ = try await begin(store)
        let newest = try await claim(store, 1, lease: 1_001)
        #expect(newest.map(\.sha256) == [digest(2)])
        _ = try await store.write { transaction in
            try MessageStore.insert(message(1, at: 50, files: [digest(0), digest(2), digest(7)]), in: transaction)
        }
        try await finish(store, newest, .judged([:]))
        let rest = try await claim(store, 9, lease: 1_002)
        #expect(Set(rest.map(\.sha256)) == [digest(0), digest(1), digest(2)])
        #expect(rest.first { $0.sha256 == digest(0) }?.rescan == 0)
    }
}

private func digest(_ number: Int) -> String { String(repeating: "0", count: 63) + "\(number)" }
