// SPDX-License-Identifier: Apache-2.0

import Store
import Testing
import Web

@testable import Console

struct `Lists over the API` {
    private let office: Office

    init() async throws {
        office = try await Office()
    }

    /// The queue IDs of all pages, page by page.
    private func pages(limit: Int) async throws -> [[String]] {
        var pages: [[String]] = []
        var next: String? = ""
        while let before = next, pages.count < 10 {
            let cursor = before.isEmpty ? "" : "&before=\(Percent.encode(before))"
            let page = try await office.get("/v1/messages?limit=\(limit)\(cursor)", as: Page<MessageRow>.self)
            pages.append(page.items.map(\.queueID))
            next = page.next
        }
        return pages
    }

    @Test func `come page by page, the newest first, and the last page says so`() async throws {
        for number in 1...4 { try await office.message(number, at: number < 3 ? 1_000 : 2_000) }
        #expect(try await pages(limit: 3) == [["Q4", "Q3", "Q2"], ["Q1"]])
        #expect(try await pages(limit: 2) == [["Q4", "Q3"], ["Q2", "Q1"]])
        #expect(try await pages(limit: 4) == [["Q4", "Q3", "Q2", "Q1"]])
    }

    @Test func `of numbered things go on below the last number`() async throws {
        for _ in 1...3 { _ = try await office.proposal() }
        let first = try await office.get("/v1/actions?limit=2", as: Page<ActionRow>.self)
        #expect(first.items.map(\.number) == [3, 2] && first.next == "2")
        let second = try await office.get("/v1/actions?limit=2&before=2", as: Page<ActionRow>.self)
        #expect(second.items.map(\.number) == [1] && second.next == nil)
    }

    @Test(arguments: ["alerts", "investigations", "actions", "quarantine", "audit", "indicators", "messages", "clicks"])
    func `are empty at first and refuse what they cannot read`(name: String) async throws {
        let answer = await office.ask("GET", "/v1/\(name)")
        #expect(answer.status == 200 && answer.body == Array(#"{"items":[]}"#.utf8))
        for limit in ["0", "1001", "-1", "ten", ""] {
            #expect(
                try await office.refusal("GET", "/v1/\(name)?limit=\(limit)")
                    == .init(400, "limit: expected 1 to 1000, found '\(limit)'"))
        }
        let refusal = try await office.refusal("GET", "/v1/\(name)?before=x")
        #expect(refusal.status == 400 && refusal.message.hasPrefix("before: expected"))
    }

    @Test func `of clicks lose those of a recipient, and the audit trail says who asked`() async throws {
        try await office.message(1)
        let bodies = [
            #"{"actor":"ann","recipient":"alice@example.org","reason":"her wish"}"#, #"{"actor":"ann"}"#,
            #"{"actor":"ann","recipient":"a","message":"b"}"#,
        ]
        var statuses: [Int] = []
        for body in bodies { statuses.append(await office.ask("POST", "/v1/click-erasures", body).status) }
        #expect(statuses == [200, 400, 400])
        #expect(try await office.audit() == ["ann: click.erase recipient alice@example.org (her wish)"])
    }

    @Test(arguments: ["indicators?removed", "quarantine?released"]) func `refuse a switch that is neither on nor off`(
        target: String
    ) async throws {
        let name = target.split(separator: "?")[1]
        #expect(
            try await office.refusal("GET", "/v1/\(target)=yes")
                == .init(400, "\(name): expected true or false, found 'yes'"))
    }

    @Test(arguments: ["/v1/messages/0000000000000007", "/v1/actions/7", "/v1/investigations/7", "/v1/nothing", "/"])
    func `and single things that do not exist are 404`(target: String) async throws {
        #expect(try await office.refusal("GET", target).status == 404)
    }
}
