// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import Testing
import URLSyntax

@Suite struct CanonicalURLTests {
    private func canonical(_ text: String) throws -> CanonicalURL {
        try #require(CanonicalURL(try WebURL.parse(Array(text.utf8))))
    }

    @Test(arguments: [
        ("http://EVIL.example./a//b/../c?x=%41#top", "evil.example/a/c?x=A"),
        ("http://evil.example:8080/%25%32%35", "evil.example/%25"),
        ("http://user@evil.example\\@good.example/", "evil.example/@good.example/"),
        ("https://1.2.3/", "1.2.0.3/"), ("http://192.0.2.1../x", "192.0.2.1/x"), ("http://a.256../", "a.256/"),
        ("http://a/%2e%2e/..", "a/"), ("http://a/b/%252e", "a/b/"),
    ])
    func `a URL has one expression`(text: String, expression: String) throws {
        #expect(try canonical(text).expression.text == expression)
    }

    @Test(arguments: ["mailto:a@b.example", "data:text/html,x", "file:///etc/passwd", "foo://host/x"])
    func `what has no host to name has none`(text: String) throws {
        #expect(CanonicalURL(try WebURL.parse(Array(text.utf8))) == nil)
    }

    @Test func `the store's key has the host from the right`() throws {
        #expect(try canonical("https://www.evil.example/a?b").place.text == "example.evil.www/a?b")
        #expect(try canonical("https://192.0.2.1/a").place.text == "192.0.2.1/a")
    }

    /// The ranges must find whatever the expressions cover, or a look-back misses clicks.
    @Test(arguments: [
        "https://evil.example/", "https://www.evil.example/login?a=1", "https://a.b.evil.example/x/y/z.html?q#f",
        "https://192.0.2.1/a/b", "https://[2001:db8::1]/a", "https://evil.example/a/?",
    ])
    func `every expression's ranges hold the URL it covers`(text: String) throws {
        let url = try canonical(text)
        for expression in url.expressions {
            let ranges = CanonicalURL.placeRanges(forExpression: expression)
            let isFound = ranges.contains { range in
                !url.place.lexicographicallyPrecedes(range.lower) && url.place.lexicographicallyPrecedes(range.upper)
            }
            #expect(isFound, "\(expression.text) does not find \(url.place.text)")
            let host = CanonicalURL.hostRange(ofExpression: expression)
            for range in ranges {
                #expect(!range.lower.lexicographicallyPrecedes(host.lower), "\(expression.text)")
                #expect(!host.upper.lexicographicallyPrecedes(range.upper), "\(expression.text)")
            }
        }
    }

    @Test func `an expression's ranges leave the neighbours out`() {
        let ranges = CanonicalURL.placeRanges(forExpression: Array("evil.example/login".utf8))
        for other in ["example.evilx/login", "example.evil/login2", "example.evil/", "example.evi/login"] {
            let place = Array(other.utf8)
            let isFound = ranges.contains {
                !place.lexicographicallyPrecedes($0.lower) && place.lexicographicallyPrecedes($0.upper)
            }
            #expect(!isFound, "\(other)")
        }
    }

    @Test func `escapes within escapes take linear time`() throws {
        let url = try canonical("http://a/%" + String(repeating: "25", count: 40_000) + "41")
        #expect(url.path == Array("/A".utf8))
    }
}

@Suite(.enabled(if: Corpus.isPresent, "skipped: the corpus is not beside the repository"))
struct SafeBrowsingTests {
    private struct Canonical: Decodable {
        struct Text: Decodable { let text: String? }
        let url: Text
        let canonical: Text?
    }

    private struct Expressions: Decodable {
        let url: String
        let patterns: [String]
    }

    private func decoded<Value: Decodable>(_ file: String, as type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(contentsOf: Corpus.url.appending(path: "safebrowsing/\(file)")))
    }

    private func canonical(_ text: String) -> CanonicalURL? {
        let hasScheme = text.contains("://")
        return (try? WebURL.parse(Array((hasScheme ? text : "http://" + text).utf8))).flatMap(CanonicalURL.init)
    }

    @Test func `every expression vector is met`() throws {
        for vector in try decoded("expressions.part.json", as: [Expressions].self) {
            let found = Set(canonical(vector.url)?.expressions.map(\.text) ?? [])
            #expect(found == Set(vector.patterns), "\(vector.url)")
        }
    }

    @Test func `every canonical URL vector is met, or is a URL that browsers read otherwise`() throws {
        let exceptions = try Exceptions.load("safebrowsing-exceptions.txt")
        for vector in try decoded("canonical_url.part.json", as: [Canonical].self) {
            guard let text = vector.url.text, let expected = vector.canonical?.text, !exceptions.contains(text) else {
                continue
            }
            let url = canonical(text)
            let rest = expected.drop { $0 != ":" }.dropFirst(3)
            #expect(url.map { ($0.host + $0.path).text } == String(rest), "\(text.debugDescription)")
        }
    }
}
