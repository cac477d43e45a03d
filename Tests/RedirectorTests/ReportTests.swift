// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import LinkTokens
import Mail
import Records
import Redirector
import Testing
import URLSyntax
import Verdicts
import Web

@Suite struct ReportTests {
    private static let target = "https://www.example.com/a"

    private func proof(in page: WebResponse) throws -> String {
        let text = page.body.text
        let start = try #require(text.firstRange(of: #"name="proof" value=""#))
        return String(text[start.upperBound...].prefix { $0 != "\"" })
    }

    @Test(arguments: [
        ("safe", ClickAlertRecord.Kind.reportedSafe), ("phishing", .reportedPhishing),
    ]) func `a report from a page of ours is recorded and thanked for`(
        what: String, kind: ClickAlertRecord.Kind
    ) async throws {
        for verdict in [Verdict.suspicious, .malicious] {
            var fixture = try Fixture()
            fixture.verdict = verdict
            let path = try fixture.path(to: Self.target)
            let proof = try proof(in: try await fixture.answer(path))
            let answer = try await fixture.answer(path, "POST", body: "proof=\(proof)&report=\(what)")
            #expect(answer.status == 200 && answer.field("Location") == nil)
            #expect(answer.body.text.contains("Thank you"))
            let alert = try #require(fixture.journal.alerts.first)
            #expect(fixture.journal.alerts.count == 1 && fixture.journal.records.count == 1)
            #expect(alert.kind == kind && alert.url == Self.target)
            #expect((alert.ordinal, alert.recipient) == (3, 1))
        }
    }

    @Test func `a report needs the page's own token, and is no way on`() async throws {
        var fixture = try Fixture()
        fixture.verdict = .suspicious
        let path = try fixture.path(to: Self.target)
        let page = try await fixture.answer(path)
        let (proceed, proof) = (try Fixture.proceedToken(in: page), try proof(in: page))
        #expect(proceed != proof)
        for body in ["report=safe", "report=safe&proof=x", "report=safe&proof=\(proceed)", "report=bad&proof=\(proof)"]
        {
            #expect(try await fixture.answer(path, "POST", body: body).status == 200)
        }
        #expect(try await fixture.answer(path, "POST", body: "proceed=\(proof)").status == 200)
        let fields = [WebField("Sec-Fetch-Site", "cross-site")]
        _ = try await fixture.answer(path, "POST", fields: fields, body: "report=safe&proof=\(proof)")
        #expect(fixture.journal.alerts.isEmpty)
    }

    @Test func `a report that cannot be kept is not thanked for`() async throws {
        var fixture = try Fixture()
        fixture.verdict = .malicious
        let path = try fixture.path(to: Self.target)
        let proof = try proof(in: try await fixture.answer(path))
        fixture.journal.fail()
        #expect(try await fixture.answer(path, "POST", body: "proof=\(proof)&report=safe").status == 503)
    }
}

@Suite struct RevokedKeyTests {
    @Test func `a revoked key's links meet the warning page, never 404, never a redirect`() async throws {
        var fixture = try Fixture()
        let path = try fixture.path(to: "https://www.example.com/")
        // The same key, revoked behind a new one.
        var file = try KeyFileText(try Fixture.text(of: fixture), name: "keys")
        _ = try file.prepareNext(at: 0)
        _ = try file.promoteNext(leaving: .revoked)
        fixture.keys = file.keys
        let answer = try await fixture.answer(path)
        #expect(answer.status == 200 && answer.field("Location") == nil)
        #expect(answer.body.text.contains("wrong hands"))
        #expect(fixture.journal.records.first?.reasons == ["revoked_key"])
        #expect(fixture.journal.records.first?.outcome == .warned)
        let token = try Fixture.proceedToken(in: answer)
        #expect(try await fixture.proceed(path, with: token).status == 303)
    }
}

@Suite struct LanguageTests {
    @Test(arguments: [
        (nil, "en"), ("de", "de"), ("de-AT,en;q=0.9", "de"), ("ja,fr;q=0.7,de;q=0.8", "de"), ("ja", "en"),
        ("es;q=0.1,it;q=0.2", "it"), ("", "en"), (",,;;q=;q=9", "en"), ("fr;q=0", "en"), ("EN-gb, DE;q=0.5", "en"),
        (String(repeating: "x,", count: 4_000), "en"),
    ]) func `pages speak the reader's language`(field: String?, language: String) async throws {
        var fixture = try Fixture()
        fixture.verdict = .malicious
        let fields = field.map { [WebField("Accept-Language", $0)] } ?? []
        let answer = try await fixture.answer(try fixture.path(to: "https://www.example.com/"), fields: fields)
        #expect(answer.body.text.contains("<html lang=\"\(language)\">"))
        #expect(try await fixture.answer(Array("/x".utf8), fields: fields).body.text.contains("lang=\"\(language)\""))
    }

    @Test func `no page has an empty place in any language`() async throws {
        for language in ["en", "de", "fr", "es", "it"] {
            for verdict in [Verdict.suspicious, .malicious] {
                var fixture = try Fixture()
                fixture.verdict = verdict
                let fields = [WebField("Accept-Language", language)]
                let text = try await fixture.answer(try fixture.path(to: "https://www.example.com/"), fields: fields)
                    .body.text
                #expect(!text.contains("{{") && !text.contains("<h1></h1>") && !text.contains("<li></li>"))
            }
        }
    }
}

@Suite struct WireTests {
    @Test func `a record as JSON reads back as the same record`() throws {
        var click = ClickRecord(
            id: "0123456789abcdef", at: 1, reference: MessageReference(bits: 7), ordinal: 1, recipient: 2,
            url: "https://example.com/\"\\\n\u{1}", outcome: .asked, verdict: "suspicious", indicators: [1, -2],
            method: "GET", client: "192.0.2.1", userAgent: "x\u{202E}")
        #expect(try JSON.decode(ClickRecord.self, from: click.json) == click)
        click.reasons = ["outside", "look_alike: a"]
        click.wrappers = []
        click.innerURL = "https://b/"
        click.clicker = "human"
        click.clickerReason = "r"
        click.audience = "inside"
        click.fields = ["Accept: *"]
        click.issued = 3
        #expect(try JSON.decode(ClickRecord.self, from: click.json) == click)
        let alert = ClickAlertRecord(
            id: "0123456789abcdef", at: 1, kind: .overAudience, reference: MessageReference(bits: 7), ordinal: 1,
            recipient: 2, url: "https://e/", client: "c", addresses: 51)
        #expect(try JSON.decode(ClickAlertRecord.self, from: alert.json) == alert)
    }
}
