// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import Testing
import URLSyntax

/// A generator with a seed, so that a failure can be played again.
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return bits ^ bits >> 31
    }
}

@Suite struct RobustnessTests {
    /// Pieces that mean something to the parser, to be thrown into URLs.
    private static let pieces: [[UInt8]] =
        [
            "/", "\\", ":", "@", "?", "#", "%", "%2e", "..", ".", "[", "]", "[::1]", "xn--", "xn--a", "0x", "0", "255",
            "4294967296", "file:", "http:", "//", "C|", "%00", "%25", "\t", "\n", " ", "\u{3002}", "\u{AD}", "\u{FFFD}",
            "\u{202E}", "\u{1F600}", "\u{5D0}", "\u{200D}", "::", "1:2:3:4:5:6:7:8", "1.2.3.4", "65536", "",
        ].map { Array($0.utf8) } + [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0], [0x7F]]

    private static let seeds: [[UInt8]] =
        [
            "https://user:pass@www.example.com:8443/a/b/../c.html?q=1&r=%41#top", "http://[2001:db8::1.2.3.4]:80/x",
            "file:///C:/Windows/../x", "mailto:a@b.example", "http://0x7f.1/%2e%2e/", "//b\u{FC}cher.example/x",
            "foo://h%41st/p//q", "../x?y", "http:\\\\evil.example\\@good.example/",
        ].map { Array($0.utf8) }

    private static func mutated(_ seed: [UInt8], by generator: inout SeededGenerator) -> [UInt8] {
        var bytes = seed
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
            let start = Int.random(in: 0...bytes.count, using: &generator)
            let end = min(bytes.count, start + Int.random(in: 0...4, using: &generator))
            bytes.replaceSubrange(start..<end, with: pieces.randomElement(using: &generator) ?? [])
        }
        return bytes
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func `whatever the bytes, an answer keeps its promises`(seed: UInt64)
        throws
    {
        var generator = SeededGenerator(seed: seed)
        let bases = try Self.seeds.prefix(3).map { try WebURL.parse($0) } + [nil]
        for _ in 0..<1_000 {
            let input = Self.mutated(Self.seeds.randomElement(using: &generator) ?? [], by: &generator)
            guard let url = try? WebURL.parse(input, base: bases.randomElement(using: &generator) ?? nil) else {
                continue
            }
            let place = "seed \(seed): \(input.text.debugDescription)"
            #expect(try WebURL.parse(url.serialized) == url, "\(place)")
            #expect(url.serialized.allSatisfy { !$0.isNonASCII && $0 >= 0x20 && $0 != 0x7F }, "\(place)")
            if url.isWeb { #expect(!url.hostBytes.isEmpty && !url.serialized.contains(.space), "\(place)") }
            try expectLookupKeepsItsPromises(url, place)
        }
    }

    /// A record that an expression covers must be found by the expression's ranges, or a look-back misses clicks.
    private func expectLookupKeepsItsPromises(_ url: WebURL, _ place: String) throws {
        guard let canonical = CanonicalURL(url) else {
            #expect(!url.isWeb || url.hostBytes.allSatisfy { $0 == UInt8(ascii: ".") }, "\(place)")
            return
        }
        let expressions = canonical.expressions
        #expect(expressions.first == canonical.expression, "\(place)")
        #expect(Set(expressions).count == expressions.count && expressions.count <= 42, "\(place)")
        for expression in expressions + [canonical.place] {
            #expect(expression.allSatisfy { (0x21...0x7E).contains($0) }, "\(place)")
        }
        for expression in expressions {
            let isFound = CanonicalURL.placeRanges(forExpression: expression).contains { range in
                !canonical.place.lexicographicallyPrecedes(range.lower)
                    && canonical.place.lexicographicallyPrecedes(range.upper)
            }
            #expect(isFound, "\(place): \(expression.text)")
        }
    }

    @Test func `any expression has ranges, even one that no URL makes`() {
        for expression in ["", "/", "?", "[", "a", "a?b", "..", "\u{FF}/"] {
            #expect(!CanonicalURL.placeRanges(forExpression: Array(expression.utf8)).isEmpty)
        }
        #expect(!CanonicalURL.placeRanges(forExpression: [0xFF]).isEmpty)
    }

    @Test func `an input over the size limit is refused by its size`() {
        let input = Array("http://a/".utf8) + [UInt8](repeating: 0x61, count: WebURL.sizeLimit)
        #expect(throws: URLSyntaxError.tooLong(size: input.count)) { try WebURL.parse(input) }
    }

    /// Each of these is quadratic in a parser that goes back; at the size limit that would take minutes, not less than a
    /// second.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("http://a/", "../"), ("http://a/", "a/../"), ("http://a/", "%2e%2E/"), ("http://", "@"), ("http://", ":@"),
            ("http://", "a."), ("http://", "0."), ("http://", "["), ("http://a/?", "%"), ("file:", "/.."), ("x:", " "),
            ("http://", "%41"), ("http://", "\u{AD}"), ("http://1", "0"), ("http://a:", "0"), ("", "\t"),
            ("http:", "\\"),
            ("http://a/", "%25"), ("http://", "xn--a."), ("http://", "\u{4E00}."),
        ]) func `a long input takes linear time`(start: String, unit: String) throws
    {
        let count = (WebURL.sizeLimit - start.utf8.count) / unit.utf8.count
        let input = Array((start + String(repeating: unit, count: count)).utf8)
        let base = try WebURL.parse(Array("http://base.example/".utf8))
        if let url = try? WebURL.parse(input, base: base), let canonical = CanonicalURL(url) {
            #expect(!canonical.expressions.isEmpty)
        }
        #expect(input.count <= WebURL.sizeLimit)
    }
}
