// SPDX-License-Identifier: Apache-2.0

import Mail
import Records
import Store
import Testing

struct SeenDomainStoreTests {
    @Test func `each registrable domain is kept once, with the day of its first link`() async throws {
        let store = try await TemporaryStore()
        let day: Int64 = 86_400_000
        let rows = try await store.write { transaction in
            var first = message(
                1, links: ["https://www.shop.example/a", "https://shop.example/b", "http://192.0.2.1/"])
            first.at = 3 * day + 5
            try MessageStore.insert(first, in: transaction)
            var second = message(2, links: ["https://mail.shop.example/c", "https://other.example/"])
            second.at = 9 * day
            try MessageStore.insert(second, in: transaction)
            try ClickStore.insert(click(1, on: "https://early.example/x", of: 9, at: 10 * day), in: transaction)
            return try (0...3).map { try SeenDomainStore.list(after: Int64($0), limit: 2, in: transaction) }
        }
        #expect(rows[0].map(\.domain) == ["shop.example", "other.example"])
        #expect(rows[0].map(\.day) == [3, 9])
        #expect(rows[2].map(\.domain) == ["early.example"] && rows[2].map(\.day) == [10])
        #expect(rows[3].isEmpty)
    }
}
