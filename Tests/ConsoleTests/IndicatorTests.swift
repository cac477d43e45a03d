// SPDX-License-Identifier: Apache-2.0

import Store
import Testing
import Verdicts
import Web

@testable import Console

struct `Indicators over the API` {
    private let office: Office

    init() async throws {
        office = try await Office()
    }

    private func add(_ value: String, _ verdict: String, actor: String = "ada", more: String = "") async throws
        -> IndicatorAnswer
    {
        let body = #"{"kind":"url","value":"\#(value)","verdict":"\#(verdict)","actor":"\#(actor)"\#(more)}"#
        let answer = await office.ask("POST", "/v1/indicators", body)
        #expect(answer.status == 201)
        return try JSON.decode(IndicatorAnswer.self, from: answer.body)
    }

    @Test func `that cover a whole public suffix need to be meant`() async throws {
        for (kind, value) in [("domain", "com"), ("url", "http://co.uk/")] {
            let body = #"{"kind":"\#(kind)","value":"\#(value)","verdict":"malicious","actor":"ada""#
            let refusal = try await office.refusal("POST", "/v1/indicators", body + "}")
            #expect(refusal.status == 400 && refusal.message.contains("is a public suffix: it would cover all names"))
            #expect(await office.ask("POST", "/v1/indicators", body + #","coversSuffix":true}"#).status == 201)
        }
    }

    @Test func `are added, renewed, replaced and removed, each with its line in the audit trail`() async throws {
        let added = try await add("http://evil.example/x", "suspicious")
        #expect(added.result == "added" && added.indicator.number == 1 && added.indicator.source == "admin")
        let renewed = try await add("hxxp://evil[.]example/x", "suspicious", actor: "bob", more: #","reason":"again""#)
        #expect(renewed.result == "renewed" && renewed.indicator.number == 1 && renewed.indicator.reason == "again")
        let replaced = try await add("http://evil.example/x", "malicious")
        #expect(replaced.result == "replaced" && replaced.indicator.number == 2)
        #expect(await office.ask("DELETE", "/v1/indicators/2?actor=ada").status == 200)
        #expect(
            try await office.audit() == [
                "ada: indicator.add indicator 1 (suspicious evil.example/x)",
                "bob: indicator.add indicator 1 (suspicious evil.example/x, as before)",
                "ada: indicator.add indicator 2 (malicious evil.example/x, instead of indicator 1)",
                "ada: indicator.remove indicator 2",
            ])
        #expect(office.published == 4)
    }

    @Test func `removed ones are listed only when asked for`() async throws {
        _ = try await add("http://evil.example/x", "malicious")
        _ = await office.ask("DELETE", "/v1/indicators/1?actor=ada")
        #expect(try await office.get("/v1/indicators", as: Page<IndicatorRow>.self).items.isEmpty)
        let all = try await office.get("/v1/indicators?removed=true", as: Page<IndicatorRow>.self).items
        #expect(all.map(\.removedAt) == [Office.now])
    }

    @Test func `are removed once in the audit trail, however often it is asked for`() async throws {
        _ = try await add("http://evil.example/x", "malicious")
        for actor in ["ada", "bob"] {
            #expect(await office.ask("DELETE", "/v1/indicators/1?actor=\(actor)").status == 200)
        }
        #expect(try await office.audit().count == 2)
    }

    @Test(arguments: [
        ("not JSON", "the body is not JSON"),
        ("{}", "key 'kind' is missing"),
        (#"{"kind":"domain","value":7,"verdict":"malicious","actor":"ada"}"#, "key 'value': expected String"),
        (
            #"{"kind":"domain","value":"evil.example/x","verdict":"malicious","actor":"ada"}"#,
            "domain 'evil.example/x': is no domain: expected a host name alone, found '/'"
        ),
        (
            #"{"kind":"file","value":"abc","verdict":"malicious","actor":"ada"}"#,
            "file 'abc': is no SHA-256, SHA-1 or MD5: expected 64, 40 or 32 hexadecimal digits, found 3 bytes"
        ),
        (
            #"{"kind":"domain","value":"evil.example","verdict":"unknown","actor":"ada"}"#,
            "verdict: expected malicious, suspicious or clean"
        ),
        (
            #"{"kind":"domain","value":"evil.example","verdict":"malicious","actor":"ada","expiresAt":9999}"#,
            "expiresAt: expected a time in the future"
        ),
        (
            #"{"kind":"domain","value":"evil.example","verdict":"malicious","actor":" "}"#,
            "actor: expected a name of 1 to 200 characters, found none"
        ),
    ])
    func `with bad values are refused with the key and what was expected`(body: String, message: String) async throws {
        #expect(try await office.refusal("POST", "/v1/indicators", body) == .init(400, message))
        #expect(try await office.audit().isEmpty)
        #expect(office.published == 0)
    }

    @Test func `with texts that would fill the log are refused`() async throws {
        let long = String(repeating: "x", count: 2_001)
        let reason =
            #"{"kind":"domain","value":"evil.example","verdict":"malicious","actor":"ada","reason":"\#(long)"}"#
        #expect(
            try await office.refusal("POST", "/v1/indicators", reason)
                == .init(400, "note: expected at most 2000 characters, found 2001"))
        let tail = "http://evil.example/#" + String(repeating: "x", count: 8_000)
        let value = #"{"kind":"url","value":"\#(tail)","verdict":"malicious","actor":"ada"}"#
        #expect(try await office.refusal("POST", "/v1/indicators", value).message.hasSuffix("the limit is 8000"))
    }

    @Test func `cannot be removed by nobody, nor when they do not exist`() async throws {
        #expect(
            try await office.refusal("DELETE", "/v1/indicators/7?actor=ada") == .init(404, "there is no indicator 7"))
        #expect(try await office.refusal("DELETE", "/v1/indicators/7").status == 400)
        #expect(try await office.refusal("GET", "/v1/indicators/7") == .init(404, "there is no indicator 7"))
        #expect(
            try await office.refusal("GET", "/v1/indicators/seven") == .init(404, "expected a number, found 'seven'"))
    }

    @Test func `that are stored but not in the index yet are no success`() async throws {
        let office = try await Office(indexProblem: "no space left")
        let body = #"{"kind":"domain","value":"evil.example","verdict":"malicious","actor":"ada"}"#
        let refusal = try await office.refusal("POST", "/v1/indicators", body)
        #expect(refusal.status == 503)
        #expect(
            refusal.message == "stored, but the verdict index could not be written and is tried again: no space left")
        #expect(try await office.get("/v1/indicators", as: Page<IndicatorRow>.self).items.count == 1)
    }
}
