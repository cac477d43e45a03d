// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import Testing

@testable import Links

/// Visible URLs against two linkifiers of the web: GitHub's (cmark-gfm, its extension) and Twitter's (twitter-text).
///
/// What they make a link of has to lie within a link of ours: we are greedier, and what we take besides is not asked here.
/// `Cases/autolink-exceptions.txt` names every text where we decided otherwise, with the reason.
@Suite(.enabled(if: Corpus.isPresent, "the shared corpus is not beside the repository"))
struct AutolinkCorpusTests {
    private struct Conformance: Decodable {
        struct Case: Decodable {
            let text: String
            let expected: String
        }
        let urls: [Case]
    }

    @Test func `what twitter-text links is linked whole`() throws {
        let data = try Corpus.data("url/linkify/twitter-text_autolink.json")
        let cases = try JSONDecoder().decode(Conformance.self, from: data).urls
        #expect(cases.count == 78)
        for item in cases { try check(item.text, Self.links(in: item.expected)) }
    }

    @Test func `what cmark-gfm links is linked whole`() throws {
        let text = try String(decoding: Corpus.data("url/linkify/cmark-gfm_spec.txt"), as: UTF8.self)
        let examples = text.components(separatedBy: "\n```````````````````````````````` example autolink\n").dropFirst()
        #expect(examples.count == 11)
        for example in examples {
            let parts = example.components(separatedBy: "\n````````````````````````````````\n")[0]
                .components(separatedBy: "\n.\n")
            // Addresses stay, and what is not of the web loses its target.
            try check(parts[0], Self.links(in: parts[1]).filter { !$0.contains("@") && !$0.hasPrefix("ftp:") })
        }
    }

    private func check(_ text: String, _ links: [String]) throws {
        let bytes = Array(text.utf8)
        let found = TextLinks.candidates(in: bytes).candidates.map(\.range)
        var place = 0
        var isRight = true
        for link in links {
            let range = try #require(bytes[place...].firstRange(of: Array(link.utf8)), "\(link) in \(text)")
            place = range.upperBound
            isRight = isRight && found.contains { $0.lowerBound <= range.lowerBound && $0.upperBound >= place }
        }
        let isException = try Corpus.exceptions("autolink-exceptions.txt").contains(text)
        #expect(isRight != isException, "\(text) -> \(found.map { bytes[$0].text })")
    }

    /// The texts of all links in the HTML that a linkifier made.
    private static func links(in html: String) -> [String] {
        html.components(separatedBy: "<a ").dropFirst().map { piece in
            let text = String(piece.components(separatedBy: "</a>")[0].drop { $0 != ">" }.dropFirst())
            return text.replacing("&quot;", with: "\"").replacing("&lt;", with: "<").replacing("&amp;", with: "&")
        }
    }
}
