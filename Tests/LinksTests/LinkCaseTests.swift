// SPDX-License-Identifier: Apache-2.0

import Bytes
import Testing
import URLSyntax

@testable import Links

/// The cases that an administrator can read and add to: `Cases/html-links.txt` and its like.
struct LinkCaseTests {
    @Test(arguments: try LinkCase.all(in: "html-links.txt"))
    func `the links of an HTML part`(one: LinkCase) {
        check(one, .html)
    }

    @Test(arguments: try LinkCase.all(in: "text-links.txt"))
    func `the links of a text part`(one: LinkCase) {
        check(one, .text)
    }

    @Test(arguments: try LinkCase.all(in: "flowed-links.txt"))
    func `the links of a flowed text part`(one: LinkCase) {
        check(one, .flowed)
    }

    @Test(arguments: try LinkCase.all(in: "calendar-links.txt"))
    func `the links of a calendar`(one: LinkCase) {
        check(one, .calendar)
    }

    @Test(arguments: try LinkCase.all(in: "enriched-links.txt"))
    func `the links of an enriched text part`(one: LinkCase) {
        check(one, .enriched)
    }

    @Test(arguments: try LinkCase.all(in: "pictures-links.txt"))
    func `the pictures of an HTML part`(one: LinkCase) {
        check(one, .pictures)
    }

    @Test(arguments: zip(Scanner.allCases + [.pictures], [40, 20, 8, 8, 4, 12]))
    func `there are cases`(scanner: Scanner, least: Int) throws {
        #expect(try LinkCase.all(in: scanner.cases).count > least)
    }

    private func check(_ one: LinkCase, _ scanner: Scanner) {
        let scan = scanner.scan(one.document)
        #expect(scan.candidates.map(\.target.text) == one.targets.map(\.text))
        #expect(scan.notes.map(\.reason.description) == one.notes)
        #expect(scan.removals.map(\.reason.description) == one.removals)
        #expect(scan.candidates.allSatisfy { $0.place == scanner.place && $0.url.isWeb })
        guard let rewritten = scanner.rewritten(one.document, scan) else {
            Issue.record("the patches do not fit together")
            return
        }
        let again = scanner.scan(rewritten)
        #expect(again.removals.isEmpty, "\(rewritten.text)")
        #expect(again.candidates.count == one.targets.count, "\(rewritten.text)")
        for (ordinal, candidate) in again.candidates.enumerated() {
            let url = Scanner.rewrittenURL(ordinal)
            // In text, what a cut link leaves behind (`:x` of `http://a.example:x`) stands behind the new one.
            let found = scanner != .html ? Array(candidate.target.prefix(url.count)) : candidate.target
            #expect(found.text == url.text, "\(rewritten.text)")
        }
    }
}
