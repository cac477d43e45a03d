// SPDX-License-Identifier: Apache-2.0

import Bytes
import LinkTokens
import Mail
import Testing
import URLSyntax

@Suite struct LinkMintTests {
    private let token = LinkToken(
        reference: TestKeys.reference, ordinal: 0, recipient: 0, day: 0, target: Array("http://example.com/".utf8))

    private func url(_ text: String) throws -> WebURL { try WebURL.parse(Array(text.utf8)) }

    private func rewritten(_ clickURL: String, host: String = "example.com") throws -> String {
        let mint = try #require(LinkMint(clickURL: Array(clickURL.utf8), keys: TestKeys.usual()))
        return try #require(mint.rewrittenURL(token, host: Array(host.utf8))).text
    }

    @Test(arguments: [
        ("https://click.example.org", "https://click.example.org/to/example.com/"),
        ("https://click.example.org/", "https://click.example.org/to/example.com/"),
        ("HTTPS://Click.Example.ORG:443//", "https://click.example.org/to/example.com/"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/to/example.com/"),
        ("https://mail.example.org/links/", "https://mail.example.org/links/to/example.com/"),
    ]) func `links stand below the click URL`(clickURL: String, prefix: String) throws {
        let link = try rewritten(clickURL)
        #expect(link.hasPrefix(prefix))
        let mint = try #require(LinkMint(clickURL: Array(clickURL.utf8), keys: TestKeys.usual()))
        #expect(mint.isOwn(try url(link)))
        #expect(mint.linkToken(in: try url(link)) == token)
        #expect(LinkMint.unwrap(Array(link.utf8), keys: try TestKeys.usual()) == token)
    }

    @Test(arguments: [
        "", "click.example.org", "ftp://click.example.org", "https://", "https://u@click.example.org",
        "https://click.example.org/?q", "https://click.example.org/#f", "mailto:a@example.org",
    ]) func `a click URL must be plain`(clickURL: String) throws {
        let keys = try TestKeys.usual()
        #expect(LinkMint(clickURL: Array(clickURL.utf8), keys: keys) == nil)
    }

    @Test func `ours is what a browser would send to our redirector`() throws {
        let mint = try #require(LinkMint(clickURL: TestKeys.clickURL, keys: TestKeys.usual()))
        let tail = try rewritten("https://click.example.org").dropFirst("https://click.example.org".count)
        for start in [
            "https://click.example.org", "https://CLICK.example.org:443", "https:\\\\click.example.org",
            "https:click.example.org", "https://u:p@click.example.org", " https://cli\tck.example.org",
            "https://click.example.org/x/..",
        ] {
            #expect(mint.isOwn(try url(start + tail)), "\(start)")
            #expect(mint.linkToken(in: try url(start + tail)) == token, "\(start)")
        }
        #expect(mint.linkToken(in: try url("https://click.example.org\(tail)?utm_source=x#y")) == token)
        for start in [
            "http://click.example.org", "https://click.example.org:8443", "https://click.example.org.evil.example",
            "https://click.example.org@evil.example", "https://evil.example/click.example.org",
            "https://click.example.org/x", "ftp://click.example.org",
        ] {
            #expect(!mint.isOwn(try url(start + tail)), "\(start)")
            #expect(mint.linkToken(in: try url(start + tail)) == nil, "\(start)")
        }
    }

    @Test func `a link that only claims to be ours has no token`() throws {
        let mint = try #require(LinkMint(clickURL: TestKeys.clickURL, keys: TestKeys.usual()))
        let link = try rewritten("https://click.example.org")
        for forged in [
            "https://click.example.org/to/", "https://click.example.org/to/example.com",
            "https://click.example.org/to/example.com/", "https://click.example.org/to/example.com/AAAA",
            link.replacing("example.com", with: "example.net"), link + "/", link + "/x",
        ] {
            #expect(mint.isOwn(try url(forged)), "\(forged)")
            #expect(mint.linkToken(in: try url(forged)) == nil, "\(forged)")
        }
        #expect(!mint.isOwn(try url("https://click.example.org/admin")))
        #expect(!mint.isOwn(try url("https://click.example.org/to")))
    }

    @Test(arguments: [
        ")", ",and", ".", "=2Eexample", "(s).example/x", "&amp;", "-", "__", "%E2%80%99", ";/to/a/b", "*~",
    ])
    func `what a greedy program takes along behind a link does not matter`(junk: String) throws {
        let mint = try #require(LinkMint(clickURL: TestKeys.clickURL, keys: TestKeys.usual()))
        let link = try rewritten("https://click.example.org")
        #expect(mint.linkToken(in: try url(link + junk)) == token)
        #expect(
            mint.unverifiedToken(in: try url(link + junk))?.text
                == link.split(separator: "/").last.map { Array($0.utf8) })
        #expect(LinkMint.unwrap(Array((link + junk).utf8), keys: try TestKeys.usual()) == token)
    }

    @Test func `what could be more of the token is not cut off`() throws {
        let mint = try #require(LinkMint(clickURL: TestKeys.clickURL, keys: TestKeys.usual()))
        let link = try rewritten("https://click.example.org")
        for other in ["A", "0", "-A", "_a)", "/", "/)", "/x"] {
            #expect(mint.linkToken(in: try url(link + other)) == nil, "\(other)")
        }
        #expect(mint.linkToken(in: try url(String(link.dropLast()) + ")")) == nil)
        #expect(mint.linkToken(in: try url("https://click.example.org/to/example.com/)")) == nil)
    }

    @Test func `a link unwraps when the redirector is gone`() throws {
        let keys = try TestKeys.usual()
        let link = try rewritten("https://click.example.org", host: "[::1]")
        let moved = link.replacing("https://click.example.org", with: "http://old.example:81/a/b")
        #expect(LinkMint.unwrap(Array(moved.utf8), keys: keys) == token)
        #expect(LinkMint.unwrap(Array("  \(moved)\n".utf8), keys: keys) == token)
        for other in ["", "/", "https://old.example/", "https://old.example/to/", "x:to/a/b", "no link"] {
            #expect(LinkMint.unwrap(Array(other.utf8), keys: keys) == nil)
        }
        #expect(LinkMint.unwrap(Array(link.replacing("/to/", with: "/2/").utf8), keys: keys) == nil)
    }

    @Test(
        arguments: [
            (1_577_836_799_999, 0), (1_577_836_800_000, 0), (1_577_923_200_000, 1), (-1, 0), (Int64.max, 65_535),
            (1_732_406_400_000, 1_789),
        ] as [(Int64, UInt16)]) func `days are counted from 2020`(milliseconds: Int64, day: UInt16)
    {
        #expect(LinkToken.day(at: milliseconds) == day)
    }
}
