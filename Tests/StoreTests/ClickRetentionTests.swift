// SPDX-License-Identifier: Apache-2.0

import Mail
import Records
import Store
import Testing

struct ClickRetentionTests {
    private let url = "https://evil.example/login"

    @Test func `clicks from before a time go, and those since stay`() async throws {
        let store = try await TemporaryStore()
        let left = try await store.write { transaction in
            for (number, at) in [(1, 999), (2, 1_000), (3, 5)] as [(UInt64, Int64)] {
                try ClickStore.insert(click(number, on: url, of: 1, at: at), in: transaction)
            }
            #expect(try !ClickRetention.remove(before: 1_000, in: transaction))
            return try ClickStore.list(limit: 9, in: transaction).map { $0.id.suffix(1) }
        }
        #expect(left == ["2"])
    }

    @Test func `those of one recipient go, and those of a message, with no others`() async throws {
        let store = try await TemporaryStore()
        try await store.write { transaction in
            for (number, recipients) in [
                (1, ["ann@a.example", "bob@a.example"]), (2, ["Ann@A.example"]), (3, ["bob@a.example"]),
                (4, ["MÜLLER@a.example"]),
            ]
                as [(UInt64, [String])]
            {
                try MessageStore.insert(message(number, links: [url], recipients: recipients), in: transaction)
            }
            // Message, recipient of the link: 0 says not which.
            for (index, (of, recipient)) in [(1, 1), (1, 2), (1, 0), (2, 0), (2, 1), (3, 1), (9, 1)].enumerated() {
                try ClickStore.insert(
                    click(UInt64(index), on: url, of: UInt64(of), recipient: recipient), in: transaction)
            }
        }
        func left() async throws -> String {
            try await store.read {
                try ClickStore.list(limit: 9, in: $0).map { String($0.id.suffix(1)) }.sorted().joined()
            }
        }
        #expect(try await store.write { try ClickRetention.erase(.recipient("ann@a.example"), in: $0) } == 3)
        #expect(try await left() == "1256")
        _ = try await store.write { transaction in
            try ClickStore.insert(click(7, on: url, of: 4, recipient: 1), in: transaction)
        }
        #expect(try await store.write { try ClickRetention.erase(.recipient("MÜLLER@A.example"), in: $0) } == 1)
        #expect(try await store.write { try ClickRetention.erase(.recipient("ann@a.example"), in: $0) } == 0)
        #expect(try await store.write { try ClickRetention.erase(.message(reference(1).description), in: $0) } == 2)
        #expect(try await left() == "56")
    }

    @Test func `very many go in several transactions`() async throws {
        let store = try await TemporaryStore()
        try await store.write { transaction in
            for number in 1...12_000 as ClosedRange<UInt64> {
                try ClickStore.insert(click(number, on: url, of: 1, at: 7), in: transaction)
            }
        }
        var rounds = 1
        while try await store.write({ try ClickRetention.remove(before: 8, in: $0) }) { rounds += 1 }
        #expect(rounds == 3)
        #expect(try await store.read { try ClickStore.list(limit: 1, in: $0) }.isEmpty)
    }
}
