// SPDX-License-Identifier: Apache-2.0

import Playbooks
import SQLiteDatabase
import Store
import Testing

@testable import Investigations

@Suite struct `The priority of an investigation` {
    private func priority(
        _ severity: AlertSeverity = .low, clicks: Int64 = 0, mailboxes: Int64 = 1, recipients: [String] = [],
        reporters: Int64 = 0
    ) -> Priority {
        Priority(
            severity: severity,
            outputs: [
                "messages": .object(["mailboxes": .number(mailboxes)]),
                "clicks": .object(["let_through": .number(clicks), "people": .number(99)]),
                "recipients": .object(["recipients": .list(recipients.map { .object(["address": .text($0)]) })]),
                "reports": .object(["people": .number(reporters), "not_junk": .number(0)]),
            ], isImportant: { $0.hasPrefix("director") })
    }

    @Test func `grows with the alert, clicks, mailboxes, important recipients and reporters, each with its reason`() {
        let all = priority(
            .high, clicks: 3, mailboxes: 40,
            recipients: ["a@example.org", "director@example.org", "director2@example.org"],
            reporters: 2)
        #expect(
            all.reasons == [
                "high alert (40)", "3 clicks reached the target (13)", "40 mailboxes (15)",
                "director2@example.org and 1 more of the important recipients (15)", "2 people reported it (4)",
            ])
        #expect(all.points == 87)
        #expect(priority().reasons == ["low alert (10)"])
        #expect(priority(mailboxes: 2).points == 13 && priority(mailboxes: .max).points == 25)
        #expect(priority(clicks: .max).points == 30)
    }

    @Test func `orders the queue, and what has ended is not in it`() async throws {
        let stage = try await Stage.story()
        try await stage.store.alert(2, subject: "url good.example/login")
        try await stage.store.indicator(2, pattern: "good.example/login")
        try await stage.work()
        func queue() async throws -> [InvestigationSummary] {
            try await stage.store.database.read { try InvestigationSummary.queue(limit: 9, in: $0) }
        }
        let rows = try await queue()
        #expect(rows.map(\.number) == [1, 2])
        #expect(rows[0].priorityBecause == ["high alert (40)", "1 click reached the target (11)", "3 mailboxes (3)"])
        #expect(rows[1].priorityBecause == ["high alert (40)"])
        try await stage.reject(1)
        #expect(try await queue().map(\.number) == [2])
    }
}
