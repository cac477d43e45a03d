// SPDX-License-Identifier: Apache-2.0

import Playbooks
import SQLiteDatabase
import Store
import Synchronization
import Testing

@testable import Investigations

@Suite struct `The life of an investigation` {
    @Test func `an alert opens one, which runs its steps and waits for approval`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        let view = try await stage.view()
        #expect(view.summary.state == .pendingApproval)
        #expect(view.summary.conclusion == "1 recommended action waits for approval")
        #expect(view.alerts.map(\.joinedBecause) == ["opened it: 'url-click' starts on 'url_click'"])
        #expect(
            view.steps.map { "\($0.step): \($0.summary)" } == [
                "verdict: admin calls evil.example/login malicious (phishing kit) since 1970-01-01 00:00:03 UTC",
                "no_verdict: left out: 'verdict.count is 0' does not hold",
                "messages: the alerts are about 1 message, delivered to 1 mailbox",
                "similar: 1 other message carrying the link, delivered to 2 mailboxes",
                "all: 2 messages carrying the link, delivered to 3 mailboxes",
                "recipients: 2 recipients: bob@example.org, carol@example.org",
                "clicks: 1 click by 1 person, 1 of them reached the target",
                "replies: nobody answered or forwarded it, as far as it passed here",
                "nothing_delivered: left out: 'all.count is 0' does not hold",
                "quarantine: proposes action 1, which moves 3 copies to quarantine; waits for approval",
                "only_suspicious: left out: 'verdict.verdict is not malicious' does not hold",
            ])
        #expect(try await stage.action().targets.map(\.state) == [.pending, .pending, .pending])
        #expect(stage.server.state.calls.isEmpty, "nothing is touched before approval")
    }

    @Test func `approved, it moves every copy and ends as remediated`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        try await stage.approve(1, note: "sure")
        #expect(try await stage.view().summary.state == .remediating)
        try await stage.work()
        let view = try await stage.view()
        #expect(view.summary.state == .remediated)
        let action = try await stage.action()
        #expect(action.action.state == .done)
        #expect(action.action.detail == "3 copies moved to quarantine")
        #expect(action.action.decidedBy == "ada")
        #expect(action.targets.map(\.detail) == ["moved from Archive", "moved from INBOX", "moved from INBOX"])
        #expect(stage.folder(StoreFixture.first, "bob@example.org") == Mailboxes.quarantine)
        #expect(stage.folder(StoreFixture.second, "carol@example.org") == Mailboxes.quarantine)
        #expect(stage.folder(StoreFixture.other, "dave@example.org") == "INBOX")
        #expect(
            try await stage.quarantined().map { "\($0.number) \($0.mailbox) \($0.folder ?? "-") \($0.flags)" } == [
                #"1 bob@example.org Archive \Flagged \Seen"#, "2 bob@example.org INBOX ",
                #"3 carol@example.org INBOX \Seen"#,
            ])
    }

    @Test func `a release puts the message back where it was, flags kept`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        try await stage.approve(1)
        try await stage.work()
        // Somebody read it in the quarantine.
        stage.server.change { $0.deliver(StoreFixture.first, to: "bob@example.org", folder: "Quarantine", flags: "") }
        try await stage.release(1)
        try await stage.work()
        #expect(stage.folder(StoreFixture.first, "bob@example.org") == "Archive")
        #expect(stage.server.state.folders["bob@example.org"]?["Archive"]?[StoreFixture.first] == "\\Flagged \\Seen")
        #expect(try await stage.quarantined().map(\.releasedBy) == ["ada", nil, nil])
        #expect(try await stage.action(2).action.detail == "1 copy put back")
        #expect(try await stage.view().summary.state == .remediated, "a release does not open it again")
    }

    @Test func `the audit trail tells who did what`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        try await stage.approve(1, note: "sure")
        try await stage.work()
        try await stage.release(1, by: "bob")
        try await stage.work()
        #expect(
            try await stage.store.rows("SELECT actor, verb, object FROM audit ORDER BY number") == [
                "rearguard|action.propose|action 1", "ada|action.approve|action 1", "rearguard|action.finish|action 1",
                "bob|quarantine.release|quarantined 1", "rearguard|action.finish|action 2",
            ])
    }

    @Test func `a file does the same`() async throws {
        let stage = try await Stage.story()
        let reference = "00000000000000d4"
        try await stage.store.message(reference, to: ["erin@example.org"], file: StoreFixture.file)
        stage.server.change { $0.deliver(reference, to: "erin@example.org") }
        try await stage.store.indicator(2, kind: "file", pattern: StoreFixture.file)
        try await stage.store.alert(2, "file_verdict_change", subject: "file \(StoreFixture.file)")
        try await stage.work()
        #expect(try await stage.view(2).summary.playbook == "file-verdict-change")
        #expect(try await stage.view(2).summary.state == .pendingApproval)
        try await stage.approve(2)
        try await stage.work()
        #expect(stage.folder(reference, "erin@example.org") == Mailboxes.quarantine)
        #expect(try await stage.view(2).summary.state == .remediated)
        #expect(try await stage.view(1).summary.state == .pendingApproval)
    }

    @Test func `rejected, it closes with the reason and touches nothing`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        try await stage.reject(1, note: "a test of ours")
        try await stage.work()
        #expect(try await stage.view().summary.state == .rejected)
        #expect(try await stage.action().action.note == "a test of ours")
        #expect(stage.server.state.calls.isEmpty)
    }

    @Test func `a suspicious link recommends nothing`() async throws {
        let stage = try await Stage.story()
        try await stage.store.run("UPDATE indicators SET verdict = 'suspicious'")
        try await stage.work()
        let view = try await stage.view()
        #expect(view.summary.state == .partiallyInvestigated)
        #expect(view.summary.conclusion?.hasPrefix("evil.example/login is suspicious, not malicious") == true)
        #expect(view.actions.isEmpty)
    }

    @Test func `an indicator that is gone ends it at once`() async throws {
        let stage = try await Stage.story()
        try await stage.store.run("UPDATE indicators SET removed_at = 3500")
        try await stage.work()
        let view = try await stage.view()
        #expect(view.summary.state == .noThreatsFound)
        #expect(view.steps.map(\.step) == ["verdict", "no_verdict"])
    }

    @Test func `an alert that no playbook knows is explained and left`() async throws {
        let stage = try await Stage.story()
        try await stage.store.alert(2, "moon_phase")
        try await stage.work()
        #expect(
            try await stage.store.rows("SELECT joined_because FROM alerts WHERE number = 2") == [
                "not investigated: its kind or subject is unknown"
            ])
    }

    @Test func `a step that fails ends it, and the log says why`() async throws {
        let stage = try await Stage.story()
        try await stage.store.run("DROP TABLE clicks")
        try await stage.work()
        let view = try await stage.view()
        #expect(view.summary.state == .failed)
        #expect(view.summary.conclusion == "step 'clicks' failed")
        #expect(view.steps.last?.summary.hasPrefix("failed: no such table: clicks") == true)
    }

    @Test func `a playbook that cannot be read any more ends it`() async throws {
        let stage = try await Stage.story()
        _ = try await stage.runner().admitAlerts()
        try await stage.store.run("UPDATE investigations SET playbook_text = 'name: x'")
        try await stage.work()
        #expect(try await stage.view().summary.state == .failed)
    }
}

@Suite struct `The runner` {
    @Test func `works from the alert to the end although the store is away again and again`() async throws {
        let stage = try await Stage.story()
        // The store is away at every third write: each failure is told and the next turn goes on.
        let runner = try stage.runner(FlakyDatabase(base: stage.store.database))
        var errors: Set<String> = []
        for turn in 0..<200 {
            do { try await runner.tick() } catch { errors.insert("\(error)") }
            if turn == 100 { try await stage.approve(1) }
        }
        #expect(try await stage.view().summary.state == .remediated)
        #expect(errors == ["the store is away"])
    }

    @Test func `takes hundreds of alerts in before it looks, once`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        for number in 2...450 { try await stage.store.alert(Int64(number)) }
        try await stage.work()
        let view = try await stage.view()
        #expect(view.alerts.count == 450)
        #expect(view.summary.round == 2)
        #expect(view.summary.state == .pendingApproval)
    }
}

/// A store that is away at every third write.
private struct FlakyDatabase: Database {
    let base: SQLiteStore
    private let writes = Count()

    private final class Count: Sendable {
        let value = Mutex(0)
    }

    init(base: SQLiteStore) {
        self.base = base
    }

    func read<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        try await base.read(body)
    }

    func write<Value: Sendable>(
        _ body: @Sendable @escaping (any SQLTransaction) throws -> Value
    ) async throws -> Value {
        let number = writes.value.withLock { value in
            value += 1
            return value
        }
        if number.isMultiple(of: 3) { throw StoreError(.unavailable, "the store is away") }
        return try await base.write(body)
    }
}

struct `The view of an investigation with many rounds` {
    @Test func `has every line, and the data of the last two rounds`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        for number in 2...4 {
            try await stage.store.alert(Int64(number))
            try await stage.work()
        }
        let view = try await stage.view()
        #expect(view.summary.round == 4)
        let full = view.steps.filter { $0.output != .null }
        #expect(Set(full.map(\.round)) == [3, 4])
        #expect(Set(view.steps.map(\.round)) == [1, 2, 3, 4] && view.steps.allSatisfy { !$0.summary.isEmpty })
    }
}
