// SPDX-License-Identifier: Apache-2.0

import Mail
import Playbooks
import Records
import SQLiteDatabase
import Store
import Testing
import Verdicts

@testable import Investigations

extension Site {
    /// What a step finds out about these messages.
    func gather(
        _ step: CatalogueStep, _ numbers: [UInt64], _ more: [String: JSONValue] = [:], rules: SiteRules = SiteRules()
    ) async throws -> StepNote {
        let messages = numbers.map { JSONValue.object(["reference": .text(MessageReference(bits: $0).description)]) }
        let evidence = Evidence(
            investigation: 1, subject: Subject(kind: .message, value: MessageReference(bits: numbers[0]).description),
            at: stage.clock.now, input: ["messages": .list(messages)].merging(more) { first, _ in first }, site: rules)
        return try await stage.store.database.read { try evidence.gather(step, in: $0) }
    }
}

extension StepNote {
    /// What it says about one thing: verdict and sentence.
    func says(_ kind: Entity.Kind, _ value: String) -> [String] {
        Contribution.all(in: output).filter { $0.entity == Entity(kind, value) }.map {
            "\($0.verdict.rawValue): \($0.because)"
        }
    }
}

@Suite struct `The step message_details` {
    @Test func `tells where a message came from and who verified it`() async throws {
        let site = try await Site()
        try await site.message(1) {
            $0.client = "198.51.100.7"
            $0.authentication = ["spf=pass", "dmarc=fail"]
        }
        try await site.message(2) { $0.authentication = ["dmarc=pass"] }
        try await site.message(3)
        try await site.message(4) {
            $0.direction = "internal"
            $0.login = "dave"
        }
        let note = try await site.gather(.messageDetails, [1, 2, 3, 4])
        #expect(
            note.summary
                == "4 messages: 1 from inside, from outside by 198.51.100.7, 1 passed DMARC, 1 failed DMARC, 1 verified by nobody"
        )
        let names = ["inbound", "from_inside", "dmarc_pass", "dmarc_fail", "unverified"]
        #expect(names.map { note.output[$0]?.integer } == [3, 1, 1, 1, 1])
        #expect(
            note.says(.message, MessageReference(bits: 1).description)
                == ["suspicious: was not written by whom it says (spf=pass, dmarc=fail)"])
        #expect(
            note.says(.message, MessageReference(bits: 4).description) == [
                "unknown: comes from inside, logged in as dave"
            ])
    }
}

@Suite struct `The step sender_history` {
    @Test func `tells a sender who writes to new people, and more than ever`() async throws {
        let site = try await Site()
        for number in 1...4 { try await site.message(UInt64(number), from: "Sue@known.example", at: site.days(5)) }
        for number in 5...6 {
            try await site.message(
                UInt64(number), from: "sue@known.example", to: ["bob@example.org", "new@example.org"])
        }
        let note = try await site.gather(.senderHistory, [5, 6])
        let since = Moment(site.days(5))
        #expect(
            note.summary
                == "sue@known.example: known since \(since), never before to 1 of 2 recipients, 2 messages in a day, 0.4 a day in the 10 days before"
        )
        let names = ["count", "new_senders", "first_contacts", "last_day", "percent", "look_alikes", "malicious"]
        #expect(names.map { note.output[$0]?.integer } == [1, 0, 1, 2, 500, 0, 0])
        #expect(note.says(.sender, "sue@known.example").first?.hasPrefix("unknown") == true)
    }

    @Test func `tells a new sender whose author looks like somebody`() async throws {
        let site = try await Site()
        try await site.message(1, from: "x@mailer.example") { $0.author = "Bank <info@examp1e.org>" }
        let rules = SiteRules(lookAlike: { $0 == "examp1e.org" ? "example.org" : nil })
        let note = try await site.gather(.senderHistory, [1], rules: rules)
        #expect(
            note.summary
                == "x@mailer.example: wrote for the first time, never before to 1 of 1 recipient, 1 message in a day, 0.0 a day in the 10 days before, looks like example.org"
        )
        #expect(note.output["look_alike"] == .text("example.org"))
        #expect(note.says(.sender, "x@mailer.example").first?.hasPrefix("suspicious") == true)
    }

    @Test(arguments: ["", "no address", "a@", "<", "a@b@c@", "<<>>@"]) func `takes any author`(author: String)
        async throws
    {
        let site = try await Site()
        try await site.message(1) { $0.author = author }
        #expect(
            try await site.gather(.senderHistory, [1], rules: SiteRules(lookAlike: { $0 })).output["count"]
                == .number(1))
    }
}

@Suite struct `The step clusters` {
    /// Eight messages of one kind from two hosts, four of them with a malicious link; and one of another kind.
    private func wave() async throws -> Site {
        let site = try await Site()
        try await site.condemn("evil.example", .domain)
        for number in 1...8 {
            try await site.message(
                UInt64(number), from: "m\(number)@spam.example", to: ["u\(number)@example.org"],
                url: number <= 4 ? "http://evil.example/\(number)" : nil
            ) {
                $0.subject = "Invoice no. \(number * 1_000)"
                $0.client = number <= 6 ? "198.51.100.7" : "198.51.100.8"
            }
        }
        try await site.message(9, from: "sue@known.example") { $0.subject = "Lunch at noon" }
        return site
    }

    private func lines(_ note: StepNote) -> [String] {
        (note.output["clusters"]?.elements ?? []).map { cluster in
            let (query, count) = (cluster["query"]?.string ?? "", cluster["count"]?.integer ?? 0)
            return "\(query): \(count), \(cluster["malicious"]?.integer ?? 0), \(cluster["verdict"]?.string ?? "")"
        }
    }

    @Test func `finds mail that is like a message, with the query in words and a verdict by share`() async throws {
        let site = try await wave()
        let note = try await site.gather(.clusters, [8])
        #expect(
            lines(note) == [
                "from the network 198.51.100.0/24: 8, 4, malicious",
                "with a subject like 'invoice no #': 8, 4, malicious",
                "from the host 198.51.100.8: 2, 0, unknown",
            ])
        #expect(
            note.summary
                == "3 clusters in 10 days, 2 malicious; the gravest: 8 messages from the network 198.51.100.0/24 in 8 copies, 4 with something malicious"
        )
        #expect(note.output["messages"]?.elements?.count == 8 && note.output["others"] == .number(7))
        #expect(
            note.says(.message, MessageReference(bits: 8).description).contains(
                "malicious: is one of 8 messages with a subject like 'invoice no #' in 8 copies, 4 with something malicious"
            ))
    }

    @Test(arguments: [
        (["malicious_from": 5] as [String: Int64], "suspicious"), (["share": 51], "suspicious"),
        (["share": 50, "malicious_from": 4], "malicious"),
    ])
    func `goes by the thresholds of the playbook`(thresholds: [String: Int64], verdict: String) async throws {
        let site = try await wave()
        let note = try await site.gather(.clusters, [8], thresholds.mapValues { .number($0) })
        #expect(
            lines(note).filter { $0.contains("subject") } == ["with a subject like 'invoice no #': 8, 4, \(verdict)"])
    }

    @Test func `leaves exercises and security mailboxes out`() async throws {
        let site = try await wave()
        let rules = SiteRules(
            isExercise: { $0 == "m7@spam.example" },
            isSecurityMailbox: { $0 == "u6@example.org" || $0 == "u5@example.org" })
        let note = try await site.gather(.clusters, [8], rules: rules)
        #expect(lines(note).contains("with a subject like 'invoice no #': 5, 4, malicious"))
        #expect(note.summary.hasSuffix("; left out as exercises or security mailboxes: 3 messages"))
    }

    @Test func `takes nothing that is older than it is asked`() async throws {
        let site = try await wave()
        try await site.message(20, from: "old@spam.example", at: site.days(11)) { $0.subject = "Invoice no. 1" }
        #expect(
            lines(try await site.gather(.clusters, [8])).contains("with a subject like 'invoice no #': 8, 4, malicious")
        )
        let more = try await site.gather(.clusters, [8], ["days": .number(12)])
        #expect(lines(more).contains("with a subject like 'invoice no #': 9, 4, suspicious"))
    }

    @Test func `of a malicious link is malicious as a whole`() async throws {
        let site = try await Site()
        for number in 1...2 { try await site.message(UInt64(number), from: "m\(number)@x.example", url: Site.bad) }
        try await site.condemn(Site.bad)
        let note = try await site.gather(.clusters, [1])
        #expect(lines(note)[0] == "with the link \(Site.bad): 2, 0, malicious")
        #expect(note.output["query"] == .text("with the link \(Site.bad)"))
    }

    @Test func `says so when nothing is like it`() async throws {
        let site = try await wave()
        #expect(try await site.gather(.clusters, [9]).summary == "nothing else in 10 days is like it")
    }
}

@Suite struct `The step replies` {
    @Test func `tells who answered and who forwarded`() async throws {
        let site = try await Site()
        try await site.message(1, from: "bounce@evil.example") {
            $0.messageID = "<one@evil.example> (comment)"
            $0.author = "Boss <Boss@evil.example>"
        }
        try await site.message(2, from: "bob@example.org", to: ["boss@evil.example"]) {
            $0.direction = "outbound"
            $0.answers = ["other@x", "one@evil.example"]
        }
        try await site.message(3, from: "bob@example.org", to: ["carol@example.org"]) {
            $0.direction = "internal"
            $0.answers = ["one@evil.example"]
        }
        let note = try await site.gather(.replies, [1])
        #expect(note.summary == "1 answer to its sender, forwarded 1 time: by bob@example.org")
        #expect(["count", "replied", "forwarded", "people"].map { note.output[$0]?.integer } == [2, 1, 1, 1])
        #expect(
            note.says(.user, "bob@example.org")
                == [
                    "unknown: answered \(MessageReference(bits: 1))", "unknown: forwarded \(MessageReference(bits: 1))",
                ])
    }
}

@Suite struct `What a step says about single things` {
    @Test func `is the verdict of each link, and by it of each message`() async throws {
        let site = try await Site()
        try await site.message(1, url: Site.bad)
        try await site.message(2, url: "http://good.example/")
        try await site.condemn(Site.bad)
        let note = try await site.gather(.messageVerdicts, [1, 2])
        #expect(note.says(.url, Site.bad) == ["malicious: admin calls \(Site.bad) malicious"])
        #expect(
            note.says(.message, MessageReference(bits: 1).description)
                == ["malicious: carries url \(Site.bad): admin calls \(Site.bad) malicious"])
        #expect(
            note.says(.message, MessageReference(bits: 2).description)
                == ["unknown: nothing is said against its 1 link or file"])
    }

    @Test func `is bounded, and the gravest comes first`() {
        let many = (0..<2_000).map {
            Contribution(Entity(.url, "\($0)"), $0 == 1_999 ? .malicious : .unknown, "because")
        }
        let kept = Contribution.all(in: .object([Contribution.key: Contribution.json(many)]))
        #expect(kept.count == InvestigationLimits.contributions)
        #expect(kept[0].entity.value == "1999" && kept[1].entity.value == "0")
    }
}
