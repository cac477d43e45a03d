// SPDX-License-Identifier: Apache-2.0

import Foundation
import Mail
import Playbooks
import Records
import SQLiteDatabase
import Store
import Testing
import Verdicts

@testable import Investigations

/// Mail, clicks and verdicts as they come in, through ingest, to the simulated mailboxes and the shipped playbooks.
struct Site {
    let stage: Stage
    static let bad = "http://evil.example/login?id=7"

    init() async throws {
        stage = Stage(store: try await StoreFixture(), server: SimulatedServer(Mailboxes()))
    }

    /// Milliseconds of so many days ago.
    func days(_ number: Int64) -> Int64 { stage.clock.now - number * 86_400_000 }

    /// Every record has a journal segment of its own.
    private func end(_ number: Int) -> ConsumerPosition { ConsumerPosition(segment: number, offset: 1) }

    /// A message that passes the milter and is delivered.
    func message(
        _ number: UInt64, from sender: String = "mallory@evil.example", to recipients: [String] = ["bob@example.org"],
        at: Int64? = nil, url: String? = nil, file: String? = nil, _ change: (inout MessageRecord) -> Void = { _ in }
    ) async throws {
        var record = MessageRecord(
            reference: MessageReference(bits: number), stamp: "stamp-\(number)", at: at ?? stage.clock.now - 60_000,
            queueID: "Q\(number)", sender: sender, recipients: recipients, size: 1_000, rewriting: .rewritten)
        record.subject = "Message \(number) for you"
        record.direction = "inbound"
        if let url { record.links = [LinkRecord(ordinal: 0, url: url, part: "1", place: .html, rewritten: true)] }
        if let file {
            record.attachments = [
                AttachmentRecord(part: "2", name: "bill.zip", mediaType: "application/zip", size: 10, sha256: file)
            ]
        }
        change(&record)
        let (reference, entry) = (
            record.reference.description,
            IngestEntry(json: Array(try JSONEncoder().encode(record)), end: end(Int(number)))
        )
        stage.server.change { for recipient in recipients { $0.deliver(reference, to: recipient) } }
        let now = stage.clock.now
        _ = try await stage.store.database.write {
            try Ingest.messages([entry], upTo: entry.end, at: now, in: $0)
        }
    }

    func click(
        _ number: UInt64, in message: UInt64, on url: String = bad, outcome: ClickRecord.Outcome = .allowed,
        clicker: String? = "human", reasons: [String]? = nil
    ) async throws {
        var record = ClickRecord(
            id: MessageReference(bits: number).description, at: stage.clock.now,
            reference: MessageReference(bits: message),
            ordinal: 0, recipient: 1, url: url, outcome: outcome, verdict: "unknown", indicators: [], method: "POST",
            client: "192.0.2.7", userAgent: "Browser")
        record.clicker = clicker
        record.reasons = reasons
        let entry = IngestEntry(json: Array(try JSONEncoder().encode(record)), end: end(Int(number)))
        let now = stage.clock.now
        _ = try await stage.store.database.write { try Ingest.clicks([entry], upTo: entry.end, at: now, in: $0) }
    }

    /// Somebody says so, from now on.
    @discardableResult
    func condemn(
        _ value: String, _ kind: Indicator.Kind = .url, _ verdict: Verdict = .malicious, source: String = "admin"
    ) async throws -> Indicator {
        let new = Indicator(
            number: 0, kind: kind, pattern: try IndicatorPattern.pattern(of: kind, value: value), value: value,
            verdict: verdict, source: source, reason: "phishing", createdAt: stage.clock.now, expiresAt: nil)
        return try await stage.store.database.write { try IndicatorStore.add(new, in: $0).indicator }
    }

    /// The look-back finds the message of that number.
    func lookBack(_ indicator: Indicator, to number: UInt64, url: String = bad) async throws {
        let now = stage.clock.now
        _ = try await stage.store.database.write { transaction in
            let covered = try URLStore.page(
                coveredBy: "evil.example/", from: URLStore.CoverCursor(), limit: 100, in: transaction)
            let row = try #require(covered.urls.first { $0.url == url })
            let reference = MessageReference(bits: number).description
            return try VerdictAlerts.raise(
                deliveredURL: row, reference: reference,
                deliveredAt: try #require(try MessageStore.message(reference, in: transaction)).at, by: indicator,
                at: now, in: transaction)
        }
    }

    func alerts() async throws -> [AlertRow] {
        try await stage.store.database.read { try AlertStore.list(limit: 100, in: $0).reversed() }
    }

    func folder(_ number: UInt64, _ mailbox: String = "bob@example.org") -> String? {
        stage.folder(MessageReference(bits: number).description, mailbox)
    }

    /// The playbook of an investigation, and how it stands.
    func standing(_ number: Int64 = 1) async throws -> [String] {
        let summary = try await stage.view(number).summary
        return [summary.playbook, summary.subject, summary.state.rawValue]
    }
}

@Suite struct `From a message to a closed investigation` {
    private let site: Site
    private let file = String(repeating: "ab", count: 32)

    init() async throws {
        site = try await Site()
    }

    private func approveAll() async throws {
        try await site.stage.work()
        let waiting = try await site.stage.store.database.read {
            try ActionStore.list(state: .pendingApproval, limit: 9, in: $0).map(\.number)
        }
        for number in waiting { try await site.stage.approve(number) }
        try await site.stage.work()
    }

    @Test func `a click on a link that turns bad`() async throws {
        try await site.message(1, url: Site.bad)
        try await site.condemn(Site.bad)
        try await site.click(2, in: 1)
        try await approveAll()
        #expect(try await site.standing() == ["url-click", "url evil.example/login?id=7", "remediated"])
        #expect(site.folder(1) == Mailboxes.quarantine)
    }

    @Test func `a link that a feed condemns after its delivery, told as such`() async throws {
        try await site.message(1, at: site.days(3), url: Site.bad)
        try await site.lookBack(try await site.condemn(Site.bad, source: "urlhaus"), to: 1)
        try await approveAll()
        #expect(
            try await site.alerts().map(\.title) == ["A malicious link was delivered: \(Site.bad) (says urlhaus)"])
        #expect(try await site.standing() == ["url-verdict-change", "url evil.example/login?id=7", "remediated"])
        #expect(
            try await site.stage.view().actions[0].action.reason.hasPrefix("urlhaus calls \(Site.bad) malicious"))
    }

    @Test func `an attachment that turns bad`() async throws {
        try await site.condemn(file, .file)
        try await site.message(1, file: file)
        try await approveAll()
        #expect(try await site.standing() == ["file-verdict-change", "file \(file)", "remediated"])
    }

    @Test func `a user's report`() async throws {
        try await site.message(1, url: Site.bad)
        let now = site.stage.clock.now
        _ = try await site.stage.store.database.write { transaction in
            try ReportIntake.take(
                ReportSubmission(
                    reporter: "bob@example.org", opinion: "phishing", form: "attached", language: nil,
                    isAutomatic: false,
                    originals: [
                        ReportTraces(
                            stamp: nil, messageIDs: [], references: [MessageReference(bits: 1).description],
                            subject: nil)
                    ]), at: now, in: transaction)
        }
        try await site.stage.work()
        #expect(
            try await site.standing()
                == ["user-report", "message \(MessageReference(bits: 1))", "partially_investigated"])
    }

    @Test func `somebody goes on past the warning of an indicator`() async throws {
        try await site.message(1, url: Site.bad)
        try await site.condemn(Site.bad, .url, .suspicious)
        try await site.click(2, in: 1, outcome: .proceeded, reasons: ["indicator"])
        try await site.stage.work()
        #expect(
            try await site.alerts().map(\.title)
                == ["bob@example.org went on past the warning to a link that is suspicious: \(Site.bad)"])
        #expect(
            try await site.standing() == ["click-through", "url evil.example/login?id=7", "partially_investigated"])
        let view = try await site.stage.view()
        #expect(
            view.steps.first { $0.step == "clicks" }?.summary
                == "1 click by 1 person, 1 of them reached the target, 1 past a page that warned or asked")
        #expect(view.summary.conclusion?.contains("Clicks past a warning: 1, of clicks: 1") == true)
    }

    @Test func `somebody goes on past a warning that no indicator raised`() async throws {
        try await site.message(1, url: Site.bad)
        try await site.click(
            2, in: 1, outcome: .proceeded, reasons: ["look_alike: example.org", "new_domain: evil.example"])
        try await site.stage.work()
        #expect(
            try await site.alerts().map(\.title)
                == ["bob@example.org went on past the warning (look_alike: example.org) to \(Site.bad)"])
        #expect(try await site.standing()[0] == "click-through")
    }

    @Test(arguments: [
        (ClickRecord.Outcome.warned, "human", "look_alike: example.org"),
        (.proceeded, "human", "new_domain: evil.example"),
        (.proceeded, "human", "outside"), (.proceeded, "scanner", "ip_literal"),
        (.proceeded, "simulation", "ip_literal"),
    ])
    func `no alert for who did not go on, was only asked, or is a machine`(
        outcome: ClickRecord.Outcome, clicker: String, reason: String
    ) async throws {
        try await site.message(1, url: Site.bad)
        try await site.click(2, in: 1, outcome: outcome, clicker: clicker, reasons: [reason])
        #expect(try await site.alerts().isEmpty)
    }

    @Test func `one of our own sends something malicious`() async throws {
        try await site.condemn(Site.bad)
        try await site.message(1, from: "Dave@example.org", to: ["x@customer.example"]) { $0.direction = "outbound" }
        try await site.message(2, from: "Dave@example.org", to: ["bob@example.org"], url: Site.bad) {
            $0.direction = "internal"
            $0.login = "dave"
        }
        try await approveAll()
        let alert = try #require(try await site.alerts().last)
        #expect(
            alert.title
                == "dave@example.org, one of our own, sent 1 message with something malicious: url evil.example/login?id=7"
        )
        #expect(alert.severity == .high)
        #expect(try await site.standing(2)[0...1] == ["sender-compromise", "sender dave@example.org"])
        #expect(site.folder(1, "x@customer.example") == "INBOX")
        #expect(site.folder(2) == Mailboxes.quarantine)
    }

    /// Six messages of somebody from elsewhere, 20 days ago.
    private func history(of sender: String, at: Int64) async throws {
        for number in 11...16 { try await site.message(UInt64(number), from: sender, at: at) }
    }

    @Test func `somebody known sends two malicious messages within a week`() async throws {
        try await history(of: "partner@known.example", at: site.days(20))
        try await site.condemn("evil.example", .domain)
        try await site.message(21, from: "partner@known.example", url: "http://evil.example/a")
        try await site.stage.work()
        #expect(try await site.alerts().map(\.kind) == ["url_verdict_change"])
        try await site.message(22, from: "partner@known.example", url: "http://evil.example/b")
        try await approveAll()
        #expect(try await site.alerts().last?.kind == "sender_compromise")
        let view = try await site.stage.view(2)
        #expect(
            view.steps.first { $0.step == "bad" }?.summary.hasPrefix("2 messages of 8 with something malicious") == true
        )
        #expect(site.folder(21) == Mailboxes.quarantine && site.folder(11) == "INBOX")
        #expect(try await site.standing(2)[2] == "remediated")
    }

    @Test func `a filter that hands other people's mail back is none of our own`() async throws {
        try await site.condemn(Site.bad)
        try await site.message(1, url: Site.bad) { $0.direction = "internal" }
        try await site.stage.work()
        #expect(try await site.alerts().map(\.kind) == ["url_verdict_change"])
    }

    @Test(arguments: ["new", "forged", "once"])
    func `no compromise of who is new, forged, or bad only once`(case name: String) async throws {
        try await history(of: "partner@known.example", at: site.days(name == "new" ? 2 : 20))
        try await site.condemn("evil.example", .domain)
        for number in name == "once" ? [21] : [21, 22] {
            try await site.message(UInt64(number), from: "partner@known.example", url: "http://evil.example/\(number)")
            {
                if name == "forged" { $0.authentication = ["spf=fail", "dmarc=fail"] }
            }
        }
        try await site.stage.work()
        #expect(try await !site.alerts().map(\.kind).contains("sender_compromise"))
    }

    @Test func `a clean-up that failed, tried again`() async throws {
        try await site.message(1, to: ["bob@example.org", "carol@example.org"], url: Site.bad)
        try await site.lookBack(try await site.condemn(Site.bad), to: 1)
        site.stage.server.change { $0.refusing = ["carol@example.org"] }
        try await approveAll()
        #expect(try await site.standing()[2] == "partially_remediated")
        let alert = try #require(try await site.alerts().last)
        #expect(alert.title == "Action 1 left 1 of 2 copies in their mailboxes: no such mailbox")
        #expect(
            try await site.standing(2) == ["clean-up-failed", "url evil.example/login?id=7", "pending_approval"])
        let view = try await site.stage.view(2)
        #expect(view.steps[0].summary == "1 copy left in carol@example.org: no such mailbox")
        #expect(view.actions[0].targets.map(\.mailbox) == ["carol@example.org"])
        site.stage.server.change { $0.refusing = [] }
        try await approveAll()
        #expect(site.folder(1, "carol@example.org") == Mailboxes.quarantine)
        #expect(try await site.standing(2)[2] == "remediated")
        #expect(try await site.alerts().count == 2)
    }

    @Test func `a person asks`() async throws {
        try await site.message(1, url: Site.bad)
        try await site.condemn(Site.bad)
        let now = site.stage.clock.now
        _ = try await site.stage.store.database.write { transaction in
            try Steering.start(
                .sender, "mallory@evil.example", reason: "odd", by: "ada", at: now, in: transaction)
        }
        try await site.stage.work()
        #expect(
            try await site.standing() == ["manual", "sender mallory@evil.example", "partially_investigated"])
    }
}

@Suite struct `Alerts about senders and failures` {
    @Test func `are raised once, whoever looks and however often`() async throws {
        let site = try await Site()
        try await site.condemn(Site.bad)
        try await site.message(1, from: "dave@example.org", url: Site.bad) {
            $0.direction = "internal"
            $0.login = "dave"
        }
        for _ in 0..<3 { _ = try await site.stage.runner().watch() }
        #expect(try await site.alerts().map(\.kind) == ["url_verdict_change", "sender_compromise"])
        #expect(try await site.stage.runner().watch() == false)
    }
}
