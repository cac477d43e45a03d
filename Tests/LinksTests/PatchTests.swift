// SPDX-License-Identifier: Apache-2.0

import Bytes
import Testing

@testable import Links

/// Writing back: a browser has to read exactly the URL that was written, whatever bytes it has.
struct PatchTests {
    /// URLs that our own links never look like.
    static let urls = [
        "https://click.example.org/to/a.example/AQIDBA-_", "https://c.example/?a=1&amp=2&copy=3&lt;&quot;",
        "https://c.example/'\"<>`{}|^\\#'\"", "https://c.example/&#39;&#x22;&notin;&",
        "https://c.example/é/\u{1F600}?x=y z",
        "https://c.example/url=x;'\"", "https://c.example/ onmouseover=alert(1) x='\"><script>",
    ]

    static let documents = [
        "<a href=\"http://a.example/\">x</a>", "<a href='http://a.example/'>x</a>", "<a href=http://a.example/>x</a>",
        "<a title=x href=http://a.example/ x>", "<base href=http://a.example/><a href=>x</a>",
        "<base href=http://a.example/><a href>x</a>", "<base href=http://a.example/><a href x>x</a>",
        "<base href=http://a.example/><a href/>x</a>", "<base href=http://a.example/><a href = >x</a>",
        "<svg><a href=http://a.example//>", "<form action='http://a.example/'>",
        "<meta http-equiv=refresh content=\"5; url='http://a.example/'\">",
        "<meta http-equiv=refresh content='0;http://a.example/'>",
        "<meta http-equiv=refresh content=0;URL=http://a.example/>",
    ]

    @Test func `a line end before the link of a refresh is not written bare`() throws {
        let before = Array("<meta http-equiv=refresh content='0;\r\nurl=http://a.example/'>".utf8)
        let candidate = try #require(HTMLLinks.candidates(in: before).candidates.first)
        let after = try [candidate.patch(rewrittenURL: Array("http://c.example/".utf8))].applied(to: before)
        #expect(!after.contains(.lineFeed))
        #expect(HTMLLinks.candidates(in: after).candidates.map(\.target.text) == ["http://c.example/"])
    }

    @Test(arguments: documents, urls)
    func `the tokenizer reads back what was written into an attribute`(document: String, url: String) throws {
        let before = Array(document.utf8)
        let candidate = try #require(HTMLLinks.candidates(in: before).candidates.first)
        let patch = candidate.patch(rewrittenURL: Array(url.utf8))
        let after = try [patch].applied(to: before)
        let (old, new) = (Self.attributes(before), Self.attributes(after))
        #expect(old.map(\.name) == new.map(\.name), "\(after.text)")
        let changed = zip(old, new).filter { $0.value != $1.value }.map(\.1)
        #expect(changed.count == 1)
        let value = try #require(changed.first?.value)
        if case .refresh(_, let delay) = candidate.context {
            let refresh = try #require(MetaRefresh(value))
            // An unquoted URL of a refresh that begins with a quote would be another one; none of ours does.
            #expect(value == delay + Array(url.utf8))
            #expect(refresh.url == Array(url.utf8))
        } else {
            #expect(value.text == url)
        }
    }

    @Test(arguments: urls) func `the tokenizer reads back what was written into text`(url: String) throws {
        let before = Array("<p>See http://a.example/ now</p>".utf8)
        let candidate = try #require(HTMLLinks.candidates(in: before).candidates.first)
        let after = try [candidate.patch(rewrittenURL: Array(url.utf8))].applied(to: before)
        var tokenizer = HTMLTokenizer(range: 0..<after.count)
        var text: [UInt8] = []
        var tags = 0
        while let token = tokenizer.next(in: after.span) {
            if token.kind == .text {
                text += MappedText(html: after.span, token.content, as: .text, charset: .utf8).bytes
            } else {
                tags += 1
            }
        }
        #expect(text.text == "See \(url) now")
        #expect(tags == 2)
    }

    @Test func `a refresh keeps its delay`() throws {
        let before = Array("<meta http-equiv=refresh content='5;&#9;URL = \"http://a.example/\" x'>".utf8)
        let candidate = try #require(HTMLLinks.candidates(in: before).candidates.first)
        let after = try [candidate.patch(rewrittenURL: Array("https://c.example/x".utf8))].applied(to: before)
        #expect(after.text == "<meta http-equiv=refresh content='5;\tURL = https://c.example/x'>")
    }

    @Test func `what is not a link stays byte for byte`() throws {
        let before = Array("<A\tHREF = 'http://a.example/' Title=x\r\n>é&eacute\u{0}</A >".utf8)
        let candidate = try #require(HTMLLinks.candidates(in: before).candidates.first)
        let after = try [candidate.patch(rewrittenURL: Array("https://c.example/x".utf8))].applied(to: before)
        #expect(after.text == "<A\tHREF = 'https://c.example/x' Title=x\r\n>é&eacute\u{0}</A >")
    }

    /// All attributes of a document, decoded.
    private static func attributes(_ html: [UInt8]) -> [(name: String, value: [UInt8])] {
        var tokenizer = HTMLTokenizer(range: 0..<html.count)
        var out: [(name: String, value: [UInt8])] = []
        while let token = tokenizer.next(in: html.span) {
            guard token.kind == .startTag else { continue }
            for attribute in tokenizer.attributes {
                let value = MappedText(html: html.span, attribute.value, as: .attribute, charset: .utf8)
                out.append((html[attribute.nameRange].text, value.bytes))
            }
        }
        return out
    }
}
