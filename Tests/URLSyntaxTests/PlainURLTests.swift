// SPDX-License-Identifier: Apache-2.0

import Bytes
import Testing

@testable import URLSyntax

/// The short way for plain URLs must say what the parser says, wherever it says anything.
struct PlainURLTests {
    private func parsed(_ input: [UInt8]) -> URLParts? {
        var parser = URLParser(input: URLParser.cleaned(input), base: nil)
        return try? parser.parse()
    }

    @Test(arguments: [
        "http://a.example", "https://www.example.com/a/b?c=d#e", "http://x-1.example/", "https://a/?#", "http://a#?",
        "http://a.example//b//", "https://a.example/%2e%zz?'=%", "http://xn.example/", "http://1.example/a.b/..c",
    ]) func `a plain URL is read alike`(text: String) throws {
        let input = Array(text.utf8)
        let parts = try #require(parsed(input))
        if let plain = PlainURL.parse(input) { #expect(plain == parts) }
    }

    @Test(arguments: [
        "HTTP://a.example/", "http:/a.example/", "http:///a.example/", "http://A.example/", "http://a.example:80/",
        "http://u@a.example/", "http://a.example\\b", "http://a.example/./b", "http://a.example/a/%2E%2e/b",
        "http://xn--a.example/", "http://a.xn--p1ai/", "http://1.2.3.4/", "http://a.0x7f/", "http://a.example./",
        "http://a.example/ ", "http://a.example/{", "http://a.example/?'", "http://a.example/#`", "http:// /",
        "http://",
        "http://a.example/\u{E9}", "ftp://a.example/", "http://a_b.example/", "http://a.example/\n",
    ]) func `what is not plain is the parser's`(text: String) {
        #expect(PlainURL.parse(Array(text.utf8)) == nil)
    }

    @Test func `changed at any byte, it is read alike or not at all`() {
        let seeds = ["https://www.example.com/a/b.c?d=e&f#g", "http://x-n.a1.example/..x/%41?q", "http://xn-.a/"]
        var plainOnes = 0
        for seed in seeds.map({ Array($0.utf8) }) {
            for place in seed.indices {
                for byte in UInt8.min...UInt8.max {
                    var changed = seed
                    changed[place] = byte
                    var longer = seed
                    longer.insert(byte, at: place)
                    for input in [changed, longer] {
                        guard let plain = PlainURL.parse(input) else { continue }
                        plainOnes += 1
                        #expect(plain == parsed(input), "\(input.text.debugDescription)")
                    }
                }
            }
        }
        #expect(plainOnes > 1_000)
    }
}
