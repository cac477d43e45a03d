// SPDX-License-Identifier: Apache-2.0

import Bytes
import LinkTokens
import Mail
import Testing
import URLSyntax

@Suite struct LinkTokenTests {
    /// Targets as messages have them, with the host a browser reads in them.
    static let targets: [(target: [UInt8], host: String)] =
        [
            ("http://example.com/", "example.com"),
            ("HTTPS://User:Pass@Example.COM:8443/a b?q=\u{E9}#frag", "example.com"),
            ("http://evil.example\\@good.example/", "evil.example"),
            ("//example.com/x", "example.com"),
            ("http://xn--bcher-kva.example/", "xn--bcher-kva.example"),
            ("http://[2001:db8::1]:8080/x", "[2001:db8::1]"),
            ("http://./", "."),
            ("http://../", ".."),
            ("http://a'\"(){}`~!$&*+,;=b/", "a'\"(){}`~!$&*+,;=b"),
            ("foo://a%41b/", "a%41b"),
            ("mailto:x", ""),
            ("http://\(String(repeating: "a", count: 300))/", String(repeating: "a", count: 300)),
            ("", ""),
        ].map { (Array($0.0.utf8), $0.1) } + [
            (Array(0...255), "example.com"), ([0x0D, 0x0A], "example.com"), ([0xFF, 0xFE, 0], "example.com"),
            ([UInt8](repeating: 0x61, count: LinkToken.targetSizeLimit), "example.com"),
        ]

    private func token(
        _ target: [UInt8] = Array("https://example.com/a?b=c".utf8), ordinal: Int = 3, recipient: Int = 1
    ) -> LinkToken {
        LinkToken(reference: TestKeys.reference, ordinal: ordinal, recipient: recipient, day: 1_790, target: target)
    }

    private func mint(_ keys: KeyRing) throws -> LinkMint {
        try #require(LinkMint(clickURL: TestKeys.clickURL, keys: keys))
    }

    @Test func `a target with line ends is one line for people`() {
        #expect(token(Array("HTTP://a.example/%7e".utf8)).targetLine.text == "HTTP://a.example/%7e")
        #expect(token(Array("ht\ttp://a.ex\r\nample/b".utf8)).targetLine.text == "http://a.example/b")
        #expect(token(Array("a\nb".utf8)).targetLine.isEmpty)
    }

    @Test(arguments: targets) func `what was wrapped unwraps to the same bytes`(target: [UInt8], host: String) throws {
        let keys = try TestKeys.usual()
        let mint = try mint(keys)
        let url = try #require(mint.rewrittenURL(token(target), host: Array(host.utf8)))
        #expect(LinkMint.unwrap(url, keys: keys) == token(target))
        let parsed = try WebURL.parse(url)
        #expect(mint.linkToken(in: parsed)?.target == target)
        // A browser sends it as it stands in the message.
        #expect(parsed.serialized == url)
        #expect(url.allSatisfy { $0.isASCIIAlphanumeric || ("-._~:/%" as StaticString).bytes.contains($0) })
        #expect(url.count < 8_192)
    }

    @Test func `no link ends in a character that a mail client cuts off`() throws {
        let keys = try TestKeys.usual()
        let mint = try mint(keys)
        for size in 0..<600 {
            let sent = token([UInt8](repeating: 0x61, count: size), ordinal: size)
            let url = try #require(mint.rewrittenURL(sent, host: Array("example.com".utf8)))
            #expect(url.last?.isASCIIAlphanumeric == true, "\(size)")
            #expect(LinkMint.unwrap(url, keys: keys) == sent, "\(size)")
        }
    }

    @Test(arguments: [
        (0, 0), (1, 1), (127, 128), (16_383, 16_384), (LinkToken.numberLimit, LinkToken.numberLimit),
    ]) func `numbers come back`(ordinal: Int, recipient: Int) throws {
        let keys = try TestKeys.usual()
        let sent = token(ordinal: ordinal, recipient: recipient)
        let url = try #require(try mint(keys).rewrittenURL(sent, host: Array("example.com".utf8)))
        #expect(LinkMint.unwrap(url, keys: keys) == sent)
    }

    @Test func `what a token cannot carry is not minted`() throws {
        let mint = try mint(TestKeys.usual())
        let host = Array("example.com".utf8)
        let long = [UInt8](repeating: 0x61, count: LinkToken.targetSizeLimit + 1)
        #expect(mint.rewrittenURL(token(long), host: host) == nil)
        #expect(mint.rewrittenURL(token(ordinal: LinkToken.numberLimit + 1), host: host) == nil)
        #expect(mint.rewrittenURL(token(recipient: -1), host: host) == nil)
    }

    @Test func `the layout is the published one`() throws {
        let keys = try TestKeys.usual()
        let url = try #require(try mint(keys).rewrittenURL(token([0x61], ordinal: 300), host: Array("a.example".utf8)))
        let (prefix, text) = (Array("https://click.example.org/to/a.example/".utf8), url.dropFirst(39))
        #expect(Array(url.prefix(39)) == prefix)
        let bytes = try #require(Base64URL.decode(text))
        #expect(Hex.encode(bytes.dropLast(16)).text == "1002" + "0123456789abcdef" + "ac02" + "01" + "06fe" + "61")
    }

    @Test(arguments: [
        ("example.com", "example.com"), ("[2001:db8::1]", "%5B2001:db8::1%5D"), ("192.0.2.1", "192.0.2.1"),
        ("", "_"), (".", "_"), ("..", "_"), ("a%41", "_"), ("a(b", "a%28b"), ("a_b", "a_b"),
        (String(repeating: "!", count: 86), "_"),
    ]) func `the reader sees the host`(host: String, visible: String) throws {
        let url = try #require(try mint(TestKeys.usual()).rewrittenURL(token(), host: Array(host.utf8)))
        #expect(url.text.hasPrefix("https://click.example.org/to/\(visible)/EAI"))
    }

    @Test func `escaping of the host on the way does not matter`() throws {
        let keys = try TestKeys.usual()
        let url = try #require(try mint(keys).rewrittenURL(token(), host: Array("[2001:db8::1]".utf8)))
        let text = Array(url.text.split(separator: "/")[4].utf8)
        for host in ["[2001:db8::1]", "%5b2001:db8::1%5d", "%5B2001%3Adb8%3A%3A1%5D"] {
            #expect(UnverifiedLinkToken(host: Array(host.utf8), token: text)?.verified(by: keys) == token(), "\(host)")
        }
        for host in ["[2001:db8::2]", "%5b2001:db8::1%5", "", "%255B2001:db8::1%255D", "\u{0}"] {
            #expect(UnverifiedLinkToken(host: Array(host.utf8), token: text)?.verified(by: keys) == nil, "\(host)")
        }
    }

    @Test func `another host, another key or an unknown key id is refused`() throws {
        let keys = try TestKeys.usual()
        let url = try #require(try mint(keys).rewrittenURL(token(), host: Array("example.com".utf8)))
        let text = Array(url.text.split(separator: "/")[4].utf8)
        let unverified = try #require(UnverifiedLinkToken(host: Array("example.com".utf8), token: text))
        #expect(unverified.verified(by: keys) == token())
        #expect(unverified.verified(by: try TestKeys.other()) == nil)
        #expect(unverified.verified(by: try TestKeys.ring(["1 current \(TestKeys.secret(2))"])) == nil)
        #expect(UnverifiedLinkToken(host: Array("example.co".utf8), token: text)?.verified(by: keys) == nil)
        #expect(UnverifiedLinkToken(host: Array("Example.com".utf8), token: text)?.verified(by: keys) == nil)
        #expect(UnverifiedLinkToken(host: Array("_".utf8), token: text)?.verified(by: keys) == nil)
    }

    @Test func `what a retired key signed verifies, and so does what the next one will sign`() throws {
        for (state, id) in [("retired", UInt8(1)), ("next", 3)] {
            let alone = try TestKeys.ring(["\(id) current \(TestKeys.secret(id))"])
            let url = try #require(try mint(alone).rewrittenURL(token(), host: Array("example.com".utf8)))
            #expect(LinkMint.unwrap(url, keys: try TestKeys.usual()) == token(), "\(state)")
        }
    }
}
