// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography
import Foundation
import Redirector
import Testing
import Verdicts
import Web

@Suite struct PagesTests {
    /// Answers of every kind: redirect, warning, block, refusal, unavailable, monitor, wrong method.
    private func answers(to target: String) async throws -> [WebResponse] {
        var fixture = try Fixture()
        let path = try fixture.path(to: target)
        var answers = [try await fixture.answer(path)]
        fixture.verdict = .suspicious
        answers.append(try await fixture.answer(path))
        fixture.verdict = .malicious
        answers.append(try await fixture.answer(path))
        answers.append(try await fixture.answer(Array("/".utf8)))
        answers.append(try await fixture.answer(Array("/healthz".utf8)))
        answers.append(try await fixture.answer(path, "PUT"))
        fixture.verdict = .unknown
        fixture.journal.fail()
        answers.append(try await fixture.answer(path))
        return answers
    }

    @Test func `every answer carries the security fields`() async throws {
        let answers = try await answers(to: "https://www.example.com/")
        #expect(answers.map(\.status) == [302, 200, 403, 404, 200, 405, 503])
        for answer in answers {
            let policy = try #require(answer.field("Content-Security-Policy"))
            #expect(policy.hasPrefix("default-src 'none'; style-src 'sha256-"))
            #expect(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"))
            #expect(!policy.contains("script") && !policy.contains("unsafe"))
            #expect(answer.field("Referrer-Policy") == "no-referrer")
            #expect(answer.field("X-Content-Type-Options") == "nosniff")
            #expect(answer.field("X-Frame-Options") == "DENY")
            #expect(answer.field("Cache-Control") == "no-store")
            #expect(answer.field("Set-Cookie") == nil)
            let hasForm = answer.body.text.contains("<form")
            #expect(policy.contains("form-action 'none'") == !hasForm)
            // Only a page with a way on may be answered with a redirect to somewhere else.
            #expect(policy.contains("form-action 'self' http: https:") == answer.body.text.contains(#"name="proceed""#))
        }
    }

    @Test func `the style sheet on a page is the one the policy allows`() async throws {
        for answer in try await answers(to: "https://www.example.com/") where answer.body.text.contains("<style>") {
            let text = answer.body.text
            let start = try #require(text.firstRange(of: "<style>")).upperBound
            let end = try #require(text.firstRange(of: "</style>")).lowerBound
            let hash = Base64URL.encode(SHA256.digest(Array(text[start..<end].utf8))).text
            #expect(try #require(answer.field("Content-Security-Policy")).contains("'sha256-\(hash)='"))
        }
    }

    @Test(arguments: [
        "https://example.com/\"><script>alert(1)</script>", "https://example.com/'onload='x",
        "https://example.com/?<b>&lt;",
        "https://example.com/{{host}}{{{url}}}", "https://\"<b>@example.com/", "https://example.com/\"\u{301}<\u{338}",
        "https://example.com/#</p><form action=https://evil.example>", "https://example.com/\u{202E}gnp.exe",
    ]) func `nothing of a target becomes markup`(target: String) async throws {
        let pages = try await answers(to: target).filter { $0.status == 200 || $0.status == 403 }
        let plain = try await answers(to: "https://example.com/").filter { $0.status == 200 || $0.status == 403 }
        for (page, plain) in zip(pages, plain) {
            for mark in "<>\"'".utf8 {
                #expect(page.body.count { $0 == mark } == plain.body.count { $0 == mark })
            }
            #expect(!page.body.text.contains("<script") && !page.body.text.contains("\u{202E}"))
        }
    }

    @Test func `warning and block page show the real host, the reason and a reference`() async throws {
        let target = "https://www.paypal.com@b\u{FC}cher.example:8443/login"
        for answer in try await answers(to: target)[1...2] {
            let text = answer.body.text
            #expect(text.contains(#"<p class="host" dir="ltr">xn--bcher-kva.example:8443</p>"#))
            #expect(text.contains("organisation uses"))
            #expect(text.contains("<code>0123456789abcdef-3</code>"))
            #expect(text.contains("Example &amp; Sons") && text.contains("the help desk"))
        }
    }

    @Test func `a very long address is shown in part`() async throws {
        let pages = try await answers(to: "https://example.com/\(String(repeating: "x", count: 3_000))")
        #expect(pages[2].body.text.contains("xxx…</p>"))
        #expect(pages[2].body.count < 8_000)
    }

    @Test func `pages have what a screen reader and a phone need, and no script`() async throws {
        for answer in try await answers(to: "https://example.com/")
        where answer.field("Content-Type")?.contains("html") == true {
            let text = answer.body.text
            #expect(text.hasPrefix("<!doctype html>\n<html lang=\"en\">"))
            #expect(text.contains("<title>") && text.contains("<h1>") && text.contains("<main>"))
            #expect(text.contains(#"<meta name="viewport" content="width=device-width, initial-scale=1">"#))
            #expect(!text.contains("<script") && !text.contains("http:") && !text.contains("src="))
        }
    }

    @Test func `a directory without the style sheet is refused`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pages-\(UInt32.random(in: 0 ... .max))")
        try FileManager.default.copyItem(atPath: shippedPages, toPath: folder.path)
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try ClickPages(directory: folder.path, site: "x", contact: nil)
        try "p { } </style>".write(to: folder.appending(path: "style.css"), atomically: true, encoding: .utf8)
        #expect {
            try ClickPages(directory: folder.path, site: "x", contact: nil)
        } throws: {
            "\($0)" == "\(folder.path)/style.css: a style sheet must not contain '</'"
        }
        try FileManager.default.removeItem(at: folder.appending(path: "style.css"))
        #expect(throws: PageTemplateError.self) { try ClickPages(directory: folder.path, site: "x", contact: nil) }
    }
}
