// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Investigations

@Suite struct `The report` {
    private static let expected = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "reports")

    /// The report beside the tests; a difference is written next to it, one copy away from being the new one.
    private func expect(_ report: String, equals name: String) throws {
        let file = Self.expected.appending(path: name)
        let expected = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        if report != expected {
            let got = FileManager.default.temporaryDirectory.appending(path: "\(name).got")
            try report.write(to: got, atomically: true, encoding: .utf8)
            Issue.record("differs from \(name); the report is in \(got.path)")
        }
    }

    @Test func `reads as a report while it waits for approval`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        try expect(InvestigationReport(try await stage.view()).description, equals: "pending.txt")
    }

    @Test func `reads as a report after a clean-up with an obstacle, a second look and a release`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        try await stage.store.alert(2)
        stage.server.change { $0.down = ["carol@example.org"] }
        try await stage.work()
        try await stage.approve(1, note: "sure")
        try await stage.work()
        try await stage.release(1)
        try await stage.work()
        try expect(InvestigationReport(try await stage.view()).description, equals: "waiting.txt")
    }

    @Test func `no line of it holds a control or bidirectional character`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        let report = InvestigationReport(try await stage.view()).description
        for scalar in report.unicodeScalars where scalar != "\n" {
            #expect(scalar.properties.generalCategory != .control && scalar.properties.generalCategory != .format)
        }
    }

    @Test func `the view comes back from its JSON`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        let view = try await stage.view()
        let data = try JSONEncoder().encode(view)
        #expect(try JSONDecoder().decode(InvestigationView.self, from: data) == view)
    }
}

@Suite struct `Text for a terminal` {
    @Test(
        arguments: [
            ("plain ünïcode 日本", "plain ünïcode 日本"), ("a\u{1B}[31mb", #"a\u{1B}[31mb"#), ("a\r\nb", #"a\u{D}\u{A}b"#),
            ("x\u{202E}cod.exe", #"x\u{202E}cod.exe"#), ("\u{2066}\u{200B}\u{FEFF}", #"\u{2066}\u{200B}\u{FEFF}"#),
            ("\u{9B}1m", #"\u{9B}1m"#), ("a\u{2028}b", #"a\u{2028}b"#), ("\u{E0041}", #"\u{E0041}"#),
        ]) func `is harmless`(text: String, expected: String)
    {
        #expect(TerminalText.escaped(text) == expected)
    }

    @Test func `is cut`() {
        #expect(TerminalText.escaped("abcdef", limit: 3) == "abc…")
        #expect(TerminalText.escaped("abc", limit: 3) == "abc")
    }
}
