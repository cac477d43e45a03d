// SPDX-License-Identifier: Apache-2.0

import Mail
import Playbooks
import Records
import Store
import Testing

struct MessageStoreTests {
    @Test func `a message comes back with all that belongs to it`() async throws {
        let store = try await TemporaryStore()
        var record = message(
            1, links: ["https://a.example/1", "https://b.example/2", "https://a.example/1"], files: [digest("a")],
            recipients: ["b@example.net", "a@example.net"])
        record.messageID = "<1@example.org>"
        record.author = "From <from@example.org>"
        record.subject = "Rechnung"
        record.client = "192.0.2.7"
        record.login = "user"
        record.reason = "limit: links"
        record.links[1].reason = "exempt"
        let sent = record
        let (row, links, attachments) = try await store.write { transaction in
            #expect(try MessageStore.insert(sent, in: transaction))
            let name = sent.reference.description
            return (
                try #require(try MessageStore.message(name, in: transaction)),
                try MessageStore.links(of: name, in: transaction),
                try MessageStore.attachments(of: name, in: transaction)
            )
        }
        #expect(row.recipients == ["b@example.net", "a@example.net"])
        #expect(
            [row.stamp, row.queueID, row.sender, row.rewriting] == ["stamp-1", "Q1", "from@example.org", "rewritten"])
        #expect(
            [row.messageID, row.author, row.subject] == ["<1@example.org>", "From <from@example.org>", "Rechnung"])
        #expect([row.client, row.login, row.reason] == ["192.0.2.7", "user", "limit: links"])
        #expect(row.at == 1_000 && row.size == 5_000)
        #expect(links.map(\.url) == ["https://a.example/1", "https://b.example/2", "https://a.example/1"])
        #expect(links.map(\.urlID) == [1, 2, 1])
        #expect(links.map(\.reason) == [nil, "exempt", nil])
        #expect(attachments.map(\.sha256) == [digest("a")] && attachments.map(\.name) == ["bill-0.pdf"])
    }

    @Test func `a message is kept once`() async throws {
        let store = try await TemporaryStore()
        let (isNew, isNewAgain, links) = try await store.write { transaction in
            (
                try MessageStore.insert(message(1, links: ["https://a.example/"]), in: transaction),
                try MessageStore.insert(message(1, at: 9, links: ["https://b.example/"]), in: transaction),
                try MessageStore.links(of: reference(1).description, in: transaction)
            )
        }
        #expect(isNew && !isNewAgain)
        #expect(links.map(\.url) == ["https://a.example/"])
    }

    @Test func `what an engine cannot hold is made to fit, not refused`() async throws {
        let store = try await TemporaryStore()
        var record = message(1, links: ["https://a.example/", "https://b.example/"], recipients: [])
        record.subject = "a\u{0}b"
        record.recipients = [String(repeating: "ü", count: 4_000)]
        record.links[1].ordinal = 0
        record.size = .max
        let odd = record
        let row = try await store.write { transaction in
            try MessageStore.insert(odd, in: transaction)
            return try #require(try MessageStore.message("0000000000000001", in: transaction))
        }
        #expect(row.subject == "a\u{FFFD}b")
        #expect(row.recipients == [String(repeating: "ü", count: 500)])
    }

    @Test func `an unknown message is none`() async throws {
        let store = try await TemporaryStore()
        #expect(try await store.read { try MessageStore.message("ffffffffffffffff", in: $0) } == nil)
    }

    @Test func `a list goes on where it ended, also within one moment`() async throws {
        let store = try await TemporaryStore()
        try await store.write { transaction in
            for number in 1...7 as ClosedRange<UInt64> {
                try MessageStore.insert(message(number, at: number < 3 ? 10 : 20), in: transaction)
            }
        }
        var (found, cursor) = ([] as [String], PageCursor.start)
        for _ in 0..<3 {
            let from = cursor
            let page = try await store.read { try MessageStore.list(before: from, limit: 3, in: $0) }
            found += page.map(\.queueID)
            guard let last = page.last else { break }
            cursor = try #require(PageCursor(PageCursor(at: last.at, name: last.reference).description))
        }
        #expect(found == ["Q7", "Q6", "Q5", "Q4", "Q3", "Q2", "Q1"])
    }

    @Test(arguments: ["", "1", "a.b", "1.2.3"]) func `a cursor nobody gave is refused`(text: String) {
        #expect(PageCursor(text) == nil)
    }

    @Test func `messages are found by what they carry, the oldest first`() async throws {
        let store = try await TemporaryStore()
        try await store.write { transaction in
            try MessageStore.insert(message(1, at: 30, links: ["https://www.evil.example/a"]), in: transaction)
            try MessageStore.insert(
                message(2, at: 20, links: ["https://evil.example/b", "https://evil.example/c"]), in: transaction)
            try MessageStore.insert(
                message(3, at: 10, links: ["https://evil.example.org/"], files: [digest("a")]), in: transaction)
            try MessageStore.insert(message(4, at: 5, files: [digest("b"), digest("a")]), in: transaction)
        }
        let found = try await store.read { transaction in
            [
                try MessageStore.messages(
                    about: Subject(kind: .url, value: "evil.example/"), limit: 9, in: transaction),
                try MessageStore.messages(
                    about: Subject(kind: .url, value: "evil.example/b"), limit: 9, in: transaction),
                try MessageStore.messages(about: Subject(kind: .file, value: digest("a")), limit: 9, in: transaction),
                try MessageStore.messages(
                    about: Subject(kind: .url, value: "evil.example/"), limit: 1, in: transaction),
                try MessageStore.messages(
                    about: Subject(kind: .url, value: "good.example/"), limit: 9, in: transaction),
            ].map { $0.map(\.queueID) }
        }
        #expect(found[0] == ["Q2", "Q1"])
        #expect(found[1] == ["Q2"])
        #expect(found[2] == ["Q4", "Q3"])
        #expect(found[3].count == 1)
        #expect(found[4].isEmpty)
    }
}
