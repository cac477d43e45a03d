// SPDX-License-Identifier: Apache-2.0

import Playbooks
import SQLiteDatabase
import Store
import Testing

@testable import Investigations

@Suite struct `Files that resemble a malicious one` {
    private let bad = String(repeating: "1", count: 64)
    private let near = String(repeating: "2", count: 64)

    /// Alice got the malicious file, Bob one that resembles it; nobody said anything about the second.
    private func stage() async throws -> Stage {
        let store = try await StoreFixture()
        try await store.message(StoreFixture.first, to: ["alice@example.org"], file: bad)
        try await store.message(StoreFixture.second, to: ["bob@example.org"], file: near)
        try await store.indicator(kind: "file", pattern: bad, reason: nil)
        let (bad, near) = (bad, near)
        _ = try await store.database.write { transaction in
            try NeighbourStore.note([(near, 12)], of: bad, at: 4_000, in: transaction)
        }
        return Stage(store: store, server: SimulatedServer(Mailboxes()))
    }

    @Test func `are an investigation that shows them and moves nothing`() async throws {
        let stage = try await stage()
        try await stage.work()
        let view = try await stage.view()
        #expect(view.alerts.map(\.joinedBecause) == ["opened it: 'file-neighbour' starts on 'file_neighbour'"])
        #expect(view.summary.state == .partiallyInvestigated)
        #expect(
            view.summary.conclusion == """
                somebody should look at the files that resemble invoice.zip, which admin calls malicious (files: 1, the \
                nearest at distance 12; messages: 1; recipients: 1): invoice.zip
                """)
        #expect(
            view.steps.map(\.summary).contains("1 file resembles invoice.zip, from distance 12 on: invoice.zip"))
        let files = view.steps.first { $0.step == "similar" }?.output["files"]?.elements
        #expect(files?.map { $0["sha256"]?.string } == [near])
        let actions = try await stage.store.database.read { try ActionStore.list(limit: 9, in: $0) }
        #expect(actions.isEmpty)
        #expect(stage.server.state.calls.isEmpty)
    }

    @Test func `are nothing any more when the verdict was taken back before somebody looked`() async throws {
        let stage = try await stage()
        _ = try await stage.store.database.write { try IndicatorStore.remove(1, at: 4_000, in: $0) }
        try await stage.work()
        #expect(try await stage.view().summary.state == .noThreatsFound)
    }
}
