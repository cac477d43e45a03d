// SPDX-License-Identifier: Apache-2.0

import Store
import Synchronization
import Telemetry
import Testing
import Verdicts

@testable import rearguardd

struct `The publisher of the verdict index` {
    private let place: Place
    private let lines = Lines()

    init() async throws {
        place = try await Place()
    }

    private var path: String { "\(place.path)/verdicts.index" }

    private func publisher(now: @escaping @Sendable () -> Int64 = { 1_000 }) -> IndexPublisher {
        IndexPublisher(database: place.store, path: path, now: now, log: IndexLog(lines.logger))
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

    @Test func `writes an empty index at the first start, and then only when it is due`() async throws {
        let publisher = publisher()
        try await publisher.refresh()
        #expect(try count == 0)
        try await publisher.refresh()
        #expect(lines.all.count == 1)
    }

    @Test func `has every change in force that was stored before it was asked, in a few writes`() async throws {
        let publisher = publisher()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...50 {
                group.addTask {
                    try await self.add("h\(number).example")
                    try await publisher.publish()
                    #expect(try self.count >= 1)
                }
            }
            try await group.waitForAll()
        }
        #expect(try count == 50)
        for _ in 1...2 { try await publisher.publish() }
        let before = lines.all.count
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...50 { group.addTask { try await publisher.publish() } }
            try await group.waitForAll()
        }
        #expect(lines.all.count - before <= 25, "\(lines.all.count - before) writes for 50 requests")
    }

    @Test func `leaves out what expired, by itself`() async throws {
        let clock = Clock()
        try await add("evil.example", expiresAt: 2_000)
        let publisher = publisher(now: { clock.now.withLock(\.self) })
        try await publisher.refresh()
        #expect(try count == 1)
        clock.now.withLock { $0 = 2_000 }
        try await publisher.refresh()
        #expect(try count == 0)
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
