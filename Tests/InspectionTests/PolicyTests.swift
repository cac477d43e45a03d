// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import Inspection
import LinkTokens
import Mail
import Records
import Testing

@Suite struct OutboundTests {
    private static func lines(_ text: String) -> [UInt8] {
        text.utf8.flatMap { $0 == .lineFeed ? [.carriageReturn, .lineFeed] : [$0] }
    }

    /// The message as it leaves the site: from a logged-in user to a recipient outside.
    private func leaving(_ bytes: [UInt8]) throws -> Delivered {
        let site = SiteMail(domains: [try #require(AddressPattern("example.org"))])
        let message = Site.received(bytes, recipients: ["out@example.net"], login: "alice")
        let inspector = try Inspector(policies: Policies(), site: site, mint: Site.mint(), keys: Site.keys())
        return Delivered(message, inspector.inspect(message, reference: Site.reference, at: Site.time))
    }

    @Test(arguments: [
        "\nhttps://one.example/a?b=c&d=%7e#x and http://two.example:8080/\n",
        "Content-Type: text/html\n\n<p><a href=\"https://one.example/?a=1&amp;b=2\">x</a> http://two.example/ </p>\n",
        "Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n<a href=3D\"https://one.example/\">x</a>\n",
        "Content-Type: text/html\nContent-Transfer-Encoding: base64\n\nPGEgaHJlZj0iaHR0cHM6Ly9vbmUuZXhhbXBsZS8iPng8L2E+DQo=\n",
    ])
    func `what was wrapped coming in is unwrapped going out, byte for byte`(text: String) throws {
        let original = Self.lines(text)
        let inside = try Site.inspect(original)
        #expect(inside.record.rewriting == .rewritten)
        let outside = try leaving(inside.bytes)
        #expect(outside.record.direction == "outbound")
        #expect(Set(outside.record.links.map(\.reason)) == ["unwrapped"])
        #expect(try wrappedLinks(in: outside.bytes).isEmpty)
        #expect(try decodedTexts(outside.bytes) == decodedTexts(original))
    }

    @Test func `quoted replies lose our links too, also where a link's address is its text`() throws {
        let own = try #require(
            wrappedLinks(in: Site.inspect(Self.lines("\nhttps://one.example/?a=1&b=2\n")).bytes).first
        )
        .url.text
        let flowed = "Content-Type: text/plain; format=flowed\n\n> see \n> \(own)\n>> \(own). \nthanks\n"
        let plain = try leaving(Self.lines(flowed))
        #expect(
            plain.body.text
                == "> see \r\n> https://one.example/?a=1&b=2\r\n>> https://one.example/?a=1&b=2. \r\nthanks\r\n")
        let html = try leaving(
            Self.lines("Content-Type: text/html\n\n<a href=\"\(own)\">\(own)</a><i title='\(own)'>x</i>\n"))
        #expect(
            html.body.text
                == "<a href=\"https://one.example/?a=1&amp;b=2\">https://one.example/?a=1&amp;b=2</a>"
                + "<i title='https://one.example/?a=1&amp;b=2'>x</i>\r\n")
    }

    @Test func `which messages it answers or forwards is recorded, of mail from inside only`() throws {
        let many = (1...25).map { "<\($0)@list.example>" }.joined(separator: "\n ")
        let message = Self.lines(
            "In-Reply-To: <last@a.example> (a comment)\nReferences: \(many)\n <two words@x> <>\n\nhi\n"
        )
        let answers = try leaving(message).record.answers
        // Of a long thread the last twenty.
        #expect(answers == ["last@a.example"] + (6...25).map { "\($0)@list.example" })
        #expect(try Site.inspect(message).record.answers == nil)
        #expect(try leaving(Self.lines("Subject: new\n\nhi\n")).record.answers == nil)
    }

    @Test func `a link that only looks like ours, and links of others, go out as they are`() throws {
        let forged = "https://click.example.org/to/one.example/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        let message = Self.lines("\n\(forged) https://other.example/\n")
        let delivered = try leaving(message)
        #expect(!delivered.replacesBody)
        #expect(delivered.record.links.map(\.reason) == ["outbound", "outbound"])
    }

    @Test func `a signed message goes out as it was signed`() throws {
        let own = try #require(wrappedLinks(in: Site.inspect(Self.lines("\nhttps://one.example/\n")).bytes).first).url
            .text
        let message = Self.lines(
            "\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n\(own)\n-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n"
        )
        #expect(!(try leaving(message).replacesBody))
    }
}

@Suite struct PolicyChoiceTests {
    private func policy(_ name: String, _ mode: PolicyMode, recipients: [String]) throws -> Policy {
        var policy = Policy(name, mode: mode)
        policy.condition.recipients = try recipients.map { try #require(AddressPattern($0)) }
        return policy
    }

    private func chosen(_ recipients: [String]) throws -> String? {
        let policies = Policies(
            try [
                policy("off", .off, recipients: ["off.example"]),
                policy("monitor", .monitor, recipients: ["a@m.example"]),
                policy("first", .rewrite, recipients: ["r.example"]),
                policy("second", .rewrite, recipients: [".r.example"]),
            ], otherwise: Policy("default", mode: .monitor))
        let message = Site.received(Array("\r\n".utf8), recipients: recipients)
        return try Inspector(policies: policies, mint: Site.mint(), keys: Site.keys())
            .inspect(message, reference: Site.reference, at: Site.time).record.policy
    }

    @Test func `of several the one that does most holds, then the first`() throws {
        #expect(try chosen(["x@off.example"]) == "off")
        #expect(try chosen(["x@off.example", "a@m.example"]) == "monitor")
        #expect(try chosen(["x@sub.r.example", "x@off.example", "x@r.example"]) == "first")
        #expect(try chosen(["x@sub.r.example", "a@m.example"]) == "second")
        #expect(try chosen(["b@m.example"]) == "default")
        #expect(try chosen(["b@m.example", "a@m.example"]) == "monitor")
        #expect(try chosen([]) == "default")
    }
}
