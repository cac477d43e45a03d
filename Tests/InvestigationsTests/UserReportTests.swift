// SPDX-License-Identifier: Apache-2.0

import Foundation
import Playbooks
import SQLiteDatabase
import Store
import Synchronization
import Testing

@testable import Investigations

@Suite struct `A user's report` {
    private func stage() async throws -> Stage {
        let stage = try await Stage.story()
        try await stage.store.run("DELETE FROM alerts")
        try await stage.store.run(
            "UPDATE messages SET message_id = '<' || reference || '@evil.example>', at = $1",
            [.integer(stage.clock.now - 1_000)])
        return stage
    }

    private func take(
        _ stage: Stage, by reporter: String = "bob@example.org", as opinion: String = "phishing",
        isAutomatic: Bool = false,
        _ originals: ReportTraces...
    ) async throws -> [ReportRow] {
        let at = stage.clock.now
        let submission = ReportSubmission(
            reporter: reporter, opinion: opinion, form: "attached", language: "de", isAutomatic: isAutomatic,
            originals: originals)
        return try await stage.store.database.write { try ReportIntake.take(submission, at: at, in: $0) }
    }

    private func traces(
        stamp: String? = nil, ids: [String] = [], links: [String] = [], subject: String? = nil
    ) -> ReportTraces {
        ReportTraces(stamp: stamp, messageIDs: ids, references: links, subject: subject)
    }

    @Test func `finds its message by the strongest trace it has`() async throws {
        let stage = try await stage()
        let rows = try await take(
            stage,
            traces(stamp: "00000000000000b2.x", ids: ["<\(StoreFixture.second)@evil.example>"]),
            traces(links: ["00000000000000ff", StoreFixture.first]),
            traces(ids: ["<none>", "<\(StoreFixture.other)@evil.example>"]),
            traces(subject: "Hello"), traces(subject: "Never sent"))
        #expect(
            rows.map(\.reference) == [
                StoreFixture.second, StoreFixture.first, StoreFixture.other, StoreFixture.second, nil,
            ])
        #expect(rows.map(\.foundBy) == ["message_id", "link", "message_id", "subject", nil])
        let stamped = try await take(stage, traces(stamp: "stamp-\(StoreFixture.first)", subject: "Hello"))
        #expect(stamped[0].foundBy == "subject", "a stamp that does not begin with the reference is none of ours")
        try await stage.store.run("UPDATE messages SET stamp = reference || '.abc'")
        #expect(try await take(stage, traces(stamp: "\(StoreFixture.first).abc"))[0].foundBy == "stamp")
        #expect(try await take(stage, traces(stamp: "\(StoreFixture.first).abd"))[0].reference == nil)
    }

    @Test func `is looked into, and what is malicious is recommended to be moved`() async throws {
        let stage = try await stage()
        let row = try await take(stage, traces(ids: ["<\(StoreFixture.second)@evil.example>"], subject: "Hello"))[0]
        try await stage.work()
        let view = try await stage.view()
        #expect(view.summary.playbook == "user-report" && view.summary.state == .pendingApproval)
        #expect(view.alerts.map(\.title) == ["bob@example.org reports 'Hello' as phishing"])
        #expect(view.alerts.map(\.number) == [try #require(row.alert)])
        // The other message with the link is like it, and as malicious.
        #expect(
            view.actions.first?.targets.map(\.mailbox) == ["bob@example.org", "bob@example.org", "carol@example.org"])
        #expect(
            view.steps.first { $0.step == "reports" }?.summary
                == "1 report by 1 person, 1 of them as phishing: bob@example.org")
        // Another user's report of the same message joins it.
        let second = try await take(
            stage, by: "Carol@example.org", traces(ids: ["<\(StoreFixture.second)@evil.example>"]))[0]
        try await stage.work()
        let alert = try await stage.store.database.read { try AlertStore.row(try #require(second.alert), in: $0) }
        #expect(alert.investigation == 1)
        #expect(
            try await stage.action().action.reason.hasPrefix(
                "2 people reported it, and mail like it is malicious: with the link \(StoreFixture.url)"))
    }

    @Test func `joins what is open about something in its message, and says why`() async throws {
        let stage = try await Stage.story()
        try await stage.work()
        let row = try await take(stage, traces(links: [StoreFixture.second]))[0]
        let elsewhere = try await take(stage, by: "dave@example.org", traces(links: [StoreFixture.other]))[0]
        try await stage.work()
        func alert(_ row: ReportRow) async throws -> AlertRow {
            try await stage.store.database.read { try AlertStore.row(try #require(row.alert), in: $0) }
        }
        #expect(try await alert(row).investigation == 1)
        #expect(
            try await alert(row).joinedBecause?.hasPrefix(
                "joined it: its message carries url evil.example/login, and 'url-click' joins on 'user_report'"
            ) == true)
        #expect(try await alert(elsewhere).investigation == 2, "its message carries nothing of it")
        // An old one is not joined.
        stage.clock.advance(by: .seconds(7 * 86_400 - 3_600))
        try await stage.store.run("UPDATE investigations SET created_at = created_at - 7200000 WHERE number = 1")
        let late = try await take(stage, traces(links: [StoreFixture.first]))[0]
        try await stage.work()
        #expect(try await alert(late).investigation == 3)
    }

    @Test func `of a message that nobody knows is told to people`() async throws {
        let stage = try await stage()
        let row = try await take(stage, traces(subject: "Never sent"))[0]
        let alert = try await stage.store.database.read { try AlertStore.row(try #require(row.alert), in: $0) }
        #expect(
            alert.title == "bob@example.org reports 'Never sent' as phishing; no delivered message like it is known")
        try await stage.work()
        #expect(try await stage.store.rows("SELECT count(*) FROM investigations") == ["0"])
        #expect(try await take(stage).map(\.reference) == [nil])
    }

    @Test func `that says a message is no junk is kept and raises no alert`() async throws {
        let stage = try await stage()
        let row = try await take(stage, as: "not_junk", traces(ids: ["<\(StoreFixture.other)@evil.example>"]))[0]
        #expect(row.alert == nil && row.reference == StoreFixture.other)
    }

    @Test func `is answered once, and never a machine's or one from elsewhere`() async throws {
        let stage = try await stage()
        #expect(try await take(stage, traces(subject: "a"), traces(subject: "b")).map(\.wantsAnswer) == [true, false])
        #expect(try await take(stage, isAutomatic: true, traces(subject: "a")).map(\.wantsAnswer) == [false])
        #expect(try await take(stage, by: "eve@elsewhere.example", traces(subject: "a")).map(\.wantsAnswer) == [false])
    }

    @Test(arguments: [("bob", "phishing"), ("b b@example.org", "phishing"), ("bob@example.org", "bad")])
    func `from nobody, or that says nothing we know, is refused`(reporter: String, opinion: String) async throws {
        let stage = try await stage()
        await #expect(throws: StoreError.self) { _ = try await take(stage, by: reporter, as: opinion) }
    }
}

@Suite struct `The answer to a reporter` {
    private static let texts = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "conf/mail").path

    /// What was sent; may refuse.
    final class Outbox: Sendable {
        struct Refused: Error {}
        let state = Mutex<(sent: [ReportAnswer], isDown: Bool)>(([], false))
        func send(_ answer: ReportAnswer) throws {
            try state.withLock { state in
                if state.isDown { throw Refused() }
                state.sent.append(answer)
            }
        }
        var sent: [ReportAnswer] { state.withLock(\.sent) }
    }

    private let outbox = Outbox()

    private func answer(_ stage: Stage) async throws -> Int {
        let (outbox, clock) = (outbox, stage.clock)
        return try await ReportAnswers(
            database: stage.store.database, texts: try AnswerTexts(directory: Self.texts, fallback: "en"),
            now: { clock.now }, send: { try outbox.send($0) }
        ).answerAll()
    }

    private func report(_ stage: Stage, _ reference: String, as opinion: String = "phishing", language: String? = nil)
        async throws
    {
        let at = stage.clock.now
        let submission = ReportSubmission(
            reporter: "bob@example.org", opinion: opinion, form: "attached", language: language, isAutomatic: false,
            originals: [
                ReportTraces(
                    stamp: nil, messageIDs: [], references: [reference], subject: "Pay\u{1B}[2J \u{202E}now\nBcc: x")
            ])
        _ = try await stage.store.database.write { try ReportIntake.take(submission, at: at, in: $0) }
        try await stage.work()
    }

    private func quiet() async throws -> Stage {
        let stage = try await Stage.story()
        try await stage.store.run("DELETE FROM alerts")
        return stage
    }

    private func answers(_ stage: Stage) async throws -> [String] {
        try await stage.store.rows("SELECT answer FROM reports ORDER BY number")
    }

    @Test func `comes when the message is out of the mailboxes, in the reporter's language, once`() async throws {
        let stage = try await quiet()
        try await report(stage, StoreFixture.second, language: "de")
        #expect(try await answer(stage) == 0, "nobody has decided yet")
        try await stage.approve(1)
        try await stage.work()
        #expect(try await answer(stage) == 1)
        #expect(try await answer(stage) == 0)
        let mail = try #require(outbox.sent.first)
        #expect(mail.recipient == "bob@example.org" && mail.subject == "Zu der Nachricht, die Sie gemeldet haben")
        #expect(mail.text.contains("Sie war gefährlich und wurde aus den Postfächern entfernt"))
        #expect(!mail.text.unicodeScalars.contains { $0.properties.generalCategory == .control && $0 != "\n" })
        #expect(mail.text.split(separator: "\n").first?.contains("Bcc: x") == true, "one line stays one line")
        #expect(try await answers(stage) == ["confirmed"])
    }

    @Test func `comes also when the message was gone already`() async throws {
        let stage = try await quiet()
        try await report(stage, StoreFixture.first)
        stage.server.change { $0.folders["bob@example.org"] = [:] }
        stage.clock.advance(by: .seconds(600))
        try await stage.work()
        #expect(try await answer(stage) == 1)
        #expect(try await answers(stage) == ["gone"])
    }

    @Test func `says what was found of a message that stays`() async throws {
        let stage = try await quiet()
        try await report(stage, StoreFixture.other)
        try await report(stage, StoreFixture.second)
        try await stage.reject(1)
        try await report(stage, "00000000000000ff")
        try await report(stage, StoreFixture.other, as: "not_junk")
        #expect(try await answer(stage) == 4)
        #expect(try await answers(stage) == ["undecided", "closed", "unknown", "noted"])
        #expect(Set(outbox.sent.map(\.text)).count == 4)
    }

    @Test func `does not deny a message that no playbook of the site looks into`() async throws {
        var stage = try await quiet()
        stage.shelf = try PlaybookShelf([])
        try await report(stage, StoreFixture.second)
        #expect(try await answer(stage) == 1)
        #expect(try await answers(stage) == ["noted"])
    }

    @Test func `waits while no mail can be sent`() async throws {
        let stage = try await quiet()
        try await report(stage, StoreFixture.other)
        outbox.state.withLock { $0.isDown = true }
        await #expect(throws: Outbox.Refused.self) { _ = try await answer(stage) }
        outbox.state.withLock { $0.isDown = false }
        #expect(try await answer(stage) == 1)
    }

    @Test func `has every sentence in every shipped language`() throws {
        for language in ["de", "en", "es", "fr", "it"] {
            _ = try AnswerTexts(directory: Self.texts, fallback: language)
        }
        #expect(throws: AnswerTexts.Fault.self) { _ = try AnswerTexts(directory: Self.texts, fallback: "xx") }
    }
}
