// SPDX-License-Identifier: Apache-2.0

import Mail
import Playbooks
import Records
import Store
import Testing

struct ClickStoreTests {
    private let url = "https://evil.example/login"

    @Test func `a click may come before its message, and learns who it was`() async throws {
        let store = try await TemporaryStore()
        var record = click(9, on: url, of: 1, recipient: 2, outcome: .proceeded)
        record.indicators = [4, 17]
        record.verdict = "suspicious"
        let sent = record
        let early = try await store.write { transaction in
            #expect(try ClickStore.insert(sent, in: transaction))
            #expect(try !ClickStore.insert(sent, in: transaction))
            return try ClickStore.list(limit: 9, in: transaction)
        }
        #expect(early.map(\.address) == [nil])
        let late = try await store.write { transaction in
            let recipients = ["a@example.net", "b@example.net"]
            try MessageStore.insert(message(1, links: [url], recipients: recipients), in: transaction)
            return try #require(
                try ClickStore.clicks(inMessage: reference(1).description, limit: 9, in: transaction).first)
        }
        #expect(late.address == "b@example.net")
        #expect(late.id == "0000000000000009" && late.url == url && late.urlID == 1)
        #expect(late.outcome == "proceeded" && late.isLetThrough)
        #expect(late.verdict == "suspicious" && late.indicators == [4, 17])
        #expect([late.method, late.client, late.userAgent] == ["GET", "192.0.2.1", "Test/1.0"])
        #expect([late.at, late.ordinal, late.recipient] == [2_000, 0, 2])
    }

    @Test(arguments: [
        (ClickRecord.Outcome.allowed, true), (.proceeded, true), (.warned, false), (.blocked, false),
    ])
    func `a click is let through when the browser was sent on`(outcome: ClickRecord.Outcome, expected: Bool)
        async throws
    {
        let store = try await TemporaryStore()
        let row = try await store.write { transaction in
            try ClickStore.insert(click(1, on: url, of: 1, outcome: outcome), in: transaction)
            return try #require(try ClickStore.list(limit: 1, in: transaction).first)
        }
        #expect(row.isLetThrough == expected)
    }

    @Test func `everything the redirector says about a click is kept, with the message's own time`() async throws {
        let store = try await TemporaryStore()
        var record = click(1, on: url, of: 1, at: 9_000)
        record.reasons = ["indicator", "look_alike: example.org"]
        record.wrappers = ["safelinks", "urldefense"]
        record.innerURL = "https://inner.example/"
        record.clicker = "scanner"
        record.clickerReason = "no User-Agent"
        record.audience = "outside"
        record.fields = ["Accept: */*", "Via: a\nb"]
        record.issued = 1_400
        let sent = record
        let rows = try await store.write { transaction in
            try ClickStore.insert(sent, in: transaction)
            try ClickStore.insert(click(2, on: url, of: 1), in: transaction)
            try MessageStore.insert(message(1, links: [url]), in: transaction)
            return try [sent.id, "0000000000000002"].map {
                try #require(try ClickStore.click($0, in: transaction))
            }
        }
        #expect(rows[0].reasons == ["indicator", "look_alike: example.org"])
        #expect(rows[0].wrappers == ["safelinks", "urldefense"] && rows[0].innerURL == "https://inner.example/")
        #expect(rows[0].clicker == "scanner" && rows[0].clickerReason == "no User-Agent")
        #expect(rows[0].audience == "outside" && rows[0].issued == 1_400)
        #expect(rows[0].fields == ["Accept: */*", "Via: a b"])
        #expect(rows[0].deliveredAt == 1_000)
        #expect(rows[1].reasons == [] && rows[1].fields == [] && rows[1].clicker == nil && rows[1].issued == nil)
    }

    @Test func `a person's click within seconds of the delivery looks like a scanner's`() async throws {
        let store = try await TemporaryStore()
        let rows = try await store.write { transaction in
            for (number, at) in [(1, 5_999), (2, 6_000), (3, 900)] as [(UInt64, Int64)] {
                var record = click(number, on: url, of: 1, at: at)
                record.clicker = "human"
                record.clickerReason = "a browser's fields"
                try ClickStore.insert(record, in: transaction)
            }
            // Delivered at 1,000; its record may come after those of its clicks.
            try MessageStore.insert(message(1, links: [url]), in: transaction)
            let scanners = try ClickStore.list(.init(clicker: "scanner"), limit: 9, in: transaction)
            return (try ClickStore.list(limit: 9, in: transaction), scanners)
        }
        #expect(rows.0.map(\.clicker) == ["human", "scanner", "human"])
        #expect(rows.1.map(\.clickerReason) == ["4 s after delivery; else human: a browser's fields"])
    }

    @Test func `clicks are listed by what they look like and how they were answered`() async throws {
        let store = try await TemporaryStore()
        let ids = try await store.write { transaction in
            for (number, clicker) in [(1, "human"), (2, "scanner"), (3, "human")] as [(UInt64, String)] {
                var record = click(number, on: url, of: 1, outcome: number < 3 ? .allowed : .blocked)
                record.clicker = clicker
                try ClickStore.insert(record, in: transaction)
            }
            return try [
                ClickStore.Filter(), .init(clicker: "human"), .init(outcome: "allowed"),
                .init(clicker: "human", outcome: "blocked"), .init(clicker: "preview"),
            ].map { try ClickStore.list($0, limit: 9, in: transaction).map { $0.id.suffix(1) } }
        }
        #expect(ids == [["3", "2", "1"], ["3", "1"], ["2", "1"], ["3"], []])
    }

    @Test func `clicks are listed from the newest, page by page`() async throws {
        let store = try await TemporaryStore()
        try await store.write { transaction in
            for number in 1...5 as ClosedRange<UInt64> {
                try ClickStore.insert(click(number, on: url, of: 1, at: number < 4 ? 7 : 8), in: transaction)
            }
        }
        let ids = try await store.read { transaction in
            let first = try ClickStore.list(limit: 3, in: transaction)
            let last = try #require(first.last)
            let second = try ClickStore.list(before: PageCursor(at: last.at, name: last.id), limit: 3, in: transaction)
            return (first + second).map { $0.id.suffix(1) }
        }
        #expect(ids == ["5", "4", "3", "2", "1"])
    }

    @Test func `clicks are found by what they opened, the oldest first`() async throws {
        let store = try await TemporaryStore()
        try await store.write { transaction in
            try ClickStore.insert(click(1, on: "https://www.evil.example/x", of: 1, at: 30), in: transaction)
            try ClickStore.insert(click(2, on: url, of: 1, at: 20), in: transaction)
            try ClickStore.insert(click(3, on: "https://good.example/", of: 1, at: 10), in: transaction)
        }
        let found = try await store.read { transaction in
            [
                try ClickStore.clicks(about: Subject(kind: .url, value: "evil.example/"), limit: 9, in: transaction),
                try ClickStore.clicks(about: Subject(kind: .url, value: "evil.example/"), limit: 1, in: transaction),
                try ClickStore.clicks(about: Subject(kind: .file, value: digest("a")), limit: 9, in: transaction),
            ].map { $0.map { $0.id.suffix(1) } }
        }
        #expect(found[0] == ["2", "1"])
        #expect(found[1].count == 1)
        #expect(found[2].isEmpty)
    }
}
