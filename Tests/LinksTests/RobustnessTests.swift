// SPDX-License-Identifier: Apache-2.0

import Bytes
import Testing
import URLSyntax

@testable import Links

/// No bytes trap, and whatever the bytes, the links found are rewritten once and for all.
struct RobustnessTests {
    /// What has to hold for every document.
    static func check(_ document: [UInt8], _ scanner: Scanner) {
        let scan = scanner.scan(document)
        var end = 0
        for candidate in scan.candidates {
            #expect(candidate.range.lowerBound >= end && candidate.range.upperBound <= document.count)
            end = candidate.range.upperBound
        }
        guard let rewritten = scanner.rewritten(document, scan) else {
            Issue.record("patches that do not fit: \(document.text.debugDescription)")
            return
        }
        if scan.isAmbiguous { return }  // such a message is not delivered
        let again = scanner.scan(rewritten)
        #expect(
            again.removals.isEmpty, "\(again.removals.map(\.target.text)) left in \(rewritten.text.debugDescription)")
        let live = again.candidates.filter { $0.url.hostBytes.text != "click.example.org" }
        #expect(live.isEmpty, "\(live.map(\.target.text)) live in \(rewritten.text.debugDescription)")
        guard scanner == .html else { return }
        #expect(again.removals.isEmpty, "\(again.removals.map(\.reason)) in \(rewritten.text.debugDescription)")
        // Visible links glued together may become one when they are rewritten; attributes may not.
        let attributes = [document, rewritten].map(Self.attributeLinks)
        // More may be found: a link that only another reading had a base for is absolute now.
        #expect(attributes[0] <= attributes[1], "\(rewritten.text.debugDescription)")
    }

    /// The links in attributes that the reading of today's clients finds.
    private static func attributeLinks(_ document: [UInt8]) -> Int {
        var scan = HTMLLinkScan(range: 0..<document.count, charset: .utf8, limits: LinkLimits())
        scan.read(document.span)
        return scan.findings().count { finding in
            guard case .link(_, _, let context) = finding.kind else { return false }
            return !context.isVisible
        }
    }

    @Test(arguments: Scanner.allCases, 0..<8)
    func `mutated documents are scanned without a trap and leave no link`(scanner: Scanner, seed: Int) throws {
        var random = SplitMix(state: UInt64(seed) &* 7_919 &+ (scanner == .html ? 1 : 2))
        let seeds = try LinkCase.all(in: scanner.cases).map(\.document)
        let pieces = Self.pieces.map { Array($0.utf8) }
        for _ in 0..<250 {
            var document = seeds[random.below(seeds.count)]
            for _ in 0...random.below(6) { Self.mutate(&document, with: pieces, seeds, &random) }
            Self.check(document, scanner)
        }
    }

    @Test(arguments: [
        "<svg><![CDATA[<a href='//b.example/]]>x'><a href=http://a.example/2>",
        "<svg><style><!--<a href=//b.example/--!><a href=http://a.example/2>",
        "<svg><![CDATA[<a href='ht&Tab;tp://b.example/]]><a title=x'\"http://a.example/2>",
        "<svg><a></svg><script type=json>x<<a/href=y>x</a><svg><\\\\\u{E9}\\\\\\\\A\\\\a\\\\p><a hr",
        "<svg></p><script type=json><p><7w.ba.am#x\u{E9}\\\\<base href=//b.example/><\\\\a\\b>",
        "<script type=json>www.a.\\\\\\\u{E9}\\\"\\\\script t",
        "<select><xmp><a title='</select>'href=//b.example/></xmp><a href='http://a.example/'>",
    ])
    func `a link that only another reading sees is rewritten without tearing markup`(document: String) {
        #expect(!Scanner.html.scan(Array(document.utf8)).isAmbiguous)
        Self.check(Array(document.utf8), .html)
    }

    @Test(arguments: [
        // What is written in SVG takes away the end of raw text, and a tag behind it becomes text.
        "<svg><xmp><a href=x:/</xmp>/><https:\\\\b.example!>",
        // A second document of a frame, which only another reading empties, and only up to what may be markup here.
        "<svg><iframe srcdoc=x srcdoc='y<a href=//b.example/>'>",
        "<p><svg>n<xmp>><c>n< t><a href=Closps:/</xmp>/a><https:\\\\\\--!>\\<F",
    ])
    func `a document that no writing makes harmless to all clients is told`(document: String) {
        #expect(Scanner.html.scan(Array(document.utf8)).isAmbiguous)
    }

    @Test(arguments: [
        "<svg><title>x</title><a href=http://a.example/>x</a><style>.a{}</style></svg><a href=http://a.example/>y</a>",
        "<select><option>1<p>2</select><svg><use href='#a'/><a xlink:href='http://a.example/'/></svg>",
    ])
    func `a document that clients only build differently is none of those`(document: String) {
        #expect(!Scanner.html.scan(Array(document.utf8)).isAmbiguous)
    }

    private static let pieces = [
        "<", ">", "\"", "'", "&", "#", ";", "=", "/", "\\", ":", "://", "-->", "<!--", "<!", "]]>", "<![CDATA[", "</",
        " ",
        "\r\n", "\t", "\u{0}", "@", ".", ",", "(", ")", "[", "]", "www.", "http://b.example/", "https:", "&#x3a;",
        "&amp",
        "&colon;", "<a href=", "</a>", "<base href='http://b.example/x/'>", "<svg>", "</svg>", "<style>", "</style>",
        "<script>", "</script>", "<title>", "<math>", "<plaintext>", "<table>", "</td>", "<foreignObject>", "é", "。",
        "’",
        "\u{A0}", "<meta http-equiv=refresh content=", "0;url=", "<form action=",
    ]

    private static func mutate(
        _ document: inout [UInt8], with pieces: [[UInt8]], _ seeds: [[UInt8]], _ random: inout SplitMix
    ) {
        let place = random.below(document.count + 1)
        let end = min(document.count, place + random.below(12))
        switch random.below(6) {
        case 0: document.removeSubrange(place..<end)
        case 1: document.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
        case 2: document.insert(contentsOf: document[place..<end], at: place)
        case 3: document.replaceSubrange(place..<end, with: seeds[random.below(seeds.count)])
        case 4: if place < document.count { document[place] = UInt8(truncatingIfNeeded: random.next()) }
        default: document.insert(contentsOf: pieces[random.below(pieces.count)], at: place)
        }
    }

    @Test(arguments: Scanner.allCases, 0..<4)
    func `random bytes are scanned without a trap`(scanner: Scanner, seed: Int) {
        var random = SplitMix(state: UInt64(seed) &+ 77)
        let alphabet = Array("<>\"'&#;=/\\:.-!?[]() \thtpw:aA1@%\u{0}é".utf8)
        for _ in 0..<100 {
            let document = (0..<random.below(400)).map { _ in alphabet[random.below(alphabet.count)] }
            Self.check(document, scanner)
        }
    }

    @Test(arguments: Scanner.allCases) func `a document cut at any place is scanned without a trap`(scanner: Scanner)
        throws
    {
        for document in try LinkCase.all(in: scanner.cases).map(\.document) {
            for end in document.indices { Self.check(Array(document[..<end]), scanner) }
        }
    }
}

/// A small generator with a seed, so that a failure can be seen again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<max(1, bound), using: &self) }
}
