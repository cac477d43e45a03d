// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Store
import Testing

@testable import Investigations

@Suite struct `A second alert` {
    private static let third = "00000000000000f6"

    /// A third message with the link, and the alert about it.
    private func anotherMessage(_ stage: Stage) async throws {
        try await stage.store.message(Self.third, at: 5_000, to: ["erin@example.org"], url: StoreFixture.url)
        stage.server.change { $0.deliver(Self.third, to: "erin@example.org") }
        try await stage.store.alert(2, "url_verdict_change", reference: Self.third)
    }

    @Test func `joins before the first step without a second look`() async throws {
        let stage = try await Stage.story()
        try await stage.store.alert(2, reference: StoreFixture.second)
        try await stage.work()
        let view = try await stage.view()
        #expect(view.summary.round == 1)
        #expect(
            view.alerts.last?.joinedBecause
                == "joined it: the same subject, and investigation 1 was running, before its first step")
        #expect(view.steps[2].summary == "the alerts are about 2 messages, delivered to 3 mailboxes")
        #expect(try await stage.store.rows("SELECT count(*) FROM investigations") == ["1"])
    }

    @Test func `makes a waiting investigation look again and adds what is new to its proposal`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        try await anotherMessage(stage)
        try await stage.work()
        let view = try await stage.view()
        #expect(view.summary.state == .pendingApproval)
        #expect(view.summary.round == 2)
        #expect(
            view.alerts.last?.joinedBecause
                == "joined it: the same subject, and investigation 1 was pending_approval; it looks again (round 2)")
        #expect(view.actions.count == 1)
        #expect(view.actions[0].targets.map(\.mailbox).last == "erin@example.org")
        #expect(view.actions[0].targets.count == 4)
        #expect(view.actions[0].action.reason.contains("Delivered messages that carry it: 3, in mailboxes: 4"))
        #expect(view.steps.last { $0.step == "quarantine" }?.summary.hasPrefix("brings up to date: action 1") == true)
        try await stage.approve(1)
        try await stage.work()
        #expect(stage.folder(Self.third, "erin@example.org") == Mailboxes.quarantine)
    }

    @Test func `takes a target back that is not named any more`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        try await stage.store.run("DELETE FROM links WHERE reference = $1", [.text(StoreFixture.first)])
        try await stage.store.alert(2, reference: StoreFixture.second)
        try await stage.work()
        #expect(try await stage.action().targets.map(\.reference) == [StoreFixture.second, StoreFixture.second])
    }

    @Test func `withdraws a proposal that is not made again`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        try await stage.store.run("UPDATE indicators SET verdict = 'suspicious'")
        try await stage.store.alert(2)
        try await stage.work()
        let view = try await stage.view()
        #expect(view.actions[0].action.state == .cancelled)
        #expect(view.actions[0].action.note == "'verdict.verdict is malicious' does not hold")
        #expect(view.summary.state == .partiallyInvestigated)
        await #expect(throws: StoreError.self) { try await stage.approve(1) }
    }

    @Test func `after an indicator is gone withdraws everything`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        try await stage.store.run("UPDATE indicators SET removed_at = 3500")
        try await stage.store.alert(2)
        try await stage.work()
        #expect(try await stage.action().action.state == .cancelled)
        #expect(try await stage.view().summary.state == .noThreatsFound)
    }

    @Test func `during the clean-up proposes only what is new, as an action of its own`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        stage.server.change { $0.down = ["bob@example.org"] }
        try await stage.approve(1)
        try await stage.work()
        try await anotherMessage(stage)
        try await stage.work()
        var view = try await stage.view()
        #expect(view.summary.state == .pendingApproval)
        #expect(view.actions.map(\.action.state) == [.waiting, .pendingApproval])
        #expect(view.actions[1].targets.map(\.mailbox) == ["erin@example.org"])
        try await stage.approve(2)
        stage.server.change { $0.down = [] }
        stage.clock.advance(by: .seconds(5))
        try await stage.work()
        view = try await stage.view()
        #expect(view.actions.map(\.action.state) == [.done, .done])
        #expect(view.summary.state == .remediated)
    }

    @Test func `after the end opens a new investigation, which proposes only what is left`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        try await stage.approve(1)
        try await stage.work()
        try await anotherMessage(stage)
        try await stage.work()
        let view = try await stage.view(2)
        #expect(view.actions.map { $0.targets.map(\.mailbox) } == [["erin@example.org"]])
    }

    @Test func `after the end with nothing left ends at once as remediated`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        try await stage.approve(1)
        try await stage.work()
        try await stage.store.alert(2)
        try await stage.work()
        let view = try await stage.view(2)
        #expect(view.summary.state == .remediated)
        #expect(view.summary.conclusion == "every copy is in quarantine or on its way there")
        #expect(view.actions.isEmpty)
    }

    @Test func `a message that was released is proposed again`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        try await stage.approve(1)
        try await stage.work()
        try await stage.release(3)
        try await stage.work()
        try await stage.store.alert(2)
        try await stage.work()
        #expect(try await stage.view(2).actions.map { $0.targets.map(\.mailbox) } == [["carol@example.org"]])
    }

    @Test func `of one partly rejected and partly done ends as partially remediated`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        stage.server.change { $0.down = ["bob@example.org"] }
        try await stage.approve(1)
        try await stage.work()
        try await anotherMessage(stage)
        try await stage.work()
        stage.server.change { $0.down = [] }
        stage.clock.advance(by: .seconds(5))
        try await stage.work()
        #expect(try await stage.view().summary.state == .pendingApproval)
        try await stage.reject(2)
        #expect(try await stage.view().summary.state == .partiallyRemediated)
    }
}
