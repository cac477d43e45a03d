// SPDX-License-Identifier: Apache-2.0

import Foundation
import Records
import Rescans
import Store
import Synchronization
import Testing

/// Mailboxes whose owners have read some messages; which were asked.
private final class Mailboxes: UnreadMail {
    private let unread: [String: [String: Bool]]
    private let asked = Mutex<[String]>([])

    init(_ unread: [String: [String: Bool]]) { self.unread = unread }

    var names: [String] { asked.withLock(\.self) }

    func isUnread(_ stamps: Set<String>, in mailbox: String) async -> [String: Bool] {
        asked.withLock { $0.append(mailbox) }
        return (unread[mailbox] ?? [:]).filter { stamps.contains($0.key) }
    }
}

@Suite struct `The order of a rescan` {
    private let objects: Objects
    private let events = Events()

    private final class Events: Sendable {
        private let kept = Mutex<[RescanEvent]>([])
        func add(_ event: RescanEvent) { kept.withLock { $0.append(event) } }
        var ordered: [Int] {
            kept.withLock(\.self).compactMap { if case .ordered(_, let count, _) = $0 { count } else { nil } }
        }
    }

    init() async throws {
        objects = try await Objects()
        try objects.write("rule short { condition: filesize < 100 }", to: "all.yar")
    }

    private func runner(batch: Int = 1) -> RescanRunner {
        RescanRunner(
            database: objects.store, engines: [YaraEngine(folder: objects.rules, index: nil)], rate: 1_000_000,
            batch: batch, window: 1_000_000, fetch: { objects.content($0) }, now: { 900 },
            tell: { [events] in events.add($0) })
    }

    /// Objects 1 to `count`, each in a message of its number at that time to the recipients.
    @discardableResult
    private func deliver(_ count: UInt64, to recipients: [String] = ["alice"]) async throws -> [String] {
        var digests: [String] = []
        for number in 1...count {
            let digest = try await objects.keep(Array("object \(number)".utf8), at: Int64(number))
            let record = message(number, at: Int64(number), files: [digest], recipients: recipients)
            try await objects.store.write { _ = try MessageStore.insert(record, in: $0) }
            digests.append(digest)
        }
        return digests
    }

    /// What is read from the store, in order, by the numbers of the objects.
    private func run(_ runner: RescanRunner, asking mail: (any UnreadMail)?, _ digests: [String]) async throws -> [Int]
    {
        try await runner.watch()
        try await runner.order(asking: mail)
        _ = objects.takeReads()
        while try await runner.work() {}
        try await runner.watch()
        let row = try #require(try await objects.store.read { try RescanStore.list(limit: 1, in: $0) }.first)
        #expect(row.state == .done && row.done == row.total && row.candidates == row.total)
        return objects.takeReads().map { (digests.firstIndex(of: $0) ?? -1) + 1 }
    }

    @Test func `unread mail comes first, then what is not known, what was read last; each the newest first`()
        async throws
    {
        let digests = try await deliver(6)
        let mail = Mailboxes(["alice": ["stamp-6": false, "stamp-4": true, "stamp-3": false, "stamp-2": true]])
        #expect(try await run(runner(), asking: mail, digests) == [4, 2, 5, 1, 6, 3])
        #expect(mail.names == ["alice"])
        #expect(events.ordered == [4])
    }

    @Test func `without mailboxes clicks tell what was read`() async throws {
        let digests = try await deliver(3)
        var record = click(1, on: "http://a.example/", of: 3, at: 90_000)
        record.clicker = "human"
        let opened = record
        try await objects.store.write { _ = try ClickStore.insert(opened, in: $0) }
        #expect(try await run(runner(), asking: nil, digests) == [2, 1, 3])
    }

    @Test func `one recipient who has not read it is enough`() async throws {
        let digests = try await deliver(2, to: ["alice", "bob"])
        let mail = Mailboxes([
            "alice": ["stamp-1": false, "stamp-2": false], "bob": ["stamp-1": true, "stamp-2": false],
        ])
        #expect(try await run(runner(), asking: mail, digests) == [1, 2])
    }

    @Test func `mailboxes that say nothing change nothing`() async throws {
        let digests = try await deliver(3)
        #expect(try await run(runner(), asking: Mailboxes([:]), digests) == [3, 2, 1])
        #expect(events.ordered.isEmpty)
    }

    @Test func `a restart keeps the order, and repeats nothing`() async throws {
        let digests = try await deliver(5)
        let mail = Mailboxes(["alice": ["stamp-1": true, "stamp-2": true, "stamp-5": false, "stamp-4": false]])
        let first = runner()
        try await first.watch()
        try await first.order(asking: mail)
        _ = objects.takeReads()
        _ = try await first.work()
        try await objects.store.write { try RescanStore.voidLeases(in: $0) }
        let reads = objects.takeReads() + []
        let second = runner()
        let rest = try await run(second, asking: mail, digests)
        #expect(reads == [digests[1]])
        #expect(rest == [1, 3, 5, 4])
    }

    @Test func `several workers judge each object once`() async throws {
        let digests = try await deliver(60)
        let stamps = (1...60).map { ("stamp-\($0)", $0 % 3 == 0) }
        let runner = runner(batch: 3)
        try await runner.watch()
        try await runner.order(asking: Mailboxes(["alice": Dictionary(uniqueKeysWithValues: stamps)]))
        _ = objects.takeReads()
        try await withThrowingTaskGroup { group in
            for _ in 0..<4 { group.addTask { while try await runner.work() {} } }
            try await group.waitForAll()
        }
        #expect(objects.takeReads().sorted() == digests.sorted())
    }

    @Test func `a cancelled rescan leaves nothing in front`() async throws {
        try await deliver(3)
        let runner = runner()
        try await runner.watch()
        try await runner.order(asking: Mailboxes(["alice": ["stamp-1": true]]))
        try await objects.store.write { _ = try RescanStore.cancel(1, at: 901, in: $0) }
        _ = objects.takeReads()
        while try await runner.work() {}
        #expect(objects.takeReads().isEmpty)
    }
}
