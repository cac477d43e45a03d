// SPDX-License-Identifier: Apache-2.0

import Bytes
import Testing

@testable import Links

/// Every limit has a name, and what is beyond it is said to be.
struct LinkLimitTests {
    private func scan(_ html: String, _ limits: LinkLimits) -> LinkScan {
        HTMLLinks.candidates(in: Array(html.utf8), limits: limits)
    }

    @Test(arguments: Scanner.allCases) func `links beyond the limit are left and noted once`(scanner: Scanner) {
        var limits = LinkLimits()
        limits.links = 2
        let text = Array("http://a.example/1 http://a.example/2 http://a.example/3 http://a.example/4".utf8)
        let scan = scanner.scan(text, limits: limits)
        #expect(scan.candidates.count == 2)
        #expect(scan.exceededLimits == [.links])
        #expect(scan.notes.map(\.reason.description) == ["limit: links"])
    }

    @Test func `attributes beyond the limit are not read`() {
        var limits = LinkLimits()
        limits.attributesPerTag = 2
        let scan = scan("<a a=1 b=2 href='http://a.example/'><a b=1 href='http://a.example/2'>", limits)
        #expect(scan.candidates.map(\.target.text) == ["http://a.example/2"])
        #expect(scan.exceededLimits == [.attributesPerTag])
    }

    @Test(arguments: [
        ("<a href='http://a.example/1234567890'>", Scanner.html), ("http://a.example/1234567890", .html),
        ("http://a.example/1234567890", .text), ("www.a.example/1234567890123", .text),
    ])
    func `a URL beyond the limit is left and noted`(document: String, scanner: Scanner) {
        var limits = LinkLimits()
        limits.urlLength = 20
        let scan = scanner.scan(Array(document.utf8), limits: limits)
        #expect(scan.candidates.isEmpty)
        #expect(scan.exceededLimits == [.urlLength])
    }

    @Test func `foreign elements beyond the limit are not kept`() {
        var limits = LinkLimits()
        limits.foreignNesting = 3
        #expect(scan("<svg><g><g></g></g></svg>", limits).notes.isEmpty)
        #expect(scan("<svg><g><g><g></svg>", limits).exceededLimits == [.foreignNesting])
    }

    @Test func `a long base and many links do not multiply without end`() {
        var limits = LinkLimits()
        limits.resolvedBytes = 1_000
        let base = "http://a.example/" + String(repeating: "x", count: 400) + "/"
        let links = String(repeating: "<a href=y></a>", count: 10)
        let scan = scan("<base href='\(base)'>\(links)", limits)
        #expect(scan.candidates.count == 3)
        #expect(scan.exceededLimits == [.resolvedBytes])
    }

    @Test func `notes beyond the limit are not kept, but limits are`() {
        var limits = LinkLimits()
        limits.notes = 2
        limits.links = 1
        let more = scan(String(repeating: "<a href='http://a b/'></a>", count: 3), limits)
        #expect(more.exceededLimits == [.notes])
        #expect(more.notes.count == 3)
        let most = scan(String(repeating: "<a href='http://a.example/'></a>", count: 4), limits)
        #expect(most.exceededLimits == [.links])
        #expect(most.candidates.count == 1)
    }

    @Test func `removals are limited like links and notes together`() {
        var limits = LinkLimits()
        limits.notes = 2
        limits.links = 1
        let scan = scan(String(repeating: "<a href='javascript:1'></a>", count: 5), limits)
        #expect(scan.removals.count == 3)
        #expect(scan.exceededLimits == [.links])
    }

    @Test func `a flood of removals costs no more than it has bytes`() {
        var limits = LinkLimits()
        limits.notes = 20_000
        let flood = String(repeating: "ftp:/a ", count: 60_000)
        let time = ContinuousClock().measure { #expect(scan(flood, limits).removals.count == 30_000) }
        #expect(time < .seconds(5))
    }

    @Test func `a removal keeps only the beginning of a long value`() {
        var limits = LinkLimits()
        limits.noteLength = 15
        #expect(scan("<a href='javascript:alert(1)'>", limits).removals.map(\.target.text) == ["javascript:aler"])
    }

    @Test func `a link too long to be kept is taken away`() throws {
        var limits = LinkLimits()
        limits.urlLength = 20
        for value in ["href='http://a.example/1234567890'", "href='&#104;ttp://a.example/1234567890'"] {
            let document = Array("<a \(value)>x</a>".utf8)
            let scan = HTMLLinks.candidates(in: document, limits: limits)
            #expect(scan.exceededLimits == [.urlLength])
            let after = try scan.removals.map(\.patch).applied(to: document)
            #expect(after.text == "<a href='about:blank'>x</a>")
        }
    }

    @Test func `documents within documents beyond the limit are emptied`() throws {
        var html = "<a href=\"http://a.example/\">"
        for _ in 0..<6 {
            let escaped = html.replacing("&", with: "&amp;").replacing("\"", with: "&quot;")
            html = "<iframe srcdoc=\"\(escaped)\"></iframe>"
        }
        let scan = HTMLLinks.candidates(in: Array(html.utf8))
        #expect(scan.exceededLimits == [.nestedDocuments])
        #expect(scan.candidates.isEmpty)
        #expect(scan.removals.map(\.reason) == [.element("srcdoc")])
        let after = try scan.removals.map(\.patch).applied(to: Array(html.utf8))
        let again = HTMLLinks.candidates(in: after)
        #expect(again.candidates.isEmpty && again.removals.isEmpty)
    }
}
