// SPDX-License-Identifier: Apache-2.0

import Investigations
import Playbooks
import Store
import Testing
import Web

@testable import Console

struct `Decisions over the API` {
    private let office: Office

    init() async throws {
        office = try await Office()
        _ = try await office.proposal()
    }

    @Test func `are made once`() async throws {
        let answer = await office.ask("POST", "/v1/actions/1/approve", #"{"actor":"ada","note":"seen"}"#)
        #expect(answer.status == 200)
        #expect(try JSON.decode(ActionRow.self, from: answer.body).state == .approved)
        #expect(
            try await office.refusal("POST", "/v1/actions/1/approve", #"{"actor":"bob"}"#)
                == .init(409, "action 1 is approved (decided by ada) and cannot become approved"))
        #expect(try await office.refusal("POST", "/v1/actions/1/reject", #"{"actor":"bob"}"#).status == 409)
        #expect(try await office.audit() == ["ada: action.approve action 1 (seen)"])
    }

    @Test func `show the action with its mailboxes`() async throws {
        try await office.store.write { transaction in
            try ActionStore.addTarget(
                to: 1, reference: "0123456789abcdef", stamp: "s", mailbox: "alice@example.org", at: 1, in: transaction)
        }
        let view = try await office.get("/v1/actions/1", as: ActionView.self)
        #expect(view.action.state == .pendingApproval)
        #expect(view.targets.map(\.mailbox) == ["alice@example.org"])
    }

    @Test func `about what does not exist are 404, without a name 400`() async throws {
        #expect(
            try await office.refusal("POST", "/v1/actions/9/approve", #"{"actor":"ada"}"#)
                == .init(404, "there is no action 9"))
        #expect(
            try await office.refusal("POST", "/v1/quarantine/9/release", #"{"actor":"ada"}"#)
                == .init(404, "there is no quarantined message 9"))
        #expect(
            try await office.refusal("POST", "/v1/actions/1/approve", #"{"note":"seen"}"#)
                == .init(400, "key 'actor' is missing"))
        #expect(
            try await office.refusal("POST", "/v1/actions/1/approve", #"{"actor":""}"#)
                == .init(400, "actor: expected a name of 1 to 200 characters, found none"))
        #expect(await office.ask("GET", "/v1/actions/1/approve").status == 405)
    }

    @Test func `start, stop and propose, and say what is wrong with what was asked`() async throws {
        try await office.message(7)
        let start = await office.ask(
            "POST", "/v1/investigations", #"{"actor":"ada","kind":"message","value":"0000000000000007","reason":"odd"}"#
        )
        #expect(start.status == 202)
        let alert = try JSON.decode(AlertRow.self, from: start.body)
        #expect(alert.kind == "manual" && alert.subject == "message 0000000000000007")
        #expect(try await office.get("/v1/alerts/\(alert.number)", as: AlertRow.self) == alert)
        #expect(
            try await office.refusal(
                "POST", "/v1/investigations", #"{"actor":"ada","kind":"x","value":"y","reason":"z"}"#)
                == .init(400, "kind: expected url, file, message, sender or recipient, found 'x'"))
        #expect(try await office.refusal("POST", "/v1/investigations/9/cancel", #"{"actor":"ada"}"#).status == 404)
        #expect(try await office.refusal("POST", "/v1/investigations/9/rerun", #"{"actor":"ada"}"#).status == 404)
        let action = await office.ask(
            "POST", "/v1/actions", #"{"actor":"ada","messages":["0000000000000007"],"reason":"a scam"}"#)
        #expect(action.status == 201)
        #expect(try JSON.decode(ActionRow.self, from: action.body).state == .pendingApproval)
        #expect(try await office.refusal("GET", "/v1/actions/1/preview").status == 404)
        #expect(try await office.refusal("POST", "/v1/actions/1/undo", #"{"actor":"ada"}"#).status == 409)
    }

    @Test func `keep no byte that a database cannot hold`() async throws {
        _ = await office.ask("POST", "/v1/actions/1/approve", #"{"actor":"a\u0000da","note":"b\u0000c"}"#)
        #expect(try await office.audit() == ["a\u{FFFD}da: action.approve action 1 (b\u{FFFD}c)"])
    }
}
