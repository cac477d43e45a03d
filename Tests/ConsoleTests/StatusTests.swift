// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Store
import Testing
import Web

@testable import Console

struct `The status` {
    private let office: Office

    init() async throws {
        office = try await Office()
    }

    @Test func `of a new store is empty`() async throws {
        let status = try await office.get("/v1/status", as: StatusView.self)
        #expect(status.journals.map { "\($0.name) \($0.segment):\($0.position)" } == ["messages 0:0", "clicks 0:0"])
        #expect(status.alertsWaiting == 0 && status.actionsPendingApproval == 0 && status.actionsWaiting == 0)
        #expect(status.lastRejected == nil && status.problems.isEmpty)
    }

    @Test func `tells what waits and how far the journals were read`() async throws {
        _ = try await office.proposal()
        try await office.store.write { transaction in
            try Consumers.move("clicks", to: ConsumerPosition(segment: 3, offset: 14), in: transaction)
            try AlertStore.raise(
                NewAlert(
                    kind: .urlClick, severity: .high, subject: Subject(kind: .url, value: "evil.example/"), title: "t",
                    cause: "c"), at: 1, in: transaction)
        }
        let status = try await office.get("/v1/status", as: StatusView.self)
        #expect(status.journals.last?.segment == 3 && status.journals.last?.position == 14)
        #expect(status.actionsPendingApproval == 1 && status.alertsWaiting == 1)
    }

    @Test func `tells problems until they are gone, and what is news`() async throws {
        #expect(office.health.report("index", problem: "no space left"))
        #expect(!office.health.report("index", problem: "no space left"))
        #expect(try await office.get("/v1/status", as: StatusView.self).problems == ["index": "no space left"])
        #expect(office.health.report("index", problem: nil))
        #expect(try await office.get("/v1/status", as: StatusView.self).problems.isEmpty)
    }

    @Test func `tells of a record that could not be read, and does not hold it`() async throws {
        let entry = IngestEntry(
            json: [UInt8](repeating: 0x78, count: 100_000), end: ConsumerPosition(segment: 1, offset: 100_010))
        _ = try await office.store.write { transaction in
            try Ingest.messages([entry], upTo: entry.end, at: 77, in: transaction)
        }
        let answer = await office.ask("GET", "/v1/status")
        #expect(answer.body.count < 1_000)
        let rejected = try #require(try JSON.decode(StatusView.self, from: answer.body).lastRejected)
        #expect(rejected.journal == "messages" && rejected.at == 77 && rejected.size == 100_000)
        #expect(rejected.reason.hasPrefix("no record"))
    }

    @Test func `of a store that is away is the reason, to who asks and in the log`() async throws {
        let refusal = try await office.refusal("GET", "/v1/status", of: AwayDatabase())
        #expect(refusal == .init(503, "the store is away, try again later: disk I/O error"))
        #expect(office.logged == ["the store is away: disk I/O error"])
    }

    @Test func `of a store that does not hold what it should is in the log only`() async throws {
        try await office.run(
            """
            INSERT INTO actions (number, kind, state, reason, proposed_at, attempts)
            VALUES (1, 'unheard_of', 'waiting', 'r', 1, 0)
            """)
        let refusal = try await office.refusal("GET", "/v1/status")
        #expect(refusal == .init(500, "something went wrong; the log says what"))
        #expect(
            office.logged == ["GET: column 3 holds 'unheard_of', which is no ActionKind"])
    }
}
