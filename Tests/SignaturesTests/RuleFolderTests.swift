// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import RuleText
import Signatures
import Testing

@Suite struct RuleFolderTests {
    private func folder(_ texts: [String: String]) throws -> RuleFolder {
        try RuleFolder(texts: texts.mapValues { Array($0.utf8) })
    }

    @Test func `an included file is put in, and is no file of its own`() throws {
        let folder = try folder([
            "main.yar": "include \"sub/part.yar\"\nrule b { condition: a }",
            "sub/part.yar": "include \"deep.yar\"\nrule a { condition: c }",
            "sub/deep.yar": "rule c { condition: true }",
            "other.yar": "rule d { condition: true }",
        ])
        #expect(folder.faults.isEmpty)
        #expect(folder.sources.map(\.name) == ["main.yar", "other.yar"])
        #expect(try RuleSet(folder.sources).names.map(\.identifier) == ["c", "a", "b", "d"])
    }

    @Test func `an error in an included file has that file's name and line`() throws {
        let folder = try folder([
            "main.yar": "rule a { condition: true }\n\ninclude \"part.yar\"\nrule z { condition: true }",
            "part.yar": "rule b {\n  condition:\n    nothing }\n",
        ])
        let error = #expect(throws: RuleSetError.self) { try RuleSet(folder.sources) }
        #expect(error?.faults.map(\.source) == ["part.yar"])
        #expect(error?.faults.map(\.line) == [3])
    }

    @Test func `an error behind an included file has its own line`() throws {
        let folder = try folder([
            "main.yar": "include \"part.yar\"\nrule z { condition:\n nothing }",
            "part.yar": "rule b { condition: true }\n\n",
        ])
        let error = #expect(throws: RuleSetError.self) { try RuleSet(folder.sources) }
        #expect(error?.faults.map(\.description).first?.hasPrefix("main.yar:3: ") == true)
    }

    @Test(arguments: ["/etc/passwd", "../x.yar", "sub/../../x.yar", "missing.yar"])
    func `an include that leads out of the folder, or nowhere, is a fault`(_ name: String) throws {
        let folder = try folder(["main.yar": "\ninclude \"\(name)\"", "good.yar": "rule a { condition: true }"])
        #expect(folder.faults.map(\.line) == [2])
        #expect(folder.sources.map(\.name) == ["good.yar"])
    }

    @Test func `files that include one another are faults`() throws {
        let folder = try folder(["a.yar": "include \"b.yar\"", "b.yar": "include \"a.yar\""])
        #expect(folder.faults.count == 2)
        #expect(folder.sources.isEmpty)
    }

    @Test func `files that double by including twice end at the limit`() throws {
        var texts = ["x0.yar": "// " + String(repeating: "x", count: 1 << 20)]
        for number in 1..<16 {
            texts["x\(number).yar"] = "include \"x\(number - 1).yar\"\ninclude \"x\(number - 1).yar\""
        }
        #expect(try folder(texts).faults.contains { $0.message.contains("64 MB") })
    }

    @Test func `one broken file leaves the others in force`() throws {
        let folder = try folder([
            "bad.yar": "rule a { condition: }", "good.yar": "rule b { condition: true }",
            "worse.yar": "rule { ",
        ])
        let (set, sources, faults) = try RuleSet.compiling(folder.sources)
        #expect(set.names.map(\.identifier) == ["b"])
        #expect(sources.map(\.name) == ["good.yar"])
        #expect(Set(faults.map(\.source)) == ["bad.yar", "worse.yar"])
    }

    @Test func `a folder on disk is read, and a link that leads out is refused`() throws {
        let place = FileManager.default.temporaryDirectory.appending(path: "rules-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place.appending(path: "sub"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        try Data("rule a { condition: true }".utf8).write(to: place.appending(path: "sub/a.yara"))
        try Data("no rule".utf8).write(to: place.appending(path: "notes.txt"))
        #expect(try RuleFolder(place).sources.map(\.name) == ["sub/a.yara"])
        try FileManager.default.createSymbolicLink(
            at: place.appending(path: "out.yar"), withDestinationURL: URL(filePath: "/etc/hostname"))
        #expect(throws: RuleSetError.self) { try RuleFolder(place) }
    }
}

@Suite struct RuleCatalogueTests {
    private func identities(_ text: String) throws -> [String: [UInt8]] {
        let sources = [RuleSource(name: "r.yar", text: Array(text.utf8))]
        let entries = RuleCatalogue(sources, compiledAs: try RuleSet(sources)).entries
        return Dictionary(uniqueKeysWithValues: entries.map { ($0.name.identifier, $0.identity) })
    }

    private static let text = """
        import "pe"
        private rule inner { strings: $a = "abcd" condition: $a }
        rule outer : tag { meta: date = "2026-01-01" strings: $b = /x+y/ condition: inner and $b }
        rule alone { strings: $c = "efgh" nocase condition: $c }
        """

    /// What is replaced, by what, and which rules then are others.
    @Test(arguments: [
        ("2026-01-01", "2027-01-01", []), (": tag", ": other", []), (" }\nrule", " }  // note\n\nrule", []),
        ("abcd", "abce", ["outer"]), ("/x+y/", "/x+y/i", ["outer"]), ("nocase", "wide", ["alone"]),
        ("efgh", "efgi", ["alone"]), ("\"pe\"", "\"math\"", ["alone", "outer"]),
        ("private rule", "global private rule g { condition: filesize > 1 } private rule", ["alone", "outer"]),
    ]) func `a rule is another only when what it matches may be`(_ old: String, _ new: String, _ changed: [String])
        throws
    {
        let before = try identities(Self.text)
        let after = try identities(Self.text.replacingOccurrences(of: old, with: new))
        #expect(before.keys.filter { before[$0] != after[$0] }.sorted() == changed)
    }

    @Test func `only what changed is compiled and told`() throws {
        let sources = [RuleSource(name: "r.yar", text: Array(Self.text.utf8))]
        let catalogue = RuleCatalogue(sources, compiledAs: try RuleSet(sources))
        let known = Set(catalogue.entries.filter { $0.name.identifier == "alone" }.map(\.identity))
        let entries = catalogue.entries(notIn: known)
        #expect(entries.map(\.name.identifier) == ["outer"])
        let hunt = try #require(try RuleHunt.lanes(for: entries, of: catalogue).indexed)
        let report = try hunt.verify([[1], [2], [3], [4]]) { digest in
            digest == [4] ? nil : Array((digest == [1] ? "abcd xxy efgh" : "efgh").utf8)
        }
        #expect(report.hits.map(\.digest) == [[1]])
        #expect(report.hits.flatMap(\.matches).map(\.rule.identifier) == ["outer"])
        #expect(report.gone == [[4]])
    }
}
