// SPDX-License-Identifier: Apache-2.0

import Bytes
import Testing
import URLSyntax

@testable import Links

struct CharsetTests {
    private static let latin: [UInt8] =
        "<a href='http://a.example/caf".utf8 + [0xE9] + "?q=".utf8 + [0xFC, 0x80]
        + "&#1234;&eacute;#".utf8 + [0xE9] + "'>".utf8

    @Test func `a Latin-1 link has its path in UTF-8 and its query as a browser encodes it`() {
        let scan = HTMLLinks.candidates(in: Self.latin, charset: .windows1252)
        #expect(scan.candidates.map(\.target.text) == ["http://a.example/café?q=%FC%80%26%231234%3B%E9#é"])
        let path = HTMLLinks.candidates(in: Self.latin, charset: .utf8).candidates.first?.url.serialized.text
        #expect(path?.contains("%EF%BF%BD") == true)
    }

    @Test func `a Latin-1 no-break space or quote ends a visible link`() {
        let text: [UInt8] =
            "http://a.example/".utf8 + [0xE9, 0xA0] + "http://a.example/2".utf8 + [0x94, 0x20]
            + "http://a.example/3".utf8 + [0x92]
        let scan = TextLinks.candidates(in: text, charset: .windows1252)
        #expect(
            scan.candidates.map(\.target.text) == ["http://a.example/é", "http://a.example/2", "http://a.example/3"])
        #expect(scan.candidates.map(\.range) == [0..<18, 19..<37, 39..<57])
        let html = HTMLLinks.candidates(in: text + " &amp;".utf8, charset: .windows1252)
        #expect(html.candidates.map(\.range) == scan.candidates.map(\.range))
    }

    /// Whatever is cut out of a host that is too long must not make a host of the rest.
    @Test(arguments: [[0xFF], [0xC3, 0xBF], [0xFF, 0x82, 0xB0]] as [[UInt8]])
    func `a host of any length leaves nothing live when a link in it is changed`(filler: [UInt8]) throws {
        for charset in [TextCharset.windows1252, .utf8] {
            for count in 1..<300 {
                let fillers = Array(repeatElement(filler, count: count).joined())
                let text = "> http://a".utf8 + fillers + "www.f.c".utf8 + fillers.prefix(count) + "b.example ".utf8
                let scan = TextLinks.candidates(in: text, charset: charset)
                let rewritten = try #require(Scanner.text.rewritten(text, scan))
                let again = TextLinks.candidates(in: rewritten, charset: charset)
                #expect(
                    again.candidates.allSatisfy { $0.url.hostBytes.text == "click.example.org" }, "\(count) \(charset)")
                #expect(again.removals.isEmpty)
            }
        }
    }

    @Test(arguments: [("UTF-8", TextCharset.utf8), ("ISO-8859-1", .windows1252), ("us-ascii", .windows1252)])
    func `a charset goes by its label`(label: String, charset: TextCharset) {
        #expect(TextCharset(label: Array(label.utf8)) == charset)
    }

    @Test(arguments: ["utf-16", "iso-2022-jp", "utf-7", "", "iso-8859-15", "x-unknown"])
    func `a charset that cannot be scanned over its bytes is nil`(label: String) {
        #expect(TextCharset(label: Array(label.utf8)) == nil)
    }

    @Test(
        arguments: [
            ([0xC3, 0xA9], 0xE9, 2), ([0xE2, 0x82, 0xAC], 0x20AC, 3), ([0xF0, 0x9F, 0x98, 0x80], 0x1F600, 4),
            ([0xC0, 0x80], 0xFFFD, 1), ([0xE0, 0x80, 0x80], 0xFFFD, 1), ([0xED, 0xA0, 0x80], 0xFFFD, 1),
            ([0xF4, 0x90, 0x80, 0x80], 0xFFFD, 1), ([0xE2, 0x82], 0xFFFD, 1), ([0xE2, 0x28, 0xA1], 0xFFFD, 1),
            ([0x80], 0xFFFD, 1), ([0xFF], 0xFFFD, 1),
        ] as [([UInt8], UInt32, Int)])
    func `UTF-8 is read strictly`(bytes: [UInt8], codePoint: UInt32, length: Int) {
        let found = TextCharset.utf8.character(bytes.span, at: 0, before: bytes.count)
        #expect(found == (codePoint, length))
    }
}
