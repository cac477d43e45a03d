// SPDX-License-Identifier: Apache-2.0

import Store
import Testing

struct URLStoreTests {
    private static let long = "https://long.example/" + String(repeating: "a", count: 3_000)
    private static let urls = [
        "https://evil.example/", "https://evil.example/login", "https://evil.example/login?x=1",
        "https://www.evil.example/login/deep/page", "https://evil.example:8443/login", "https://evil.example/loginx",
        "https://notevil.example/login", "https://evil.example.org/login", "https://192.0.2.1/login",
        long + "?1", long + "?2", "mailto:a@evil.example",
    ]

    private func store() async throws -> TemporaryStore {
        let store = try await TemporaryStore()
        _ = try await store.write { transaction in
            try MessageStore.insert(message(1, links: Self.urls), in: transaction)
        }
        return store
    }

    private func covered(_ expression: String, _ store: TemporaryStore) async throws -> [String] {
        try await store.read { transaction in
            var found: [String] = []
            try URLStore.forEachPage(coveredBy: expression, in: transaction) { urls in
                found += urls.map(\.url)
                return true
            }
            return found
        }
    }

    @Test(arguments: [
        ("evil.example/", [0, 1, 2, 3, 4, 5]),
        ("evil.example/login", [1, 2, 4]),
        ("evil.example/login?x=1", [2]),
        ("evil.example/login/", [3]),
        ("www.evil.example/", [3]),
        ("192.0.2.1/", [8]),
        ("evil.example/log", []),
        ("other.example/", []),
    ])
    func `an expression finds the URLs it covers and no other`(expression: String, expected: [Int]) async throws {
        let found = try await covered(expression, try await store())
        #expect(Set(found) == Set(expected.map { Self.urls[$0] }))
        #expect(found.count == expected.count)
    }

    @Test func `of many expressions at once, those that may cover something are told`() async throws {
        let store = try await store()
        let here = [
            "evil.example/", "evil.example/login", "www.evil.example/login/", "192.0.2.1/", "192.0.2.1/login",
            "evil.example.org/login", "evil.example/login?x=1",
        ]
        let away = [
            "other.example/", "evil.exampl/", "mail.evil.example/", "www.evil.example/log", "192.0.2.10/",
            "192.0.2.1/log",
            "evil.example.org/login/",
        ]
        // More than one statement takes.
        let others = (0..<1_000).map { "h\($0).evil.example/x" }
        let met = try await store.read { transaction in
            try [here, away, here + others + away, others + here, []].map { try URLStore.met(by: $0, in: transaction) }
        }
        let all = Set(here.indices)
        #expect(met[0] == all)
        #expect(met[1].isEmpty)
        #expect(met[2] == all)
        #expect(met[3] == Set(here.indices.map { $0 + others.count }))
        #expect(met[4].isEmpty)
    }

    @Test func `URLs that differ only beyond what is indexed are told apart`() async throws {
        let store = try await store()
        let path = String(Self.long.dropFirst("https://".count))
        #expect(try await covered(path + "?2", store) == [Self.long + "?2"])
        #expect(try await Set(covered(path, store)) == [Self.long + "?1", Self.long + "?2"])
        #expect(try await covered("long.example/", store).count == 2)
    }

    @Test func `more URLs than a page are all found, and the walk stops when told`() async throws {
        let store = try await TemporaryStore()
        let urls = (0..<1_203).map { "https://many.example/\($0)" }
        _ = try await store.write { try MessageStore.insert(message(1, links: urls), in: $0) }
        #expect(try await Set(covered("many.example/", store)) == Set(urls))
        let pages = try await store.read { transaction in
            var pages = 0
            try URLStore.forEachPage(coveredBy: "many.example/", in: transaction) { _ in
                pages += 1
                return false
            }
            return pages
        }
        #expect(pages == 1)
    }

    @Test func `a URL has one number`() async throws {
        let store = try await store()
        _ = try await store.write { try MessageStore.insert(message(2, links: Self.urls), in: $0) }
        let ids = try await store.read { transaction in
            try Self.urls.map { try URLStore.id(of: $0, in: transaction) }
        }
        #expect(ids == (1...Self.urls.count).map { Int64($0) })
        #expect(try await store.read { try URLStore.id(of: "https://new.example/", in: $0) } == nil)
    }
}
