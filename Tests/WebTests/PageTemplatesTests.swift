// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import Testing
import Web

private let badTemplates = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "bad-templates")

@Suite struct PageTemplatesTests {
    /// Each folder is a set of templates that must be refused with the words in its `expected-error`.
    private static let badCases =
        (try? FileManager.default.contentsOfDirectory(atPath: badTemplates.path).sorted()) ?? []

    @Test func `there are bad templates to try`() {
        #expect(Self.badCases.count >= 9)
    }

    @Test(arguments: badCases) func `a bad template is refused with file, line and reason`(name: String) throws {
        let folder = badTemplates.appending(path: name)
        let expected = try String(contentsOf: folder.appending(path: "expected-error"), encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        #expect {
            try PageTemplates(directory: folder.path, pages: ["page": ["host", "reasons"]])
        } throws: {
            "\($0)" == "\(folder.path)\(expected)"
        }
    }

    @Test func `a directory that is not there is told`() {
        #expect {
            try PageTemplates(directory: "/nonexistent", pages: [:])
        } throws: {
            "\($0)" == "/nonexistent: cannot read the directory of page templates"
        }
    }

    /// One page with the value in text, in an attribute, in a list and in a partial.
    private func render(_ value: String) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pages-\(UInt32.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let text = #"<p title="{{host}}">{{host}}</p>{{#reasons}}<i>{{.}}</i>{{/reasons}}{{> other}}"# + "\n"
        try text.write(to: folder.appending(path: "page.mustache"), atomically: true, encoding: .utf8)
        try "<b>{{host}}</b>".write(to: folder.appending(path: "other.mustache"), atomically: true, encoding: .utf8)
        let templates = try PageTemplates(directory: folder.path, pages: ["page": ["host", "reasons"]])
        return try #require(templates.page("page", ["host": .text(value), "reasons": .list([value, "2"])])).text
    }

    @Test func `a page shows its values`() throws {
        #expect(try render("a.b") == "<p title=\"a.b\">a.b</p><i>a.b</i><i>2</i><b>a.b</b>\n")
    }

    @Test(arguments: [
        "<script>", "\"><script>", "'", "&lt;", "{{host}}", "{{{host}}}", "</p>",
        // With a combining mark these are one Character each, and no longer equal to `"` or `<`.
        "\"\u{301} onload=x", "<\u{338}b", ">\u{338}", "&\u{301}lt;", "'\u{301}",
    ]) func `a value never ends the place it stands in`(value: String) throws {
        let page = try render(value)
        let empty = try render("")
        for mark in "<>\"'" {
            let scalars = mark.unicodeScalars
            let count = page.unicodeScalars.count { scalars.contains($0) }
            #expect(count == empty.unicodeScalars.count { scalars.contains($0) }, "\(mark) in \(page)")
        }
    }

    @Test(arguments: [
        "\u{202E}gpj.exe", "\u{2066}x", "a\u{0}b", "\u{1B}[2J", "\u{9B}", "x\r", "pay\u{200B}pal", "\u{FEFF}x",
        "a\u{AD}b",
        "\u{2060}", "\u{E0041}", "\u{3164}x",
    ])
    func `controls, marks that turn text around and what nobody sees are replaced`(value: String) throws {
        let page = try render(value)
        #expect(page.contains("\u{FFFD}"))
        #expect(!page.unicodeScalars.contains { value.unicodeScalars.contains($0) && !$0.isASCII && $0 != "\u{FFFD}" })
    }

    @Test func `trusted text stands as it is`() {
        #expect(HTMLText.escape("a > b") == "a &gt; b")
    }
}
