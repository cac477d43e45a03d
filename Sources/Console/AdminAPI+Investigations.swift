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

/// Alerts, investigations, actions and the quarantine.
extension AdminAPI {
    func addInvestigations(to routes: inout Routes) {
        addLists(to: &routes)
        routes.add("GET", "/v1/investigations/{number}") { request in
            let number = try number(of: request)
            return try await answer(200) { try InvestigationView.of(number, in: $0) }
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

    private func addLists(to routes: inout Routes) {
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
