// SPDX-License-Identifier: Apache-2.0

import Bytes
import Redirector
import Testing
import Web

@Suite struct RefusalTests {
    private static let target = "https://www.example.com/a?b=c"

    /// What every bad link must get: these very bytes.
    private func refusal(_ fixture: Fixture) async throws -> WebResponse {
        let answer = try await fixture.answer(Array("/".utf8))
        #expect(answer.status == 404)
        #expect(answer.field("Location") == nil)
        return answer
    }

    @Test func `a link with any one bit turned is refused, always with the same page`() async throws {
        let fixture = try Fixture()
        let refusal = try await refusal(fixture)
        let path = try fixture.path(to: Self.target)
        let redirector = try fixture.redirector
        for index in "/to/".utf8.count..<path.count {
            for bit in 0..<8 {
                var bent = path
                bent[index] ^= 1 << UInt8(bit)
                guard (0x21...0x7E).contains(bent[index]) else { continue }  // refused by the server before
                let answer = await redirector.handle(WebRequest(target: bent))
                // A `?` cuts the path short, so this is a bad link too.
                #expect(answer == refusal, "\(bent.text)")
            }
        }
        #expect(fixture.journal.records.isEmpty)
    }

    @Test func `a link cut anywhere, or with something added, is refused`() async throws {
        let fixture = try Fixture()
        let refusal = try await refusal(fixture)
        let path = try fixture.path(to: Self.target)
        let redirector = try fixture.redirector
        for count in 0..<path.count {
            #expect(await redirector.handle(WebRequest(target: Array(path.prefix(count)))) == refusal)
        }
        for more in ["/", "A", "-A", "/x", "//", "/."] {
            #expect(await redirector.handle(WebRequest(target: path + Array(more.utf8))) == refusal)
        }
    }

    @Test(arguments: [")", ",and", ".", "=", "%", "_", "=2Eexample/x", "%E2%80%99"])
    func `what a mail client takes along behind a link is not looked at`(junk: String) async throws {
        let fixture = try Fixture()
        let answer = try await fixture.answer(fixture.path(to: Self.target) + Array(junk.utf8))
        #expect(answer.status == 302)
        #expect(answer.field("Location") == Self.target)
    }

    @Test(arguments: [
        "/to", "/to/", "/to//", "/to///", "/to/www.example.com", "/to/www.example.com/", "/TO/www.example.com/AAAA",
        "//to/a/b",
        "/favicon.ico", "/robots.txt", "/?u=https://www.example.com/", "/to/a/b?u=https://www.example.com/", "*",
    ]) func `what is no link of ours is refused`(path: String) async throws {
        let fixture = try Fixture()
        #expect(try await fixture.answer(Array(path.utf8)) == refusal(fixture))
    }

    @Test func `a link under another name than the one it was made for is refused`() async throws {
        let fixture = try Fixture()
        let path = try fixture.path(to: Self.target)
        let bent = path.text.replacing("/www.example.com/", with: "/www.example.org/")
        #expect(bent != path.text)
        #expect(try await fixture.answer(Array(bent.utf8)) == refusal(fixture))
    }

    @Test func `a link signed with a key of another site is refused`() async throws {
        let fixture = try Fixture()
        let path = try fixture.path(to: Self.target, keys: Fixture.keyRing())
        #expect(try await fixture.answer(path) == refusal(fixture))
    }

    @Test(arguments: [
        "javascript:alert(1)//www.example.com", "data:text/html,x", "ftp://www.example.com/", "file:///etc/passwd",
        "mailto:a@example.com", "//www.example.com/", "www.example.com", "", "https://", "http://a b/", "https://[::1/",
    ]) func `even a link we signed leads nowhere but to a web page`(target: String) async throws {
        let fixture = try Fixture()
        let path = try fixture.path(to: target, host: "www.example.com")
        #expect(try await fixture.answer(path) == refusal(fixture))
        #expect(fixture.journal.records.isEmpty)
    }

    @Test func `a bad link is refused by POST too`() async throws {
        let fixture = try Fixture()
        let answer = try await fixture.answer(Array("/to/a/b".utf8), "POST", body: "proceed=x")
        #expect(try await answer == refusal(fixture))
    }

    @Test(arguments: [
        ("https://click.example.net", "", 302), ("https://click.example.net/", "", 302),
        ("https://example.net/links", "", 302), ("https://example.net/links", "/links", 302),
        ("https://example.net/links/", "/links", 302), ("https://example.net/links", "/link", 404),
        ("https://example.net/links", "/links/links", 404), ("https://click.example.net", "/links", 404),
    ]) func `links are found below the path of the click URL, passed on by the front server or not`(
        clickURL: String, prefix: String, status: Int
    ) async throws {
        let fixture = try Fixture()
        let redirector = Redirector(
            clickURL: Array(clickURL.utf8), policy: fixture.policy, keys: { fixture.keys },
            pages: try ClickPages(directory: shippedPages, site: "x", contact: nil), judge: { _ in nil },
            journal: fixture.journal)
        let path = Array(prefix.utf8) + (try fixture.path(to: Self.target))
        #expect(await redirector.handle(WebRequest(target: path)).status == status)
    }
}
