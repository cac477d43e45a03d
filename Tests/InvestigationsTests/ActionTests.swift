// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Store
import Testing

@testable import Investigations

@Suite struct `An action` {
    private func approved(_ change: (inout Mailboxes) -> Void = { _ in }) async throws -> Stage {
        let stage = try await Stage.story()
        try await stage.work()
        stage.server.change(change)
        try await stage.approve(1)
        try await stage.work()
        return stage
    }

    @Test func `waits for a server that is down, says so, and is done when it is back`() async throws {
        let stage = try await approved { $0.down = ["bob@example.org", "carol@example.org"] }
        var action = try await stage.action().action
        #expect(action.state == .waiting)
        #expect(action.detail == "3 of 3 copies not reached yet: no connection to bob@example.org")
        #expect(action.nextAttemptAt == stage.clock.now + 5_000)
        #expect(try await stage.view().summary.state == .remediating, "nothing is claimed as done")
        #expect(try await stage.quarantined().isEmpty)

        #expect(try await stage.runner().tick() == false, "it is not tried before its time")
        stage.clock.advance(by: .seconds(5))
        try await stage.work()
        action = try await stage.action().action
        #expect(action.attempts == 2)
        #expect(action.nextAttemptAt == stage.clock.now + 10_000)

        stage.server.change { $0.down = [] }
        stage.clock.advance(by: .seconds(10))
        try await stage.work()
        #expect(try await stage.action().action.state == .done)
        #expect(try await stage.view().summary.state == .remediated)
        #expect(try await stage.quarantined().count == 3)
    }

    @Test func `does what can be done while one mailbox is unreachable`() async throws {
        let stage = try await approved { $0.down = ["bob@example.org"] }
        let action = try await stage.action()
        #expect(action.action.state == .waiting)
        #expect(action.targets.map(\.state) == [.waiting, .waiting, .done])
        #expect(action.action.detail == "2 of 3 copies not reached yet: no connection to bob@example.org")
        #expect(
            stage.server.state.calls == [
                "locate bob@example.org", "locate carol@example.org", "move carol@example.org",
                "locate carol@example.org",
            ],
            "an unreachable mailbox is tried once, not once a message")
    }

    @Test func `gives up an attempt after some unreachable mailboxes in a row`() async throws {
        let stage = try await Stage.story()
        let people = (1...6).map { "p\($0)@example.org" }
        try await stage.store.message("00000000000000e5", to: people, url: StoreFixture.url)
        stage.server.change { $0.down = Set(people + ["bob@example.org", "carol@example.org"]) }
        try await stage.work()
        try await stage.approve(1)
        try await stage.work()
        #expect(stage.server.state.calls.count == Pacing().patience)
        let details = try await stage.action().targets.map(\.detail)
        #expect(details.contains("not tried: other mailboxes were unreachable"))
        #expect(!details.contains(nil))
    }

    @Test func `with a mailbox that refuses is partially done`() async throws {
        let stage = try await approved { $0.refusing = ["carol@example.org"] }
        let action = try await stage.action()
        #expect(action.action.state == .partiallyDone)
        #expect(action.action.detail == "2 copies moved to quarantine, 1 copy failed")
        #expect(action.targets.last?.detail == "no such mailbox")
        #expect(try await stage.view().summary.state == .partiallyRemediated)
    }

    @Test func `with only refusing mailboxes has failed`() async throws {
        let stage = try await approved { $0.refusing = ["bob@example.org", "carol@example.org"] }
        #expect(try await stage.action().action.state == .failed)
        #expect(try await stage.view().summary.state == .failed)
    }

    @Test func `counts what is gone as remediated by somebody else`() async throws {
        let stage = try await approved { $0.folders["bob@example.org"] = [:] }
        let action = try await stage.action()
        #expect(action.action.state == .done)
        #expect(action.action.detail == "1 copy moved to quarantine, 2 copies gone before we came")
        #expect(try await stage.view().summary.state == .remediated)
    }

    @Test func `takes over what was in quarantine before, for a release to the inbox`() async throws {
        let stage = try await approved {
            $0.move(StoreFixture.second, in: "carol@example.org", from: "INBOX", to: Mailboxes.quarantine)
        }
        #expect(try await stage.action().targets.last?.state == .alreadyThere)
        let entry = try #require(try await stage.quarantined().last)
        #expect(entry.folder == nil)
        try await stage.release(entry.number)
        try await stage.work()
        #expect(stage.folder(StoreFixture.second, "carol@example.org") == "INBOX")
    }

    @Test func `is approved once`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        try await stage.approve(1)
        let error = await #expect(throws: StoreError.self) { try await stage.approve(1, by: "bob") }
        #expect(error?.code == .conflict)
        #expect(error?.description == "action 1 is approved (decided by ada) and cannot become approved")
        await #expect(throws: StoreError.self) { try await stage.reject(1) }
        #expect(try await stage.store.rows("SELECT count(*) FROM audit WHERE verb = 'action.approve'") == ["1"])
    }

    @Test func `that was rejected is not approved`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        try await stage.reject(1)
        await #expect(throws: StoreError.self) { try await stage.approve(1) }
        try await stage.work()
        #expect(stage.server.state.calls.isEmpty)
    }

    @Test func `that does not exist is not found`() async throws {
        let stage = try await Stage.story()
        let error = await #expect(throws: StoreError.self) { try await stage.approve(7) }
        #expect(error?.code == .notFound)
    }

    @Test(arguments: ["", String(repeating: "x", count: 201)]) func `is decided by somebody with a name`(actor: String)
        async throws
    {
        let stage = try await Stage.story()
        try await stage.work()
        await #expect(throws: StoreError.self) { try await stage.approve(1, by: actor) }
    }
}

@Suite struct `A release` {
    private func quarantined() async throws -> Stage {
        let stage = try await Stage.story()
        try await stage.work()
        try await stage.approve(1)
        try await stage.work()
        return stage
    }

    @Test func `is asked for once at a time, and once for all`() async throws {
        let stage = try await quarantined()
        try await stage.release(1)
        var error = await #expect(throws: StoreError.self) { try await stage.release(1) }
        #expect(error?.description == "quarantined message 1 is being released by action 2")
        try await stage.work()
        error = await #expect(throws: StoreError.self) { try await stage.release(1) }
        #expect(error?.description == "quarantined message 1 was released by ada")
    }

    @Test func `waits for a server that is down`() async throws {
        let stage = try await quarantined()
        stage.server.change { $0.down = ["bob@example.org"] }
        try await stage.release(1)
        try await stage.work()
        #expect(try await stage.action(2).action.state == .waiting)
        #expect(try await stage.quarantined()[0].releasedAt == nil)
        stage.server.change { $0.down = [] }
        stage.clock.advance(by: .seconds(5))
        try await stage.work()
        #expect(stage.folder(StoreFixture.first, "bob@example.org") == "Archive")
        #expect(try await stage.action(2).action.state == .done)
    }

    @Test func `of a message that is gone says so`() async throws {
        let stage = try await quarantined()
        stage.server.change { $0.folders["bob@example.org"] = [:] }
        try await stage.release(1)
        try await stage.work()
        #expect(try await stage.action(2).action.detail == "1 copy gone before we came")
        #expect(try await stage.quarantined()[0].releasedBy == "ada")
    }
}
