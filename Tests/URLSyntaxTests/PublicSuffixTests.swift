// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import Testing
import URLSyntax

/// Registrable domains by the public suffix list.
@Suite struct PublicSuffixTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "shared/corpus/url/psl")
    private static let isPresent = FileManager.default.fileExists(atPath: folder.path)
    private static let list = PublicSuffixList(path: folder.appending(path: "public_suffix_list.dat").path)

    private static func lines(_ name: String) throws -> [[String]] {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8).split(separator: "\n").map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }

    /// What the list says of a host as a browser reads it.
    private static func registrable(_ host: String) throws -> String? {
        guard case .domain(let name)? = try? WebURL.parse(Array("http://\(host)/".utf8)).host else { return nil }
        return try #require(list).registrableDomain(of: name)?.text
    }

    @Test(.enabled(if: isPresent, "the shared corpus is not beside the repository"))
    func `hosts of the risk set have the registrable domain that libpsl's own tool names`() throws {
        let rows = try Self.lines("registrable-expected.tsv").dropFirst()
        #expect(rows.count == 1_496)
        for row in rows {
            let expected = row[1].isEmpty ? nil : row[1]
            #expect(try Self.registrable(row[0]) == expected, "\(row[0])")
        }
    }

    @Test(.enabled(if: isPresent, "the shared corpus is not beside the repository"))
    func `the list's own tests hold`() throws {
        var count = 0
        for line in try String(contentsOf: Self.folder.appending(path: "test_psl.txt"), encoding: .utf8).split(
            separator: "\n")
        where line.hasPrefix("checkPublicSuffix(") {
            let words = line.dropFirst("checkPublicSuffix(".count).prefix { $0 != ")" }.split(separator: ",").map {
                $0.trimmingCharacters(in: CharacterSet(charactersIn: " '"))
            }
            guard words.count == 2, words[0] != "null" else { continue }
            let expected = words[1] == "null" ? nil : try WebURL.parse(Array("http://\(words[1])/".utf8)).hostBytes.text
            #expect(try Self.registrable(words[0]) == expected, "\(words[0])")
            count += 1
        }
        #expect(count > 70)
    }

    @Test(.enabled(if: isPresent, "the shared corpus is not beside the repository"))
    func `the list's second set of tests holds`() throws {
        let lines = try String(contentsOf: Self.folder.appending(path: "tests.txt"), encoding: .utf8)
            .split(separator: "\n").filter { !$0.hasPrefix("//") && !$0.hasPrefix("null") }
        for words in lines.map({ $0.split(separator: " ").map(String.init) }) {
            let expected =
                words[1] == "null" ? nil : try WebURL.parse(Array("http://\(words[1])/".utf8)).hostBytes.text
            #expect(try Self.registrable(words[0]) == expected, "\(words[0])")
        }
        #expect(lines.count > 70)
    }

    @Test(arguments: [
        ("http://www.example.com/", "example.com"), ("http://a.b.example.co.uk./", "example.co.uk"),
        ("http://com/", nil), ("http://192.0.2.1/", nil), ("http://[::1]/", nil), ("mailto:a@example.com", nil),
        ("file:///x", nil),
    ]) func `a URL has a registrable domain when its host is a name under a suffix`(url: String, domain: String?) throws
    {
        #expect(try WebURL.parse(Array(url.utf8)).registrableDomain?.text == domain)
    }

    @Test func `a host that no list can name has none`() {
        let list = PublicSuffixList.system
        for host in ["", ".", ".com", "a\u{0}.com", String(repeating: "a.", count: 200) + "com"] {
            #expect(list.registrableDomain(of: Array(host.utf8)) == nil)
        }
        #expect(list.isTopLevel(Array("COM".utf8)))
        #expect(!list.isTopLevel(Array("internal".utf8)) && !list.isTopLevel(Array("".utf8)))
    }
}
