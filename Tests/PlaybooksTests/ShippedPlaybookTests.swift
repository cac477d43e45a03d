// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Playbooks

/// The folder of a source file: cases stand beside the tests, the repository two folders up.
enum Folder {
    static let tests = URL(filePath: #filePath).deletingLastPathComponent()
    static let repository = tests.deletingLastPathComponent().deletingLastPathComponent()
    static let shipped = repository.appending(path: "conf/playbooks").path
}

@Suite struct `Shipped playbooks` {
    @Test func `every file is a good playbook under its own name`() throws {
        let shelf = try PlaybookShelf.load(directory: Folder.shipped)
        #expect(
            shelf.playbooks.map(\.name) == [
                "clean-up-failed", "click-through", "file-neighbour", "file-verdict-change", "link-report", "manual",
                "sender-compromise", "url-click", "url-verdict-change", "user-report",
            ])
    }

    @Test(arguments: AlertKind.allCases) func `every kind of alert starts one`(kind: AlertKind) throws {
        let shelf = try PlaybookShelf.load(directory: Folder.shipped)
        #expect(shelf.playbook(for: kind) != nil)
    }

    @Test func `the catalogue describes every step and everything it gives`() {
        let text = StepCatalogue.text
        for step in CatalogueStep.allCases {
            #expect(text.contains("\n\(step.rawValue): \(step.description.sentence)\n"))
            for field in step.description.outputs { #expect(text.contains("  gives \(field.name) (")) }
        }
    }
}

@Suite struct `Bad playbooks` {
    static let cases =
        (try? FileManager.default.contentsOfDirectory(atPath: Folder.tests.appending(path: "bad").path))?
        .filter { $0.hasSuffix(".yaml") }.sorted() ?? []

    @Test func `there are cases`() {
        #expect(Self.cases.count >= 37)
    }

    @Test(arguments: cases) func `is refused for its own reason`(file: String) throws {
        let path = Folder.tests.appending(path: "bad/\(file)")
        let text = try String(contentsOf: path, encoding: .utf8)
        let expected = try String(
            contentsOf: path.deletingPathExtension().appendingPathExtension("expected-error"), encoding: .utf8)
        let error = #expect(throws: PlaybookError.self) { try Playbook(text: text, file: file) }
        #expect(error.map { "\($0)\n" } == expected)
    }

    @Test func `a file over the limit is refused before it is parsed`() {
        let text = "# " + String(repeating: "x", count: PlaybookLimits.fileSize)
        let error = #expect(throws: PlaybookError.self) { try Playbook(text: text, file: "big.yaml") }
        #expect(error?.description == "big.yaml: expected at most 65536 bytes, found 65538")
    }

    @Test func `a thousand nested lists are an error and no crash`() {
        let text = "name: " + String(repeating: "[", count: 30_000)
        #expect(throws: PlaybookError.self) { try Playbook(text: text, file: "deep.yaml") }
    }
}

@Suite struct `A shelf of playbooks` {
    private func playbook(_ name: String, on kinds: String) throws -> Playbook {
        try Playbook(
            text: """
                {name: \(name), version: 1, title: t, description: d, starts_on: [\(kinds)],
                 steps: [{id: m, step: messages}]}
                """, file: "\(name).yaml")
    }

    @Test func `the playbook with the fewest kinds goes first`() throws {
        let shelf = try PlaybookShelf([
            playbook("broad", on: "url_click, url_verdict_change"), playbook("narrow", on: "url_click"),
        ])
        #expect(shelf.playbook(for: .urlClick)?.name == "narrow")
        #expect(shelf.playbook(for: .urlVerdictChange)?.name == "broad")
        #expect(shelf.playbook(for: .fileVerdictChange) == nil)
    }

    @Test func `two with equal right are refused`() {
        let error = #expect(throws: PlaybookError.self) {
            try PlaybookShelf([playbook("b", on: "url_click"), playbook("a", on: "url_click")])
        }
        #expect(
            error?.description
                == "b.yaml: 'a' starts on 'url_click' with equal right, expected one with fewer kinds in 'starts_on'")
    }

    @Test func `two of one name are refused`() {
        let error = #expect(throws: PlaybookError.self) {
            try PlaybookShelf([playbook("a", on: "url_click"), playbook("a", on: "url_verdict_change")])
        }
        #expect(error?.description == "a.yaml: another playbook has the name 'a'")
    }
}
