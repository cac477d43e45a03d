// SPDX-License-Identifier: Apache-2.0

import Playbooks
import SQLiteDatabase
import Store
import Testing

@testable import Investigations

/// Actions on mailboxes other than the quarantine.
@Suite struct `An action on a mailbox` {
    private let bob = "bob@example.org"

    /// Proposes it for the first message, which Bob has filed away, and approves it.
    private func approved(_ kind: ActionKind, _ stage: Stage, of message: String = StoreFixture.first) async throws
        -> Int64
    {
        let at = stage.clock.now
        let number = try await stage.store.database.write { transaction in
            try Steering.propose(
                kind, messages: [message], reason: "a test", by: "ada", secondPersonFrom: nil, at: at,
                in: transaction
            ).number
        }
        try await stage.approve(number)
        return number
    }

    private func undo(_ action: Int64, _ stage: Stage) async throws -> Int64 {
        let at = stage.clock.now
        return try await stage.store.database.write { transaction in
            try Decisions.undo(action, by: "ada", note: nil, at: at, in: transaction).number
        }
    }

    @Test(arguments: [
        (ActionKind.junkMessages, "Junk", "1 copy moved to junk"),
        (.inboxMessages, "INBOX", "1 copy moved to the inbox"),
        (.softDeleteMessages, "Trash", "1 copy moved to the trash"),
    ])
    func `moves to its folder, and back with the flags, once`(kind: ActionKind, folder: String, sentence: String)
        async throws
    {
        let stage = try await Stage.story()
        let action = try await approved(kind, stage)
        try await stage.work()
        #expect(stage.folder(StoreFixture.first, bob) == folder)
        #expect(try await stage.action(action).action.detail == sentence)
        #expect(try await stage.quarantined().isEmpty)

        stage.server.change { $0.folders[bob]?[folder]?[StoreFixture.first] = "\\Answered" }
        let back = try await undo(action, stage)
        try await stage.work()
        #expect(stage.folder(StoreFixture.first, bob) == "Archive")
        #expect(stage.server.state.folders[bob]?["Archive"]?[StoreFixture.first] == "\\Flagged \\Seen")
        #expect(try await stage.action(back).action.kind == .restoreMessages)
        let error = await #expect(throws: StoreError.self) { _ = try await undo(action, stage) }
        #expect(error?.description == "action \(action) was undone by action \(back)")
    }

    @Test func `leaves alone what is in quarantine`() async throws {
        let stage = try await Stage.story()
        stage.server.change { $0.move(StoreFixture.first, in: bob, from: "Archive", to: Mailboxes.quarantine) }
        let action = try await approved(.junkMessages, stage)
        try await stage.work()
        #expect(stage.folder(StoreFixture.first, bob) == Mailboxes.quarantine)
        #expect(try await stage.action(action).targets[0].state == .alreadyThere)
        await #expect(throws: StoreError.self) { _ = try await undo(action, stage) }
    }

    @Test func `that deletes takes the message out of its folder and of the quarantine, for good`() async throws {
        let stage = try await Stage.story()
        let first = try await approved(.quarantineMessages, stage)
        try await stage.work()
        #expect(try await stage.quarantined().first?.releasedAt == nil)
        let action = try await approved(.hardDeleteMessages, stage)
        try await stage.work()
        #expect(stage.folder(StoreFixture.first, bob) == nil)
        #expect(try await stage.action(action).action.detail == "1 copy deleted")
        #expect(try await stage.quarantined().first?.releasedBy == "action \(action), deleted")
        for number in [first, action] {
            await #expect(throws: StoreError.self) { _ = try await undo(number, stage) }
        }
    }

    @Test(arguments: [ActionKind.quarantineMessages, .hardDeleteMessages])
    func `finds the copies that the owner made in other folders`(kind: ActionKind) async throws {
        let stage = try await Stage.story()
        stage.server.change {
            $0.deliver(StoreFixture.first, to: bob, folder: "Trash")
            $0.deliver(StoreFixture.first, to: bob, folder: "Work")
        }
        let action = try await approved(kind, stage)
        try await stage.work()
        let folders = (stage.server.state.folders[bob] ?? [:]).filter { $0.value[StoreFixture.first] != nil }.map(\.key)
        #expect(folders == (kind == .quarantineMessages ? [Mailboxes.quarantine] : []))
        #expect(try await stage.action(action).targets.map(\.state) == [.done])
        #expect(try await stage.quarantined().count == (kind == .quarantineMessages ? 1 : 0))
    }

    @Test func `that was undone in part is undone again for the rest`() async throws {
        let stage = try await Stage.story()
        let action = try await approved(.junkMessages, stage, of: StoreFixture.second)
        try await stage.work()
        stage.server.change { $0.refusing = ["carol@example.org"] }
        let first = try await undo(action, stage)
        try await stage.work()
        #expect(try await stage.action(first).action.state == .partiallyDone)
        stage.server.change { $0.refusing = [] }
        let second = try await undo(action, stage)
        #expect(try await stage.action(second).targets.map(\.mailbox) == ["carol@example.org"])
        try await stage.work()
        #expect(stage.folder(StoreFixture.second, "carol@example.org") == "INBOX")
        await #expect(throws: StoreError.self) { _ = try await undo(action, stage) }
    }

    @Test(arguments: [ActionKind.softDeleteMessages, .hardDeleteMessages])
    func `that was interrupted before its recording says so, and what is needed to undo it is known`(kind: ActionKind)
        async throws
    {
        let stage = try await Stage.story()
        try await stage.work()
        let action = try await approved(kind, stage)
        // Start, intent, then the work; its recording is the third write.
        let database = MortalDatabase(stage.store.database, writes: 2)
        await #expect(throws: MortalDatabase.Killed.self) { try await stage.runner(database).tick() }
        #expect(try await stage.action(action).targets[0].state == .moving)
        try await stage.work()
        let target = try #require(try await stage.action(action).targets.first)
        #expect(target.state == .done && target.folder == "Archive")
        #expect(target.detail?.hasSuffix("from Archive before an interruption") == true)
    }

    @Test func `works on several mailboxes at a time and loses none of them to one that is down`() async throws {
        let stage = try await Stage.story()
        let people = (1...40).map { "p\($0)@example.org" }
        try await stage.store.message("00000000000000e5", to: people, url: StoreFixture.url)
        stage.server.change { mailboxes in
            for person in people { mailboxes.deliver("00000000000000e5", to: person) }
            mailboxes.down = ["p7@example.org"]
        }
        let action = try await approved(.quarantineMessages, stage, of: "00000000000000e5")
        var pacing = Pacing()
        pacing.mailboxesAtOnce = 8
        let clock = stage.clock
        let runner = InvestigationRunner(
            database: stage.store.database, playbooks: try .init([]), handler: stage.server, pacing: pacing,
            now: { clock.now })
        while try await runner.tick() {}
        #expect(try await stage.action(action).targets.count { $0.state == .done } == 39)
        stage.server.change { $0.down = [] }
        clock.advance(by: .seconds(5))
        while try await runner.tick() {}
        #expect(try await stage.action(action).action.detail == "40 copies moved to quarantine")
    }
}
