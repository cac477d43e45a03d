// SPDX-License-Identifier: Apache-2.0

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
