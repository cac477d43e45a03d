// SPDX-License-Identifier: Apache-2.0

import Bytes
import Testing

@testable import Links

struct NamedReferencesTests {
    private func decoded(_ text: String, as place: MappedText.Place = .text) -> String {
        let html = Array(text.utf8)
        return MappedText(html: html.span, 0..<html.count, as: place, charset: .utf8).bytes.text
    }

    @Test func `all 2231 names of the standard are there, in order`() {
        #expect(NamedReferences.standard.count == 2_231)
        let names = NamedReferences.list.bytes.split(separator: 0x20).map { item in
            item.prefix { $0 != 0x21 && $0 != 0x3D }
        }
        #expect(zip(names, names.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) })
    }

    @Test(arguments: [
        ("&amp;&AMP&ampx", "&&&x"), ("&notin;&notit;&not", "∉¬it;¬"), ("&nosuch;", "&nosuch;"), ("&", "&"),
        ("&#38;&#x26;&#X26", "&&&"), ("&#0;&#xD800;&#x110000;&#99999999999;", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
        ("&#128;&#x9f;&#x81;", "€Ÿ\u{81}"), ("&#;&#x;&#xg", "&#;&#x;&#xg"), ("&NotEqualTilde;", "≂\u{338}"),
        ("&CounterClockwiseContourIntegral;", "∳"), ("&zwnj;&zwnj", "\u{200C}&zwnj"),
    ])
    func `references in a text are read as far as a name goes`(text: String, expected: String) {
        #expect(decoded(text) == expected)
    }

    @Test(arguments: [
        ("?a=1&copy=2&lt=3&amp;x", "?a=1&copy=2&lt=3&x"), ("&copy", "©"), ("&copy2", "&copy2"), ("&copy;2", "©2"),
        ("a\r\nb\rc\u{0}", "a\nb\nc\u{FFFD}"),
    ])
    func `references in an attribute without semicolon yield to a query`(text: String, expected: String) {
        #expect(decoded(text, as: .attribute) == expected)
    }

    @Test func `a decoded range knows its source`() {
        let html = Array("a&amp;b&#99;&NotEqualTilde;d".utf8)
        let text = MappedText(html: html.span, 0..<html.count, as: .text, charset: .utf8)
        #expect(text.bytes.text == "a&bc≂\u{338}d")
        func source(_ range: Range<Int>) -> String { html[text.source(of: range)].text }
        #expect(source(0..<1) == "a")
        #expect(source(1..<2) == "&amp;")
        #expect(source(0..<3) == "a&amp;b")
        #expect(source(2..<3) == "b")
        #expect(source(3..<4) == "&#99;")
        #expect(source(5..<8) == "&NotEqualTilde;")
        #expect(source(4..<text.bytes.count) == "&NotEqualTilde;d")
    }
}
