// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Links

/// Documents made to be slow: each takes milliseconds when every byte is looked at a bounded number of times, and
/// minutes when something is read again from the start for each piece.
struct LinearTimeTests {
    static let families: [(name: String, piece: String, tail: String)] = [
        ("declarations", "<!", ""), ("open comments", "<!--", ""), ("comment halves", "<!-- --", ""),
        ("hyphens", "-", ""),
        ("comment of hyphens", "--", "x"), ("ampersands", "&", ""), ("references", "&NotEqualTild", ""),
        ("numbers", "&#99999999999999999999", ""), ("number signs", "&#x", ""), ("less-than signs", "<", ""),
        ("end tag openings", "</", ""), ("open quotes", "<a href=\"", ""), ("tags", "<a>", ""),
        ("slashes", "<a////", ""),
        ("links", "<a href=http://a.example>", ""), ("CDATA", "<svg><![CDATA[]]", ""), ("nesting", "<svg><g>", ""),
        ("foreign end tags", "<svg><g></x>", ""), ("paragraphs", "<svg><desc><p><div>", ""), ("tables", "<table>", ""),
        ("styles", "<style></style", ""), ("scripts", "<script><!--<script", ""), ("titles", "<title></titl", ""),
        ("bases", "<base href=/>", ""), ("schemes", "http://", ""), ("scheme halves", "http:/", "x"),
        ("glued links", "http://a.example,", ""), ("glued hosts", "http://a,", ""), ("bad hosts", "http://%/", ""),
        ("www", "www.", ""), ("www with commas", "www.a.b,", ""), ("www with dots", "www.a", ""),
        ("www with bad hosts", "www.a%zw", ""), ("www with ports", "www.a.b:1x", ""),
        ("www with brackets", "www.[", ""),
        ("users", "http://@", ""),
        ("brackets", "(http://a.example/", ""), ("closing brackets", ")", "x"),
        ("opened brackets", "http://a.example/(", ""),
        ("dots", ".", ""), ("colons", ":", ""), ("colons and slashes", ":/", ""), ("one long word", "a", ""),
        ("ideographs", "。", ""), ("quotes", "’", ""), ("IPv6", "http://[", ""), ("files", "file://", ""),
        ("spaces", " ", ""),
        ("NUL", "\u{0}", ""), ("attributes", " a=b", ">"),
    ]

    @Test(arguments: families.map(\.name), Scanner.allCases)
    func `a flood is scanned in linear time`(name: String, scanner: Scanner) throws {
        let family = try #require(Self.families.first { $0.name == name })
        let piece = Array(family.piece.utf8)
        let size = 60_000
        let flood = Array(repeatElement(piece, count: size / piece.count).joined()) + Array(family.tail.utf8)
        for head in ["", "<a ", "http://a.example/", "<svg><title>", "<script>"] {
            let document = Array(head.utf8) + flood
            let time = ContinuousClock().measure { _ = scanner.scan(document) }
            #expect(time < .seconds(5), "\(family.name) behind \(head)")
        }
    }

    @Test func `three thousand attributes and a hundred and fifty levels hide no link`() {
        let attributes = (0..<3_000).map { "a\($0)='x'" }.joined(separator: " ")
        let levels = String(repeating: "<div><svg><foreignObject>", count: 150)
        let document = Array("\(levels)<a \(attributes) href='http://a.example/'>x</a>".utf8)
        let scan = HTMLLinks.candidates(in: document)
        #expect(scan.candidates.count == 1)
        #expect(scan.notes.isEmpty)
    }

    @Test func `a link of 60 KB in a line of 240 KB is found`() {
        let long = "http://a.example/" + String(repeating: "x", count: 60_000)
        let document = Array((String(repeating: "y", count: 180_000) + " \(long) ").utf8)
        #expect(TextLinks.candidates(in: document).candidates.map(\.target.count) == [long.utf8.count])
    }
}
