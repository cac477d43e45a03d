// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import Testing
import URLSyntax

@Suite(.enabled(if: Corpus.isPresent, "skipped: the corpus is not beside the repository"))
struct PercentEncodingTests {
    private struct Vector: Decodable {
        let input: String
        let output: [String: String]
    }

    private struct MaybeVector: Decodable {
        let vector: Vector?
        init(from decoder: any Decoder) throws { vector = try? Vector(from: decoder) }
    }

    /// The vectors for other charsets do not apply: a link is UTF-8 by the time it is parsed.
    @Test func `a query is percent-encoded as in the UTF-8 vectors`() throws {
        let bytes = try Data(contentsOf: Corpus.url.appending(path: "whatwg/percent-encoding.json"))
        let vectors = try JSONDecoder().decode([MaybeVector].self, from: bytes).compactMap(\.vector)
        for vector in vectors {
            let url = try WebURL.parse(Array("https://doesnotmatter.invalid/?\(vector.input)#\(vector.input)".utf8))
            let expected = vector.output["utf-8"]
            #expect(url.query?.text == expected, "\(vector.input.debugDescription)")
            #expect(url.fragment?.text == expected, "\(vector.input.debugDescription)")
        }
        #expect(vectors.count >= 7)
    }

    /// Safe Browsing's host vectors: hosts as browsers read them, less the dots.
    @Test func `hosts are canonical as in the Safe Browsing vectors`() throws {
        struct HostVector: Decodable {
            let url: String
            let host: String?
        }
        let bytes = try Data(contentsOf: Corpus.url.appending(path: "safebrowsing/canonical_host.json"))
        for vector in try JSONDecoder().decode([HostVector].self, from: bytes) {
            let exceptions = try Exceptions.load("safebrowsing-exceptions.txt")
            guard !exceptions.contains(vector.url) else { continue }
            let url = try? WebURL.parse(Array(vector.url.utf8))
            #expect(url.flatMap(CanonicalURL.init)?.host.text == vector.host, "\(vector.url)")
        }
    }
}
