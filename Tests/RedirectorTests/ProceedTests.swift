// SPDX-License-Identifier: Apache-2.0

import Bytes
import Records
import Redirector
import Testing
import Verdicts
import Web

@Suite struct ProceedTests {
    private static let target = "https://www.example.com/a?b=c"

    private func warned() throws -> Fixture {
        var fixture = try Fixture()
        fixture.verdict = .suspicious
        return fixture
    }

    @Test func `the warning page's button leads on, and is recorded as such`() async throws {
        let fixture = try warned()
        let path = try fixture.path(to: Self.target)
        let token = try Fixture.proceedToken(in: try await fixture.answer(path))
        let answer = try await fixture.proceed(path, with: token, fields: [WebField("Sec-Fetch-Site", "same-origin")])
        #expect(answer.status == 303)
        #expect(answer.field("Location") == Self.target)
        #expect(fixture.journal.records.map(\.outcome) == [.warned, .proceeded])
        #expect(fixture.journal.records.map(\.method) == ["GET", "POST"])
    }

    @Test(arguments: [(0, 200), (1, 200), (2, 303), (600, 303), (601, 200), (86_400, 200)])
    func `the button works after two seconds, for ten minutes`(seconds: Int, status: Int) async throws {
        var fixture = try Fixture(proceedDelay: ClickPolicy().proceedDelay)
        fixture.verdict = .suspicious
        let path = try fixture.path(to: Self.target)
        let token = try Fixture.proceedToken(in: try await fixture.answer(path))
        fixture.time += Int64(seconds) * 1_000
        #expect(try await fixture.proceed(path, with: token).status == status)
    }

    @Test func `a button of another link does not lead on`() async throws {
        let fixture = try warned()
        let path = try fixture.path(to: Self.target)
        let other = try fixture.path(to: Self.target, ordinal: 4)
        let token = try Fixture.proceedToken(in: try await fixture.answer(other))
        let answer = try await fixture.proceed(path, with: token)
        #expect(answer.status == 200)
        #expect(fixture.journal.records.map(\.outcome) == [.warned, .warned])
        #expect(try await fixture.proceed(other, with: token).status == 303)
    }

    @Test func `the button works for a link that a mail client took too long`() async throws {
        let fixture = try warned()
        let path = try fixture.path(to: Self.target) + Array("),".utf8)
        let token = try Fixture.proceedToken(in: try await fixture.answer(path))
        #expect(try await fixture.proceed(path, with: token).status == 303)
    }

    @Test func `the link's own token is no button, nor is the button a link`() async throws {
        let fixture = try warned()
        let path = try fixture.path(to: Self.target)
        let linkToken = try #require(path.split(separator: UInt8(ascii: "/")).last)
        #expect(try await fixture.proceed(path, with: String(decoding: linkToken, as: UTF8.self)).status == 200)
        let token = try Fixture.proceedToken(in: try await fixture.answer(path))
        #expect(try await fixture.answer(Array("/to/www.example.com/\(token)".utf8)).status == 404)
    }

    @Test func `a button with any one character changed or cut does not lead on`() async throws {
        let fixture = try warned()
        let path = try fixture.path(to: Self.target)
        let token = Array(try Fixture.proceedToken(in: try await fixture.answer(path)))
        for index in token.indices {
            var bent = token
            bent[index] = bent[index] == "A" ? "B" : "A"
            #expect(try await fixture.proceed(path, with: String(bent)).status == 200, "\(String(bent))")
            #expect(try await fixture.proceed(path, with: String(token.prefix(index))).status == 200)
        }
    }

    @Test(arguments: ["cross-site", "same-site", "none"])
    func `a form on another site does not lead on`(site: String) async throws {
        let fixture = try warned()
        let path = try fixture.path(to: Self.target)
        let token = try Fixture.proceedToken(in: try await fixture.answer(path))
        let answer = try await fixture.proceed(path, with: token, fields: [WebField("Sec-Fetch-Site", site)])
        #expect(answer.status == 200)
        #expect(answer.field("Location") == nil)
    }

    @Test(arguments: [
        ("https://evil.example", 200), ("http://click.example.org", 200), ("null", 303), ("OWN", 303),
    ]) func `a browser that says less still names a foreign page`(origin: String, status: Int) async throws {
        let fixture = try warned()
        let path = try fixture.path(to: Self.target)
        let token = try Fixture.proceedToken(in: try await fixture.answer(path))
        let own = Fixture.clickURL.split(separator: "/").prefix(2).joined(separator: "//")
        let answer = try await fixture.proceed(
            path, with: token, fields: [WebField("Origin", origin == "OWN" ? own : origin)])
        #expect(answer.status == status)
    }

    @Test func `GET never leads on past a warning`() async throws {
        let fixture = try warned()
        let path = try fixture.path(to: Self.target)
        let token = try Fixture.proceedToken(in: try await fixture.answer(path))
        let answer = try await fixture.answer(path + Array("?proceed=\(token)".utf8), body: "proceed=\(token)")
        #expect(answer.status == 200)
    }

    @Test func `what turned malicious in between stays blocked`() async throws {
        var fixture = try warned()
        let path = try fixture.path(to: Self.target)
        let token = try Fixture.proceedToken(in: try await fixture.answer(path))
        fixture.verdict = .malicious
        #expect(try await fixture.proceed(path, with: token).status == 403)
        #expect(fixture.journal.records.map(\.outcome) == [.warned, .blocked])
    }

    @Test func `where going on is not allowed there is no button, and one made elsewhere does not work`() async throws {
        var fixture = try warned()
        let path = try fixture.path(to: Self.target)
        let token = try Fixture.proceedToken(in: try await fixture.answer(path))
        fixture.policy.allowsProceeding = false
        let page = try await fixture.answer(path)
        #expect(!page.body.text.contains("name=\"proceed\"") && !page.body.text.contains("Go on to"))
        // The report's form is answered by us; no form may lead elsewhere.
        #expect(page.field("Content-Security-Policy")?.contains("form-action 'self';") == true)
        #expect(try await fixture.proceed(path, with: token).status == 200)
    }
}
