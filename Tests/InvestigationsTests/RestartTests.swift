// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Store
import Testing

@testable import Investigations

@Suite struct `A restart` {
    /// The whole story with runners that live for as many writes as `lives` says, the last one for ever.
    ///
    /// Alert, approval, move, release; answers what is left of it.
    private func play(lives: [Int]) async throws -> (portrait: [String], mailboxes: Mailboxes, writes: Int) {
        let stage = try await Stage.story()
        var lives = lives[...]
        var writes = 0
        func work() async throws {
            for _ in 0..<1_000 {
                let life = lives.popFirst() ?? 1_000_000
                let database = MortalDatabase(stage.store.database, writes: life)
                do {
                    while try await stage.runner(database).tick() {}
                    let left = database.writesLeft
                    writes += life - left
                    // What this life had left is for the next part of the story.
                    lives = [left] + lives
                    return
                } catch is MortalDatabase.Killed {}
            }
        }
        try await work()
        // One copy goes away while the action waits, which a second look at the mailboxes finds.
        stage.server.change { $0.folders["carol@example.org"] = [:] }
        stage.clock.advance(by: .seconds(600))
        try await work()
        try await stage.approve(1)
        try await work()
        try await stage.release(1)
        try await work()
        var mailboxes = stage.server.state
        mailboxes.calls = []
        return (try await portrait(stage.store), mailboxes, writes)
    }

    /// Every row that the story leaves; the words of a target may say that there was an interruption.
    private func portrait(_ store: StoreFixture) async throws -> [String] {
        var rows: [String] = []
        for query in [
            "SELECT * FROM alerts ORDER BY number",
            "SELECT number, state, round, next_step, conclusion, created_at, updated_at FROM investigations ORDER BY number",
            "SELECT * FROM investigation_steps ORDER BY investigation, number",
            "SELECT * FROM actions ORDER BY number",
            "SELECT action, reference, mailbox, state, folder, flags, attempts FROM action_targets ORDER BY 1, 2, 3",
            "SELECT * FROM quarantined ORDER BY number", "SELECT * FROM audit ORDER BY number",
            "SELECT * FROM counters ORDER BY name",
        ] { rows += try await store.rows(query) }
        return rows
    }

    @Test func `before any write ends the same, nothing lost, nothing twice`() async throws {
        let whole = try await play(lives: [])
        #expect(whole.writes > 20)
        for kill in 0..<whole.writes {
            let broken = try await play(lives: [kill])
            #expect(broken.portrait == whole.portrait, "killed before write \(kill + 1)")
            #expect(broken.mailboxes == whole.mailboxes, "killed before write \(kill + 1)")
        }
    }

    @Test func `between any two writes ends the same`() async throws {
        let whole = try await play(lives: [])
        let broken = try await play(lives: Array(repeating: 1, count: 200))
        #expect(broken.portrait == whole.portrait)
        #expect(broken.mailboxes == whole.mailboxes)
    }

    @Test func `after the move and before its recording keeps what a release needs`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        try await stage.approve(1)
        // Start, intent, then the move; its recording is the third write.
        let database = MortalDatabase(stage.store.database, writes: 2)
        await #expect(throws: MortalDatabase.Killed.self) { try await stage.runner(database).tick() }
        #expect(stage.folder(StoreFixture.first, "bob@example.org") == Mailboxes.quarantine)
        #expect(try await stage.action().targets[0].state == .moving)
        #expect(try await stage.quarantined().isEmpty)
        try await stage.work()
        #expect(try await stage.action().targets[0].detail == "moved from Archive before an interruption")
        let entry = try #require(try await stage.quarantined().first)
        #expect(entry.folder == "Archive")
        #expect(entry.flags == "\\Flagged \\Seen")
    }

    @Test func `an edit of the playbook does not change a running investigation`() async throws {
        let stage = try await Stage.story()
        // Alerts are taken in and the first step is logged.
        let database = MortalDatabase(stage.store.database, writes: 2)
        await #expect(throws: MortalDatabase.Killed.self) { try await stage.runner(database).tick() }
        let clock = stage.clock
        let runner = InvestigationRunner(
            database: stage.store.database, playbooks: try .init([]), handler: stage.server, now: { clock.now })
        while try await runner.tick() {}
        #expect(try await stage.view().summary.state == .pendingApproval)
    }
}
