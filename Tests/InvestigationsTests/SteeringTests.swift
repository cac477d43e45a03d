// SPDX-License-Identifier: Apache-2.0

import Playbooks
import SQLiteDatabase
import Store
import Testing

@testable import Investigations

@Suite struct `A person's own investigation` {
    private func start(_ kind: Subject.Kind, _ value: String, _ stage: Stage) async throws -> AlertRow {
        let at = stage.clock.now
        return try await stage.store.database.write { transaction in
            try Steering.start(kind, value, reason: "seen on the phone", by: "ada", at: at, in: transaction)
        }
    }

    /// Bob and Carol have a message with a condemned link each; nobody alerted.
    private func quiet() async throws -> Stage {
        let stage = try await Stage.story()
        try await stage.store.run("DELETE FROM alerts")
        return stage
    }

    @Test(arguments: [
        (Subject.Kind.message, StoreFixture.second, 2, InvestigationState.pendingApproval),
        (.url, "http://evil.example/login?id=7", 3, .pendingApproval),
        (.url, "http://good.example/login", 0, .partiallyInvestigated),
        (.sender, "Mallory@evil.example", 0, .partiallyInvestigated),
        (.recipient, "carol@example.org", 0, .partiallyInvestigated),
        (.recipient, "nobody@example.org", 0, .noThreatsFound),
    ])
    func `finds the messages, what is said about their contents, and recommends or leaves the judgement`(
        kind: Subject.Kind, value: String, copies: Int, state: InvestigationState
    ) async throws {
        let stage = try await quiet()
        _ = try await start(kind, value, stage)
        try await stage.work()
        let view = try await stage.view()
        #expect(view.summary.state == state, "\(view.summary.conclusion ?? "")")
        #expect(view.actions.map(\.targets.count) == (copies > 0 ? [copies] : []))
        #expect(view.alerts.map(\.title) == ["ada asks: seen on the phone"])
        #expect(
            try await stage.store.rows("SELECT verb, detail FROM audit LIMIT 1") == [
                "investigation.start|seen on the phone"
            ])
    }

    @Test func `looks at every link and file of a sender's messages`() async throws {
        let stage = try await quiet()
        try await stage.store.message("00000000000000d4", to: ["erin@example.org"], file: StoreFixture.file)
        _ = try await start(.sender, "mallory@evil.example", stage)
        try await stage.work()
        let contents = try #require(try await stage.view().steps.first { $0.step == "contents" })
        #expect(contents.output["links"]?.integer == 2 && contents.output["files"]?.integer == 1)
        #expect(contents.summary.hasPrefix("admin calls evil.example/login malicious"))
        #expect(
            try await stage.view().summary.conclusion?.hasPrefix(
                "admin calls evil.example/login malicious. Of a sender") == true)
    }

    @Test func `joins the one that is open about the same`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        let alert = try await start(.url, "https://evil.example/login", stage)
        try await stage.work()
        let joined = try await stage.store.database.read { try AlertStore.row(alert.number, in: $0) }
        #expect(joined.investigation == 1)
    }

    @Test(arguments: [
        (Subject.Kind.message, "00000000000000ff", "there is no message 00000000000000ff"),
        (.sender, "mallory", "expected an address, found 'mallory'"),
        (.file, "12", "expected 64, 40 or 32 hexadecimal digits"),
        (.url, "ftp://a.example/", "expected an http or https URL"),
    ]) func `is refused about what nobody can find`(kind: Subject.Kind, value: String, problem: String) async throws {
        let stage = try await quiet()
        let error = await #expect(throws: StoreError.self) { _ = try await start(kind, value, stage) }
        #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
    }
}

@Suite struct `Steering an investigation` {
    private func cancel(_ stage: Stage) async throws {
        let at = stage.clock.now
        try await stage.store.database.write { transaction in
            _ = try Steering.cancel(1, by: "ada", note: "an exercise", at: at, in: transaction)
        }
    }

    private func rerun(_ stage: Stage, from step: String? = nil) async throws {
        let at = stage.clock.now
        try await stage.store.database.write { transaction in
            _ = try Steering.rerun(1, from: step, by: "ada", note: nil, at: at, in: transaction)
        }
    }

    @Test func `to its end withdraws what it proposes, and nothing is joined to it any more`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        try await cancel(stage)
        let view = try await stage.view()
        #expect(view.summary.state == .cancelled && view.summary.conclusion == "ada stopped it: an exercise")
        #expect(view.actions.map(\.action.state) == [.cancelled])
        await #expect(throws: StoreError.self) { try await cancel(stage) }
        try await stage.store.alert(2)
        try await stage.work()
        #expect(try await stage.view(2).summary.state == .pendingApproval)
    }

    @Test func `to its end waits for what was approved`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        try await stage.approve(1)
        let error = await #expect(throws: StoreError.self) { try await cancel(stage) }
        #expect(error?.description == "action 1 was approved and is under way; it cannot be stopped halfway")
    }

    @Test func `back to a step repeats it and what follows, with what was found before`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        try await cancel(stage)
        try await rerun(stage, from: "recipients")
        try await stage.work()
        let view = try await stage.view()
        #expect(view.summary.state == .pendingApproval && view.summary.round == 2)
        let second = view.steps.filter { $0.round == 2 }
        #expect(second.map(\.step) == view.steps.filter { $0.round == 1 }.map(\.step))
        #expect(second.prefix(5).allSatisfy { $0.summary.hasPrefix("as in round 1: ") })
        #expect(second.dropFirst(5).allSatisfy { !$0.summary.hasPrefix("as in round 1: ") })
        #expect(view.actions.map(\.action.state) == [.cancelled, .pendingApproval])
        try await stage.approve(2)
        try await stage.work()
        #expect(try await stage.view().summary.state == .remediated)
    }

    @Test func `back to a step that is not there, or behind one that never ran, is refused`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        let error = await #expect(throws: StoreError.self) { try await rerun(stage, from: "dance") }
        #expect(
            error?.description.hasPrefix("'url-click' has no step 'dance', expected one of verdict, ") == true)
        try await stage.store.run("UPDATE investigation_steps SET outcome = 'failed' WHERE step = 'similar'")
        let failed = await #expect(throws: StoreError.self) { try await rerun(stage, from: "clicks") }
        #expect(failed?.description == "step 'similar' comes before it and was not run in round 1")
        try await rerun(stage, from: "similar")
    }

    @Test func `again is refused while another one about the same is open`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        try await cancel(stage)
        try await stage.store.alert(2)
        try await stage.work()
        let error = await #expect(throws: StoreError.self) { try await rerun(stage) }
        #expect(error?.description == "investigation 2 about the same subject is open")
    }
}

@Suite struct `An action that a person proposes` {
    private func propose(_ messages: [String], _ stage: Stage, secondPersonFrom: Int? = nil) async throws -> ActionRow {
        let at = stage.clock.now
        return try await stage.store.database.write { transaction in
            try Steering.propose(
                messages: messages, reason: "a scam", by: "ada", secondPersonFrom: secondPersonFrom, at: at,
                in: transaction)
        }
    }

    @Test func `waits for approval, then moves what it names`() async throws {
        let stage = try await Stage.story()
        let action = try await propose([StoreFixture.other, StoreFixture.first], stage)
        #expect(action.state == .pendingApproval && action.investigation == nil && action.reason == "ada: a scam")
        try await stage.approve(action.number, by: "bob")
        try await stage.work()
        #expect(stage.folder(StoreFixture.other, "dave@example.org") == Mailboxes.quarantine)
        #expect(stage.folder(StoreFixture.first, "bob@example.org") == Mailboxes.quarantine)
        #expect(stage.folder(StoreFixture.second, "bob@example.org") == "INBOX")
        let error = await #expect(throws: StoreError.self) { _ = try await propose([StoreFixture.first], stage) }
        #expect(error?.description == "nothing to propose: every copy is in quarantine already or on the way there")
    }

    @Test func `of many copies needs two people`() async throws {
        let stage = try await Stage.story()
        let action = try await propose([StoreFixture.second], stage, secondPersonFrom: 2)
        #expect(try await stage.approve(action.number, by: "ada").state == .pendingApproval)
        #expect(try await stage.approve(action.number, by: "bob").state == .approved)
    }

    @Test func `of a message that nobody knows is refused whole`() async throws {
        let stage = try await Stage.story()
        await #expect(throws: StoreError.self) {
            _ = try await propose([StoreFixture.first, "00000000000000ff"], stage)
        }
        #expect(try await stage.store.rows("SELECT count(*) FROM actions") == ["0"])
    }
}
