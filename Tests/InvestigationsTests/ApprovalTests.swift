// SPDX-License-Identifier: Apache-2.0

import Foundation
import Playbooks
import SQLiteDatabase
import Store
import Testing

@testable import Investigations

@Suite struct `The approval of an action` {
    /// The story, investigated by a playbook whose action has this approval.
    private func stage(_ approval: String) async throws -> Stage {
        var stage = try await Stage.story()
        let path = "\(Stage.playbooks)/url-click.yaml"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let changed = text.replacing(/approval: (.|\n)*?(?=\n      reason:)/, with: "approval: \(approval)")
        #expect(changed.contains("approval: \(approval)"))
        stage.shelf = try PlaybookShelf([Playbook(text: changed, file: "url-click.yaml")])
        try await stage.work()
        return stage
    }

    private func log(_ stage: Stage) async throws -> String {
        try await stage.view().steps.last { $0.step == "quarantine" }?.summary ?? ""
    }

    @Test func `by the playbook moves what was found without anybody, and says why`() async throws {
        let stage = try await stage("{automatic_when: [verdict.source is admin, all.mailboxes < 10]}")
        let action = try await stage.action().action
        #expect(action.state == .done && action.decidedBy == "rearguard")
        #expect(action.note == "automatic: 'verdict.source is admin', 'all.mailboxes < 10' hold")
        #expect(
            try await log(stage).hasSuffix("starts by itself, for 'verdict.source is admin', 'all.mailboxes < 10' hold")
        )
        #expect(try await stage.view().summary.state == .remediated)
        #expect(
            try await stage.store.rows("SELECT actor, verb FROM audit ORDER BY number") == [
                "rearguard|action.propose", "rearguard|action.approve", "rearguard|action.finish",
            ])
    }

    @Test(arguments: [
        (
            "{automatic_when: verdict.source is urlhaus}",
            "waits for approval, for 'verdict.source is urlhaus' does not hold"
        ),
        (
            "{automatic_when: verdict.count > 0, automatic_at_most: 2}",
            "waits for approval, for 3 copies, and 2 are the most that move without a person"
        ),
        (
            "{automatic_when: verdict.count > 0, second_person_from: 3}",
            "waits for two people, for 3 copies need two people"
        ),
        ("manual", "waits for approval"),
    ]) func `waits for a person where the playbook's bounds do not hold`(approval: String, words: String) async throws {
        let stage = try await stage(approval)
        #expect(try await stage.action().action.state == .pendingApproval)
        #expect(try await log(stage).hasSuffix("to quarantine; \(words)"))
        #expect(stage.server.state.calls.isEmpty)
    }

    @Test func `by two people starts with the second, who is another one`() async throws {
        let stage = try await stage("{second_person_from: 3}")
        let first = try await stage.approve(1, by: "ada", note: "looks bad")
        #expect(first.state == .pendingApproval && first.firstBy == "ada" && first.approvals == 2)
        let error = await #expect(throws: StoreError.self) { try await stage.approve(1, by: "ada") }
        #expect(error?.description == "action 1 needs a second person: ada has agreed to it before")
        try await stage.work()
        #expect(stage.server.state.calls.isEmpty)
        try await stage.approve(1, by: "bob")
        try await stage.work()
        #expect(try await stage.action().action.state == .done)
        #expect(
            try await stage.store.rows(
                "SELECT actor, verb, detail FROM audit WHERE actor <> 'rearguard' ORDER BY number") == [
                    "ada|action.agree|looks bad", "bob|action.approve|-",
                ])
    }

    @Test func `by two people begins anew when the action became another one`() async throws {
        let stage = try await stage("{second_person_from: 3}")
        try await stage.approve(1, by: "ada")
        try await stage.store.message("00000000000000d4", to: ["erin@example.org"], url: StoreFixture.url)
        try await stage.store.alert(2)
        try await stage.work()
        let action = try await stage.action()
        #expect(action.targets.count == 4 && action.action.firstBy == nil)
        try await stage.approve(1, by: "bob")
        #expect(try await stage.action().action.state == .pendingApproval)
    }

    @Test func `that nobody gives in time ends the investigation, and moves nothing`() async throws {
        let stage = try await stage("{expires_days: 7}")
        stage.clock.advance(by: .seconds(7 * 86_400 - 1))
        try await stage.work()
        #expect(try await stage.action().action.state == .pendingApproval)
        stage.clock.advance(by: .seconds(1))
        try await stage.work()
        #expect(try await stage.action().action.state == .expired)
        let summary = try await stage.view().summary
        #expect(summary.state == .expired)
        #expect(summary.conclusion == "nobody decided about the recommended action in time")
        await #expect(throws: StoreError.self) { try await stage.approve(1) }
        #expect(!stage.server.state.calls.contains { $0.hasPrefix("quarantine") })
    }
}

@Suite struct `An action that waits` {
    private func waiting() async throws -> Stage {
        let stage = try await Stage.story()
        try await stage.work()
        return stage
    }

    @Test func `is done by somebody else when all of its messages went away`() async throws {
        let stage = try await waiting()
        stage.server.change {
            $0.folders["bob@example.org"] = [:]
            $0.move(StoreFixture.second, in: "carol@example.org", from: "INBOX", to: Mailboxes.quarantine)
        }
        try await stage.work()
        #expect(try await stage.action().action.state == .pendingApproval, "it is looked for every ten minutes")
        stage.clock.advance(by: .seconds(600))
        try await stage.work()
        let action = try await stage.action()
        #expect(action.action.state == .overtaken)
        #expect(action.targets.map(\.state) == [.notFound, .notFound, .alreadyThere])
        let summary = try await stage.view().summary
        #expect(summary.state == .remediated && summary.conclusion == "somebody else took every message away")
        #expect(!stage.server.state.calls.contains { $0.hasPrefix("quarantine") })
    }

    @Test func `tells how many are left, and moves only those`() async throws {
        let stage = try await waiting()
        stage.server.change { $0.folders["carol@example.org"] = [:] }
        stage.clock.advance(by: .seconds(600))
        try await stage.work()
        #expect(try await stage.action().action.detail == "1 of 3 copies gone or moved meanwhile")
        try await stage.approve(1)
        try await stage.work()
        #expect(try await stage.action().action.detail == "2 copies moved to quarantine, 1 copy gone before we came")
        #expect(stage.folder(StoreFixture.first, "bob@example.org") == Mailboxes.quarantine)
    }

    @Test func `stays as it is while mailboxes cannot be reached, and asks few of them`() async throws {
        let stage = try await waiting()
        for number in 1...9 {
            let person = "p\(number)@example.org"
            try await stage.store.message("00000000000001\(number)0", to: [person], url: StoreFixture.url)
            stage.server.change { $0.down.insert(person) }
        }
        stage.server.change { $0.down.formUnion(["bob@example.org", "carol@example.org"]) }
        try await stage.store.alert(2)
        try await stage.work()
        stage.clock.advance(by: .seconds(600))
        try await stage.work()
        #expect(stage.server.state.calls.count == Pacing().patience)
        #expect(try await stage.action().action.state == .pendingApproval)
    }

    @Test func `can be looked at while a server is down, at the cost of a few time-outs`() async throws {
        let stage = try await Stage.story()
        let people = (1...9).map { "p\($0)@example.org" }
        try await stage.store.message("00000000000000e5", to: people, url: StoreFixture.url)
        stage.server.change { $0.down = Set(people + ["bob@example.org", "carol@example.org"]) }
        try await stage.work()
        let preview = try await ActionPreview.of(1, database: stage.store.database, handler: stage.server)
        #expect(preview.copies.count == 12 && stage.server.state.calls.count == Pacing().patience)
        #expect(preview.copies.last?.would == "try again later: not tried, other mailboxes were unreachable")
    }

    @Test func `can be looked at before, which changes nothing`() async throws {
        let stage = try await waiting()
        stage.server.change { $0.folders["carol@example.org"] = [:] }
        let before = stage.server.state.folders
        let preview = try await ActionPreview.of(1, database: stage.store.database, handler: stage.server)
        #expect(
            preview.copies.map { "\($0.mailbox) \($0.folder ?? "-"): \($0.would)" } == [
                "bob@example.org Archive: move it to quarantine", "bob@example.org INBOX: move it to quarantine",
                "carol@example.org -: nothing: it is not in the mailbox any more",
            ])
        #expect(stage.server.state.folders == before && preview.left == 0)
    }
}

@Suite struct `Undoing an action` {
    private func undo(_ action: Int64, _ stage: Stage) async throws -> ActionRow {
        let at = stage.clock.now
        return try await stage.store.database.write { transaction in
            try Decisions.undo(action, by: "ada", note: "a mistake", at: at, in: transaction)
        }
    }

    @Test func `puts back all it moved that is still there, as one action`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        var error = await #expect(throws: StoreError.self) { _ = try await undo(1, stage) }
        #expect(error?.description == "action 1, quarantine_messages, is pending_approval: nothing to undo")
        try await stage.approve(1)
        try await stage.work()
        try await stage.release(3)
        try await stage.work()
        let release = try await undo(1, stage)
        try await stage.work()
        let view = try await stage.action(release.number)
        #expect(view.action.state == .done && view.targets.count == 2)
        #expect(stage.folder(StoreFixture.first, "bob@example.org") == "Archive")
        #expect(stage.server.state.folders["bob@example.org"]?["Archive"]?[StoreFixture.first] == "\\Flagged \\Seen")
        error = await #expect(throws: StoreError.self) { _ = try await undo(1, stage) }
        #expect(error?.description == "nothing that action 1 moved lies in quarantine any more")
        #expect(
            try await stage.store.rows("SELECT detail FROM audit WHERE verb = 'action.undo'") == [
                "action 3, 2 copies: a mistake"
            ])
    }
}
