// SPDX-License-Identifier: Apache-2.0

import Foundation
import Playbooks
import Store
import Testing
import Verdicts

struct IndicatorStoreTests {
    private let store: TemporaryStore

    init() async throws {
        store = try await TemporaryStore()
    }

    private func add(_ indicator: Indicator) async throws -> (number: Int64, addition: IndicatorAddition) {
        try await store.write { transaction in
            let (kept, addition) = try IndicatorStore.add(indicator, in: transaction)
            return (kept.number, addition)
        }
    }

    private func live(at: Int64 = 5_000) async throws -> [Int64] {
        try await store.read { try IndicatorStore.live(at: at, limit: 100, in: $0).map(\.number) }
    }

    @Test func `an indicator comes back as it was added, with its number`() async throws {
        var sent = try indicator("http://Evil.example/login", expiresAt: 9_000)
        sent.reason = "reported by two users"
        let new = sent
        #expect(try await add(new) == (1, .added))
        let row = try await store.read { try IndicatorStore.row(1, in: $0) }
        sent.number = 1
        #expect(row.indicator == sent)
        #expect(row.indicator.pattern == "evil.example/login")
        #expect(row.removedAt == nil && !row.isLookedBack)
    }

    @Test func `a source that says the same again renews what it said`() async throws {
        _ = try await add(try indicator("evil.example", expiresAt: 9_000))
        #expect(try await add(try indicator("http://evil.example/", at: 4_000, expiresAt: 20_000)) == (1, .renewed))
        let row = try await store.read { try IndicatorStore.row(1, in: $0) }
        #expect(row.indicator.expiresAt == 20_000 && row.indicator.createdAt == 3_000)
    }

    @Test func `a source that changes its mind replaces what it said`() async throws {
        _ = try await add(try indicator("evil.example", .domain, .suspicious))
        #expect(
            try await add(try indicator("evil.example", .domain, .malicious, at: 4_000)) == (2, .replaced(number: 1)))
        #expect(try await live() == [2])
        #expect(try await store.read { try IndicatorStore.row(1, in: $0).removedAt } == 4_000)
    }

    @Test func `another source has its own indicator, and so has one after an expiry`() async throws {
        _ = try await add(try indicator("evil.example", expiresAt: 4_000))
        #expect(try await add(try indicator("evil.example", source: "feed")) == (2, .added))
        #expect(try await add(try indicator("evil.example", at: 4_000)) == (3, .added))
        #expect(try await live(at: 3_999) == [1, 2, 3])
        #expect(try await live(at: 4_000) == [2, 3])
    }

    @Test func `a removed indicator is out of force and still known by its number`() async throws {
        _ = try await add(try indicator("evil.example"))
        try await store.write { transaction in
            try IndicatorStore.remove(1, at: 4_000, in: transaction)
            try IndicatorStore.remove(1, at: 5_000, in: transaction)
        }
        #expect(try await live() == [])
        let (current, all) = try await store.read { transaction in
            (
                try IndicatorStore.list(limit: 9, in: transaction),
                try IndicatorStore.list(includingRemoved: true, limit: 9, in: transaction)
            )
        }
        #expect(current.isEmpty)
        #expect(all.map(\.removedAt) == [4_000])
    }

    @Test func `an indicator that does not exist is not found`() async throws {
        for attempt in [
            { (transaction: any SQLTransaction) in _ = try IndicatorStore.row(7, in: transaction) },
            { (transaction: any SQLTransaction) in try IndicatorStore.remove(7, at: 0, in: transaction) },
        ] as [@Sendable (any SQLTransaction) throws -> Void] {
            let error = await #expect(throws: StoreError.self) { try await store.write(attempt) }
            #expect(error?.code == .notFound)
        }
    }

    @Test func `the live ones are found by many patterns at once`() async throws {
        for number in 1...120 { _ = try await add(try indicator("h\(number).example", .domain)) }
        let patterns = (1...240).map { "h\($0).example/" }
        #expect(try await store.read { try IndicatorStore.live(patterns, at: 5_000, in: $0).count } == 120)
        #expect(try await store.read { try IndicatorStore.live([], at: 5_000, in: $0).isEmpty })
        let pages = try await store.read { transaction in
            let first = try IndicatorStore.live(at: 5_000, limit: 100, in: transaction)
            return [
                first.count,
                try IndicatorStore.live(at: 5_000, after: first.last?.number ?? 0, limit: 100, in: transaction).count,
            ]
        }
        #expect(pages == [100, 20])
    }

    @Test func `what is said about a subject includes what covers it`() async throws {
        _ = try await add(try indicator("evil.example", .domain, .suspicious))
        _ = try await add(try indicator("evil.example/login"))
        _ = try await add(try indicator("evil.example/other"))
        _ = try await add(try indicator(digest("a"), .file))
        let about = try await store.read { transaction in
            [
                try IndicatorStore.live(
                    about: Subject(kind: .url, value: "evil.example/login"), at: 5_000, in: transaction),
                try IndicatorStore.live(about: Subject(kind: .file, value: digest("a")), at: 5_000, in: transaction),
            ].map { $0.map(\.number) }
        }
        #expect(about == [[1, 2], [4]])
    }

    @Test func `every change has a number, an expiry too`() async throws {
        for (host, expiry) in [("a.example", 8_000), ("b.example", 7_000), ("c.example", 6_000)] as [(String, Int64)] {
            _ = try await add(try indicator(host, expiresAt: expiry))
        }
        _ = try await store.write { try IndicatorStore.remove(3, at: 3_500, in: $0) }
        #expect(try await changes(after: 0) == ["1 in force", "2 in force", "3 over"])
        #expect(try await store.read { try IndicatorChanges.last(in: $0) } == 4)
        #expect(try await store.read { try !IndicatorChanges.isExpiryDue(at: 6_999, in: $0) })
        #expect(try await store.read { try IndicatorChanges.isExpiryDue(at: 7_000, in: $0) })
        #expect(try await store.write { try IndicatorChanges.expire(at: 9_000, limit: 1, in: $0) } == 1)
        #expect(try await changes(after: 4) == ["2 over"])
        #expect(try await store.write { try IndicatorChanges.expire(at: 9_000, limit: 5, in: $0) } == 1)
        #expect(try await changes(after: 4) == ["2 over", "1 over"])
        #expect(try await store.write { try IndicatorChanges.expire(at: 9_000, limit: 5, in: $0) } == 0)
    }

    private func changes(after: Int64) async throws -> [String] {
        try await store.read { transaction in
            try IndicatorChanges.list(after: after, limit: 10, in: transaction)
                .map { "\($0.indicator.number) \($0.isInForce ? "in force" : "over")" }
        }
    }

    @Test func `a store has one origin for good`() async throws {
        let origins = try await store.write { transaction in
            try (1...3).map { _ in try IndicatorChanges.origin(in: transaction) }
        }
        #expect(Set(origins).count == 1 && origins[0] > 0)
    }

    @Test func `where somebody vouches for a URL, feeds do not count at its delivery`() async throws {
        for (host, verdict, source) in [
            ("shop.example", .clean, "allow"), ("bad.shop.example", .malicious, "feed"),
            ("worse.shop.example", .malicious, "admin"), ("evil.example", .malicious, "feed"),
        ] as [(String, Verdict, String)] {
            _ = try await add(try indicator(host, .domain, verdict, source: source))
        }
        let urls = ["http://bad.shop.example/", "http://worse.shop.example/", "http://evil.example/"]
        let record = message(1, at: 4_000, links: urls)
        let entry = IngestEntry(json: Array(try JSONEncoder().encode(record)), end: .init(segment: 1, offset: 1))
        _ = try await store.write { try Ingest.messages([entry], upTo: entry.end, at: 5_000, in: $0) }
        let subjects = try await store.read { try AlertStore.list(limit: 9, in: $0).map(\.subject) }
        #expect(Set(subjects) == ["url worse.shop.example/", "url evil.example/"])
    }

    @Test func `only what accuses is looked back for, once`() async throws {
        for (number, verdict) in Verdict.allCases.enumerated() {
            _ = try await add(try indicator("h\(number).example", .domain, verdict))
        }
        let waiting = try await store.read { try IndicatorStore.awaitingLookBack(limit: 9, in: $0) }
        #expect(waiting.map(\.indicator.verdict) == [.suspicious, .malicious])
        try await store.write { try IndicatorStore.markLookedBack([waiting[0].indicator.number], in: $0) }
        let left = try await store.read { try IndicatorStore.awaitingLookBack(limit: 9, in: $0) }
        #expect(left.map(\.indicator.verdict) == [.malicious])
    }
}
