// SPDX-License-Identifier: Apache-2.0

import Foundation
import Playbooks
import Records
import SQLiteDatabase
import Store
import Testing
import Verdicts

@testable import Investigations

@Suite struct `The graph of an investigation` {
    private func graph(_ stage: Stage, _ number: Int64 = 1) async throws -> InvestigationGraph {
        try await stage.store.database.read { try InvestigationGraph.of(number, in: $0) }
    }

    @Test func `names what was found, who says what about it, and how it hangs together`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        let graph = try await graph(stage)
        let kinds = Dictionary(grouping: graph.nodes, by: \.kind).mapValues(\.count)
        #expect(kinds == [.url: 2, .message: 2, .sender: 1, .mailbox: 2, .user: 1])
        let subject = try #require(graph.nodes.first)
        #expect(subject.id == "url evil.example/login" && subject.verdict == .malicious)
        #expect(subject.evidence.map(\.step) == ["verdict"])
        let edges = graph.edges.map { "\($0.from) \($0.relation) \($0.to)" }
        for edge in [
            "sender mallory@evil.example sent message \(StoreFixture.first)",
            "message \(StoreFixture.second) carries url \(StoreFixture.url)",
            "message \(StoreFixture.second) delivered to mailbox carol@example.org",
            "user bob@example.org clicked: allowed url \(StoreFixture.url)",
        ] {
            #expect(edges.contains(edge))
        }
        #expect(graph.nodesLeft == 0 && graph.edgesLeft == 0)
        #expect(Set(graph.edges.flatMap { [$0.from, $0.to] }).isSubset(of: Set(graph.nodes.map(\.id))))
        let data = try JSONEncoder().encode(graph)
        #expect(try JSONDecoder().decode(InvestigationGraph.self, from: data).nodes == graph.nodes)
        #expect(graph.text.contains("url (2)") && graph.text.contains("    verdict: admin calls"))
    }

    @Test func `is bounded, says what it leaves out, and keeps what is accused`() async throws {
        let site = try await Site()
        let crowd = (0..<30).map { "u\($0)@example.org" }
        for number in 1...100 {
            try await site.message(UInt64(number), from: "m\(number)@evil.example", to: crowd, url: Site.bad)
        }
        try await site.lookBack(try await site.condemn(Site.bad), to: 1)
        try await site.stage.work()
        let graph = try await graph(site.stage)
        #expect(graph.nodes.count <= 300 && graph.edges.count <= 1_000)
        #expect(graph.nodesLeft > 0 && graph.edgesLeft > 0)
        #expect(graph.nodes[0].verdict == .malicious)
    }

    @Test func `holds no more of a URL than a log does`() async throws {
        let site = try await Site()
        let url = "http://evil.example/" + String(repeating: "a", count: 50_000)
        try await site.message(1, url: url) { $0.subject = String(repeating: "s", count: 900) }
        try await site.condemn("evil.example", .domain)
        let now = site.stage.clock.now
        _ = try await site.stage.store.database.write {
            try Steering.start(.message, "0000000000000001", reason: "long", by: "ada", at: now, in: $0)
        }
        try await site.stage.work()
        let graph = try await graph(site.stage)
        let node = try #require(graph.nodes.first { $0.kind == .url })
        #expect(node.verdict == .malicious && node.value.count == 1_000)
        #expect(graph.edges.contains { $0.to == node.id && $0.relation == "carries, condemned" })
        #expect(try JSONEncoder().encode(graph).count < 20_000)
    }

    @Test func `of none is an error`() async throws {
        let stage = try await Stage.story()
        await #expect(throws: StoreError.self) { try await graph(stage, 7) }
    }
}

@Suite struct `The report as HTML` {
    private func page(_ stage: Stage, _ number: Int64 = 1) async throws -> String {
        let view = try await stage.view(number)
        let graph = try await stage.store.database.read { try InvestigationGraph.of(number, in: $0) }
        return HTMLReport(view, graph, styleDigest: "abc=").description
    }

    @Test func `has timeline, evidence, recommendations and the graph`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        let page = try await page(stage)
        for text in [
            "<h2>Alerts</h2>", "<h2>Timeline</h2>", "<h2>Recommendations</h2>", "<h2>Evidence</h2>",
            "<h2>Messages (2)</h2>",
            "<h2>Clicks (1)</h2>", "<svg ", "move these messages to quarantine",
            "default-src 'none'; style-src 'sha256-abc='; base-uri 'none'; form-action 'none'",
        ] {
            #expect(page.contains(text), "\(text)")
        }
    }

    /// What senders, readers and administrators may write, wherever it ends up.
    private static let evil = "</title><script>alert(1)</script>\"'><img src=x onerror=y>\u{202E}\u{1B}[2J&"

    @Test func `is text, whatever mail holds`() async throws {
        let site = try await Site()
        let url = "http://evil.example/?q=\(Self.evil)"
        try await site.message(1, from: "\(Self.evil)@x.example", to: ["\(Self.evil)@example.org"], url: url) {
            $0.subject = Self.evil
            $0.author = Self.evil
            $0.client = Self.evil
            $0.messageID = "<\(Self.evil)>"
        }
        let now = site.stage.clock.now
        _ = try await site.stage.store.database.write { transaction in
            try Steering.start(
                .message, "0000000000000001", reason: Self.evil, by: Self.evil, at: now, in: transaction)
        }
        try await site.stage.work()
        let page = try await page(site.stage)
        #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&gt;"))
        // Every tag is one of ours, and every attribute holds what we wrote into it.
        let ours =
            /<\/?(!doctype html|html|head|meta|title|style|body|main|h1|h2|h3|dl|dt|dd|table|tr|th|td|span|br|p|div|svg|g|rect|text|line)( [a-z0-9:-]+="[^"<>]*"| \/)*\/?>/
        let rest = page.replacing(ours, with: "")
        #expect(!rest.contains("<") && !rest.contains(">"))
        for word in ["onerror=", "javascript:", "src="] {
            #expect(!page.matches(of: ours).contains { $0.output.0.contains(word) }, "\(word)")
        }
        for scalar in page.unicodeScalars where scalar != "\n" {
            #expect(scalar.properties.generalCategory != .control && scalar.properties.generalCategory != .format)
        }
    }
}
