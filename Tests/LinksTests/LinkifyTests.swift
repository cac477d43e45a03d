// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import Testing

@testable import Links

/// Visible URLs against the cases of markdown-it/linkify-it, a linkifier that many webmail clients use or resemble.
///
/// `Cases/linkify-exceptions.txt` names every case where we decided otherwise, with the reason.
@Suite(.enabled(if: Corpus.isPresent, "the shared corpus is not beside the repository"))
struct LinkifyTests {
    @Test func `what linkify-it links is found, with the same ends`() throws {
        try check("linkify-it_links.txt", cases: 117) { lines in [(lines[0], lines.last)] }
    }

    @Test func `what linkify-it leaves alone is left alone`() throws {
        try check("linkify-it_not_links.txt", cases: 38) { lines in lines.map { ($0, nil) } }
    }

    private func check(_ file: String, cases: Int, read: ([String]) -> [(String, String?)]) throws {
        let exceptions = try Corpus.exceptions("linkify-exceptions.txt")
        let text = try String(decoding: Corpus.data("url/linkify/\(file)"), as: UTF8.self)
        let blocks = text.split(separator: "\n", omittingEmptySubsequences: false)
            .split { $0.isEmpty || $0.hasPrefix("%") }.map { $0.map(String.init) }
        var count = 0
        for (line, expected) in blocks.flatMap(read) {
            count += 1
            let isRight = found(in: line) == (expected.map { [$0] } ?? [])
            #expect(isRight != exceptions.contains(line), "\(line) -> \(found(in: line))")
        }
        #expect(count == cases)
    }

    private func found(in line: String) -> [String] {
        let bytes = Array(line.utf8)
        return TextLinks.candidates(in: bytes).candidates.map { bytes[$0.range].text }
    }
}
