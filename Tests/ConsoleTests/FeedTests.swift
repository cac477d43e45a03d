// SPDX-License-Identifier: Apache-2.0

import Feeds
import Foundation
import Store
import Testing
import Verdicts
import Web

@testable import Console

struct `Feeds, imports and reasons over the API` {
    private let office: Office

    init() async throws {
        office = try await Office()
    }

    private func api() -> AdminAPI {
        let feeds = FeedRunner(
            sources: [FeedSource(name: "list", format: .domains, location: "/nonexistent/list")], ownDomains: [],
            database: office.store, spool: "/nonexistent", now: { Office.now }, tell: { _ in })
        return AdminAPI(
            database: office.store, health: office.health, feeds: feeds, indicatorsChanged: {}, now: { Office.now },
            onError: { _ in })
    }

    private func ask<Value: Decodable>(
        _ method: String, _ target: String, _ body: String = "", as type: Value.Type
    ) async throws -> Value {
        let answer = await api().routes.response(
            to: WebRequest(method: method, target: Array(target.utf8), body: Array(body.utf8)))
        #expect((200..<300).contains(answer.status), "\(String(decoding: answer.body, as: UTF8.self))")
        return try JSON.decode(type, from: answer.body)
    }

    @Test func `a feed is listed, held, released and made due, each with its line in the audit trail`() async throws {
        let list = try await ask("GET", "/v1/feeds", as: FeedList.self)
        #expect(list.items.map(\.name) == ["list"] && list.items[0].format == "domains")
        let body = #"{"actor":"ada","reason":"wrong"}"#
        #expect(try await ask("POST", "/v1/feeds/list/hold", body, as: FeedView.self).status.heldBecause == "wrong")
        #expect(try await ask("POST", "/v1/feeds/list/release", body, as: FeedView.self).status.state == .active)
        #expect(try await ask("POST", "/v1/feeds/list/run", body, as: FeedView.self).status.nextRunAt == 0)
        #expect(try await ask("GET", "/v1/feeds/list", as: FeedView.self).name == "list")
        #expect(
            try await office.audit() == [
                "ada: feed.hold feed list (wrong)", "ada: feed.release feed list", "ada: feed.run feed list",
            ])
    }

    @Test func `a feed that does not exist is not found, nor any where none run`() async throws {
        let answer = await api().routes.response(
            to: WebRequest(
                method: "POST", target: Array("/v1/feeds/none/run".utf8), body: Array(#"{"actor":"ada"}"#.utf8)))
        #expect(answer.status == 404)
        #expect(await office.ask("GET", "/v1/feeds").status == 404)
    }

    @Test func `an import takes what is good and tells what is not`() async throws {
        let body = """
            {"actor":"ada","file":"list.csv","entries":[
            {"place":"line 1","kind":"domain","value":"evil.example","verdict":"malicious"},
            {"place":"line 2","kind":"domain","value":"evil.example/x","verdict":"malicious"},
            {"place":"line 3","kind":"url","value":"http://b.example/","verdict":"clean","expiresAt":9},
            {"place":"line 4","kind":"url","value":"evil.example","verdict":"suspicious"}]}
            """
        let answer = try await ask("POST", "/v1/indicators/import", body, as: ImportAnswer.self)
        #expect(answer.added == 1 && answer.replaced == 1)
        #expect(answer.bad.map(\.place) == ["line 2", "line 3"])
        #expect(try await office.audit() == ["ada: indicator.import indicators (2 from list.csv)"])
    }

    @Test func `why shows every expression, and who decides`() async throws {
        for (kind, value, verdict, source) in [
            (.domain, "shop.example", .clean, "allow"), (.url, "http://www.shop.example/a/", .malicious, "feed"),
            (.file, String(repeating: "a", count: 64), .malicious, "feed"),
        ] as [(Indicator.Kind, String, Verdict, String)] {
            let indicator = Indicator(
                number: 0, kind: kind, pattern: try IndicatorPattern.pattern(of: kind, value: value), value: value,
                verdict: verdict, source: source, reason: nil, createdAt: 1, expiresAt: nil)
            _ = try await office.store.write { try IndicatorStore.add(indicator, in: $0).indicator }
        }
        let why = try await ask("GET", "/v1/why?value=http%3A%2F%2Fwww.shop.example%2Fa%2Fb%3Fc", as: WhyAnswer.self)
        #expect(why.verdict == .clean && why.decidedBy == 1)
        #expect(why.because == "'allow' call 'shop.example/' clean; 1 more say something, and weigh less")
        #expect(why.expressions.first?.expression == "www.shop.example/a/b?c")
        #expect(why.expressions.flatMap { $0.indicators.map(\.number) } == [2, 1])
        let unknown = try await ask("GET", "/v1/why?value=other.example", as: WhyAnswer.self)
        #expect(unknown.verdict == .unknown && unknown.decidedBy == nil && unknown.because == "no indicator covers it")
        let file = try await ask("GET", "/v1/why?value=\(String(repeating: "A", count: 64))", as: WhyAnswer.self)
        #expect(file.verdict == .malicious && file.judged == nil)
        #expect(await office.ask("GET", "/v1/why?value=mailto%3Aa").status == 400)
        #expect(await office.ask("GET", "/v1/why").status == 400)
    }
}
