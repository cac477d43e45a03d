// SPDX-License-Identifier: Apache-2.0

import Store
import Synchronization
import Telemetry
import Testing
import URLSyntax
import Verdicts

@testable import rearguardd

struct `The publisher of the verdict index` {
    private let place: Place
    private let lines = Lines()

    init() async throws {
        place = try await Place()
    }

    private var path: String { "\(place.path)/verdicts.index" }

    private func publisher(
        mergeLimit: Int = IndexPublisher.mergeLimit, now: @escaping @Sendable () -> Int64 = { 1_000 }
    ) -> IndexPublisher {
        IndexPublisher(
            database: place.store, path: path, mergeLimit: mergeLimit, now: now, log: IndexLog(lines.logger))
    }

    private func add(_ host: String, expiresAt: Int64? = nil) async throws {
        let pattern = try IndicatorPattern.pattern(of: .domain, value: host)
        _ = try await place.store.write { transaction in
            try IndicatorStore.add(
                Indicator(
                    number: 0, kind: .domain, pattern: pattern, value: host, verdict: .malicious, source: "admin",
                    reason: nil, createdAt: 1, expiresAt: expiresAt), in: transaction
            ).indicator
        }
    }

    private var count: Int { get throws { try VerdictIndex(path: path).count } }

    private func isKnown(_ host: String) throws -> Bool {
        let url = try #require(CanonicalURL(try WebURL.parse(Array("http://\(host)/".utf8))))
        return try VerdictIndex(path: path).judge(url).verdict == .malicious
    }

    @Test func `writes an empty index at the first start, and then only when it is due`() async throws {
        let publisher = publisher()
        try await publisher.refresh()
        #expect(try count == 0)
        let before = lines.all.count
        try await publisher.refresh()
        #expect(lines.all.count == before)
    }

    @Test func `has every change in force that was stored before it was asked, in a few writes`() async throws {
        let publisher = publisher()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...50 {
                group.addTask {
                    try await self.add("h\(number).example")
                    try await publisher.publish()
                    #expect(try self.isKnown("h\(number).example"))
                }
            }
            try await group.waitForAll()
        }
        #expect(try count == 50)
        let before = lines.all.count
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...50 { group.addTask { try await publisher.publish() } }
            try await group.waitForAll()
        }
        #expect(lines.all.count == before, "nothing changed")
    }

    @Test func `leaves out what expired, and what was removed, by itself`() async throws {
        let clock = Clock()
        try await add("evil.example", expiresAt: 2_000)
        try await add("other.example")
        let publisher = publisher(now: { clock.now.withLock(\.self) })
        try await publisher.refresh()
        #expect(try isKnown("evil.example") && isKnown("other.example"))
        clock.now.withLock { $0 = 2_000 }
        try await publisher.refresh()
        #expect(try !isKnown("evil.example") && isKnown("other.example"))
        _ = try await place.store.write { try IndicatorStore.remove(2, at: 2_001, in: $0) }
        try await publisher.refresh()
        #expect(try !isKnown("other.example"))
    }

    @Test func `merges what has piled up, and loses nothing while it does`() async throws {
        let publisher = publisher(mergeLimit: 10)
        try await publisher.refresh()
        let file = VerdictIndexFile(path: path, checkEvery: .zero)
        for number in 1...120 as ClosedRange<Int64> {
            try await add("h\(number).example")
            if number.isMultiple(of: 5) {
                _ = try await place.store.write { try IndicatorStore.remove(number - 3, at: 1_000, in: $0) }
            }
            try await publisher.publish()
            let index = try #require(file.current())
            for known in 1...number {
                let url = try #require(CanonicalURL(try WebURL.parse(Array("http://h\(known).example/".utf8))))
                let isRemoved = known % 5 == 2 && known + 3 <= number
                #expect((index.judge(url).verdict == .malicious) != isRemoved, "\(known) of \(number)")
            }
        }
        await publisher.settle()
        #expect(file.state().problem == nil)
        #expect(lines.all.contains { $0.contains("index.merged") })
        #expect(try VerdictIndex(path: path).mainSequence > 60)
    }

    @Test func `goes on from the files at the next start, and not from those of another store`() async throws {
        try await add("a.example")
        try await publisher().refresh()
        try await add("b.example")
        let next = publisher()
        try await next.refresh()
        #expect(try isKnown("a.example") && isKnown("b.example"))
        #expect(lines.all.count { $0.contains("index.rebuilt") } == 1)
        try VerdictIndex.write([], to: path)
        try await publisher().refresh()
        #expect(try isKnown("a.example") && isKnown("b.example"))
        #expect(lines.all.count { $0.contains("index.rebuilt") } == 2)
    }

    @Test func `a new verdict reaches a reader within a second, beside a large index too`() async throws {
        var builder = VerdictIndexBuilder()
        for number in 1...300_000 as ClosedRange<Int64> {
            try builder.add(
                Indicator(
                    number: 1 << 40 + number, kind: .domain, pattern: "x\(number).example/", value: "",
                    verdict: .malicious,
                    source: "feed", reason: nil, createdAt: 1, expiresAt: nil))
        }
        let origin = try await place.store.write { try IndicatorChanges.origin(in: $0) }
        try builder.write(to: path, origin: UInt64(origin), sequence: 0)
        let publisher = publisher()
        try await publisher.refresh()
        let reader = VerdictIndexFile(path: path)
        _ = reader.current()
        for number in 1...3 {
            let url = try #require(CanonicalURL(try WebURL.parse(Array("http://new\(number).example/".utf8))))
            let begin = ContinuousClock.now
            try await add("new\(number).example")
            try await publisher.publish()
            while reader.current()?.judge(url).verdict != .malicious {
                try #require(ContinuousClock.now - begin < .seconds(1))
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        #expect(reader.current()?.mainSequence == 0, "no rebuild")
    }

    @Test func `tries again after a failure`() async throws {
        let publisher = publisher()
        try place.makeDirectory("verdicts.index")
        await #expect(throws: VerdictIndexError.self) { try await publisher.refresh() }
        try place.remove("verdicts.index")
        try await publisher.refresh()
        #expect(try count == 0)
    }
}

private final class Clock: Sendable {
    let now = Mutex<Int64>(1_999)
}
