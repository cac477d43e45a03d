// SPDX-License-Identifier: Apache-2.0

import Investigations
import Playbooks
import Store
import Web

/// What a person decides, and who it is.
package struct DecisionRequest: Codable, Hashable, Sendable {
    package var actor: String
    package var note: String?

    package init(actor: String, note: String?) {
        self.actor = actor
        self.note = note
    }
}

/// What somebody wants to be looked into.
package struct StartRequest: Codable, Hashable, Sendable {
    package var actor: String
    /// `url`, `file`, `message`, `sender` or `recipient`.
    package var kind: String
    package var value: String
    package var reason: String

    package init(actor: String, kind: String, value: String, reason: String) {
        self.actor = actor
        self.kind = kind
        self.value = value
        self.reason = reason
    }
}

/// Another look at an investigation; `from` is the id of a step, nil the first one.
package struct RerunRequest: Codable, Hashable, Sendable {
    package var actor: String
    package var note: String?
    package var from: String?

    package init(actor: String, note: String?, from: String?) {
        self.actor = actor
        self.note = note
        self.from = from
    }
}

/// What somebody wants done with messages; `action` is what a playbook may recommend, nil to move them to quarantine.
package struct ProposalRequest: Codable, Hashable, Sendable {
    package var actor: String
    package var action: String?
    package var messages: [String]
    package var reason: String

    package init(actor: String, action: String? = nil, messages: [String], reason: String) {
        self.actor = actor
        self.action = action
        self.messages = messages
        self.reason = reason
    }
}

/// A playbook to be tried on what happened.
package struct TrialRequest: Codable, Hashable, Sendable {
    /// Its YAML.
    package var text: String
    /// What errors call it.
    package var file: String
    /// Milliseconds since 1970, UTC.
    package var since: Int64

    package init(text: String, file: String, since: Int64) {
        self.text = text
        self.file = file
        self.since = since
    }
}

/// Alerts, investigations, actions and the quarantine.
extension AdminAPI {
    func addInvestigations(to routes: inout Routes) {
        addLists(to: &routes)
        addSteering(to: &routes)
        addReports(to: &routes)
        routes.add("POST", "/v1/playbook-trials") { request in
            let body = try request.json(TrialRequest.self)
            let playbook: Playbook
            do {
                playbook = try Playbook(text: body.text, file: body.file)
            } catch { throw WebFailure.badRequest("\(error)") }
            let at = now()
            return try await told {
                try .json(
                    try await PlaybookTrial.of(playbook, since: body.since, at: at, site: site, database: database))
            }
        }
        routes.add("GET", "/v1/investigations/{number}") { request in
            let number = try number(of: request)
            return try await answer(200) { try InvestigationView.of(number, in: $0) }
        }
        routes.add("GET", "/v1/investigations/{number}/graph") { request in
            let number = try number(of: request)
            return try await answer(200) { try InvestigationGraph.of(number, in: $0) }
        }
        routes.add("GET", "/v1/actions/{number}") { request in
            let number = try number(of: request)
            return try await answer(200) { try ActionView.of(number, in: $0) }
        }
        routes.add("POST", "/v1/actions/{number}/approve") { request in
            try await decide(request) { number, decision, at, transaction in
                try Decisions.approve(number, by: decision.actor, note: decision.note, at: at, in: transaction)
            }
        }
        routes.add("POST", "/v1/actions/{number}/reject") { request in
            try await decide(request) { number, decision, at, transaction in
                try Decisions.reject(number, by: decision.actor, note: decision.note, at: at, in: transaction)
            }
        }
        routes.add("POST", "/v1/actions/{number}/undo") { request in
            try await decide(request) { number, decision, at, transaction in
                try Decisions.undo(number, by: decision.actor, note: decision.note, at: at, in: transaction)
            }
        }
        routes.add("GET", "/v1/actions/{number}/preview") { request in
            guard let preview else { throw WebFailure.notFound("nothing can be looked for here") }
            let number = try number(of: request)
            return try await told { try .json(try await preview(number)) }
        }
        routes.add("POST", "/v1/quarantine/{number}/release") { request in
            try await decide(request) { number, decision, at, transaction in
                try Decisions.release(number, by: decision.actor, note: decision.note, at: at, in: transaction)
            }
        }
    }

    private func addReports(to routes: inout Routes) {
        routes.add("POST", "/v1/reports") { request in
            let (body, at) = (try request.json(ReportSubmission.self), now())
            return try await change(201) { transaction in try ReportIntake.take(body, at: at, in: transaction) }
        }
        routes.add("GET", "/v1/reports") { request in
            try await numbered(request, { $0.number }) { before, limit, transaction in
                try ReportStore.list(before: before, limit: limit, in: transaction)
            }
        }
    }

    private func addSteering(to routes: inout Routes) {
        routes.add("POST", "/v1/investigations") { request in
            let body = try request.json(StartRequest.self)
            guard let kind = Subject.Kind(rawValue: body.kind), kind != .similar else {
                throw WebFailure.badRequest(
                    "kind: expected url, file, message, sender or recipient, found '\(body.kind)'")
            }
            let at = now()
            return try await change(202) { transaction in
                try Steering.start(kind, body.value, reason: body.reason, by: body.actor, at: at, in: transaction)
            }
        }
        routes.add("POST", "/v1/investigations/{number}/cancel") { request in
            let (number, body, at) = (try number(of: request), try request.json(DecisionRequest.self), now())
            return try await change(200) { transaction in
                try Steering.cancel(number, by: body.actor, note: body.note, at: at, in: transaction)
            }
        }
        routes.add("POST", "/v1/investigations/{number}/rerun") { request in
            let (number, body, at) = (try number(of: request), try request.json(RerunRequest.self), now())
            return try await change(200) { transaction in
                try Steering.rerun(number, from: body.from, by: body.actor, note: body.note, at: at, in: transaction)
            }
        }
        routes.add("POST", "/v1/actions") { request in
            let (body, at) = (try request.json(ProposalRequest.self), now())
            let secondPersonFrom = secondPersonFrom
            let name = body.action ?? ActionKind.quarantineMessages.rawValue
            guard let kind = ActionKind(rawValue: name) else {
                let names = ActionKind.recommendable.map(\.rawValue).joined(separator: ", ")
                throw WebFailure.badRequest("action: expected one of \(names), found '\(name)'")
            }
            return try await change(201) { transaction in
                try Steering.propose(
                    kind, messages: body.messages, reason: body.reason, by: body.actor,
                    secondPersonFrom: secondPersonFrom,
                    at: at, in: transaction)
            }
        }
    }

    private func addLists(to routes: inout Routes) {
        routes.add("GET", "/v1/alerts/{number}") { request in
            let number = try number(of: request)
            return try await answer(200) { try AlertStore.row(number, in: $0) }
        }
        routes.add("GET", "/v1/alerts") { request in
            try await numbered(request, { $0.number }) { before, limit, transaction in
                try AlertStore.list(before: before, limit: limit, in: transaction)
            }
        }
        routes.add("GET", "/v1/investigations") { request in
            try await numbered(request, { $0.number }) { before, limit, transaction in
                try InvestigationSummary.list(before: before, limit: limit, in: transaction)
            }
        }
        routes.add("GET", "/v1/queue") { request in
            let limit = try limit(of: request)
            return try await answer(200) { try InvestigationSummary.queue(limit: limit, in: $0) }
        }
        routes.add("GET", "/v1/actions") { request in
            try await numbered(request, { $0.number }) { before, limit, transaction in
                try ActionStore.list(before: before, limit: limit, in: transaction)
            }
        }
        routes.add("GET", "/v1/quarantine") { request in
            let includingReleased = try flag("released", of: request)
            return try await numbered(request, { $0.number }) { before, limit, transaction in
                try QuarantineStore.list(
                    includingReleased: includingReleased, before: before, limit: limit, in: transaction)
            }
        }
        routes.add("GET", "/v1/audit") { request in
            try await numbered(request, { $0.number }) { before, limit, transaction in
                try AuditStore.list(before: before, limit: limit, in: transaction)
            }
        }
    }

    private func decide(
        _ request: WebRequest,
        _ decision: @Sendable @escaping (Int64, DecisionRequest, Int64, any SQLTransaction) throws -> ActionRow
    ) async throws -> WebResponse {
        let number = try number(of: request)
        let body = try request.json(DecisionRequest.self)
        let at = now()
        return try await change(200) { transaction in try decision(number, body, at, transaction) }
    }
}
