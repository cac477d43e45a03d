// SPDX-License-Identifier: Apache-2.0

import Bytes
import Mail
import Records
import Redirector
import Testing
import Verdicts
import Web

@Suite struct OutcomeTests {
    private static let target = "https://www.example.com/a?b=c#d"

    @Test(arguments: [
        // verdict (nil: no index), strict, status, outcome
        (Verdict?.some(.unknown), false, 302, ClickRecord.Outcome.allowed), (.clean, false, 302, .allowed),
        (.suspicious, false, 200, .warned), (.malicious, false, 403, .blocked), (nil, false, 302, .allowed),
        (.unknown, true, 302, .allowed), (nil, true, 200, .warned), (.malicious, true, 403, .blocked),
    ]) func `the verdict decides, and the click is recorded with it`(
        verdict: Verdict?, isStrict: Bool, status: Int, outcome: ClickRecord.Outcome
    ) async throws {
        var fixture = try Fixture()
        fixture.verdict = verdict
        fixture.policy.isStrict = isStrict
        let answer = try await fixture.answer(try fixture.path(to: Self.target), fields: [WebField("User-Agent", "x")])
        #expect(answer.status == status)
        #expect(answer.field("Location") == (status == 302 ? Self.target : nil))
        let record = try #require(fixture.journal.records.first)
        #expect(fixture.journal.records.count == 1)
        #expect(record.outcome == outcome)
        #expect(record.verdict == (verdict ?? .unknown).rawValue)
        #expect(record.indicators == (verdict.map { $0 == .unknown ? [] : [7] } ?? []))
        #expect(record.url == Self.target)
        #expect(record.reference.description == "0123456789abcdef")
        #expect((record.ordinal, record.recipient, record.at) == (3, 1, fixture.time))
        #expect((record.method, record.client, record.userAgent) == ("GET", "192.0.2.1", "x"))
    }

    @Test(arguments: [Verdict.unknown, .suspicious, .malicious])
    func `HEAD is answered like GET and not recorded`(verdict: Verdict) async throws {
        var fixture = try Fixture()
        fixture.verdict = verdict
        let path = try fixture.path(to: Self.target)
        let head = try await fixture.answer(path, "HEAD")
        #expect(fixture.journal.records.isEmpty)
        let get = try await fixture.answer(path)
        #expect(head.status == get.status)
        #expect(head.fields == get.fields)
        #expect(fixture.journal.records.count == 1)
    }

    @Test func `a link dated later than clocks differ meets the warning page`() async throws {
        var fixture = try Fixture()
        let path = try fixture.path(to: Self.target)  // of 2023-11-01, the 1,400th day
        var statuses: [Int] = []
        for early in [300_000, 300_001] as [Int64] {
            fixture.time = 1_698_796_800_000 - early
            statuses.append(try await fixture.answer(path).status)
        }
        #expect(statuses == [302, 200])
        #expect(fixture.journal.records.map(\.reasons) == [nil, ["revoked_key"]])
    }

    @Test(arguments: ["PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get"])
    func `other methods are refused and not recorded`(method: String) async throws {
        let fixture = try Fixture()
        let answer = try await fixture.answer(try fixture.path(to: Self.target), method)
        #expect(answer.status == 405)
        #expect(answer.field("Allow") == "GET, HEAD, POST")
        #expect(fixture.journal.records.isEmpty)
    }

    @Test(arguments: [
        "https://www.example.com/a?b=c#d", "http://EXAMPLE.com/%7Efoo/../bar?q=<>\"|`{}[]^\\", "HTTPS://example.com",
        "http://user:secret@example.com:8080/", "http://10.0.0.7/",
        "https://example.com/?u=https://other.example/%0d%0a",
    ]) func `a clean target goes out exactly as it stood in the message`(target: String) async throws {
        let fixture = try Fixture()
        let answer = try await fixture.answer(try fixture.path(to: target))
        #expect(answer.field("Location") == target)
    }

    @Test(arguments: [
        ("https://example.com\\path", "https://example.com/path"),
        ("https://good.example\\@evil.example/", "https://good.example/@evil.example/"),
        ("https:example.com/a", "https://example.com/a"), ("https:/example.com/a", "https://example.com/a"),
        (" https://example.com/a ", "https://example.com/a"),
        ("https://example.com/a\r\nSet-Cookie: b=c", "https://example.com/aSet-Cookie:%20b=c"),
        ("https://example.com/\u{10A}\u{560A}", "https://example.com/%C4%8A%E5%98%8A"),
        ("https://b\u{FC}cher.example/\u{E9}?\u{E9}", "https://xn--bcher-kva.example/%C3%A9?%C3%A9"),
        ("https://example.com/a b\u{0}c", "https://example.com/a%20b%00c"),
        ("https://example.com/\u{7F}", "https://example.com/%7F"),
    ]) func `any other target goes out as a browser would write it`(target: String, location: String) async throws {
        let fixture = try Fixture()
        let answer = try await fixture.answer(try fixture.path(to: target))
        #expect(answer.status == 302)
        #expect(answer.field("Location") == location)
        #expect(answer.fields.filter { !$0.isClean }.isEmpty)
    }

    @Test func `a monitor gets an answer that tells nothing`() async throws {
        let answer = try await Fixture().answer(Array("/healthz".utf8))
        #expect(answer.status == 200)
        #expect(answer.body.text == "ok\n")
    }
}
