// SPDX-License-Identifier: Apache-2.0

import Investigations
import Store
package import Verdicts
import Web

/// What a person or a program says about a URL, a domain or a file.
package struct IndicatorRequest: Codable, Hashable, Sendable {
    package var kind: Indicator.Kind
    package var value: String
    package var verdict: Verdict
    package var reason: String?
    /// Milliseconds since 1970, UTC.
    package var expiresAt: Int64?
    package var actor: String
    /// All names below a public suffix are meant, such as a whole top-level domain.
    package var coversSuffix: Bool?

    package init(
        kind: Indicator.Kind, value: String, verdict: Verdict, reason: String?, expiresAt: Int64?, actor: String,
        coversSuffix: Bool? = nil
    ) {
        self.coversSuffix = coversSuffix
        self.kind = kind
        self.value = value
        self.verdict = verdict
        self.reason = reason
        self.expiresAt = expiresAt
        self.actor = actor
    }
}

/// The indicator that stands now, and how it came: `added`, `renewed` or `replaced`.
package struct IndicatorAnswer: Codable, Hashable, Sendable {
    package let indicator: Indicator
    package let result: String
}

/// Indicators: what is said about URLs, domains and files.
extension AdminAPI {
    /// The source of what people add by hand.
    private static let source = Indicator.personalSource

    func addIndicators(to routes: inout Routes) {
        routes.add("GET", "/v1/indicators") { request in
            let includingRemoved = try flag("removed", of: request)
            let source = request.queryFields["source"]
            return try await numbered(request, { $0.indicator.number }) { before, limit, transaction in
                try IndicatorStore.list(
                    includingRemoved: includingRemoved, source: source, before: before, limit: limit, in: transaction)
            }
        }
        routes.add("GET", "/v1/indicators/{number}") { request in
            let number = try number(of: request)
            return try await answer(200) { try IndicatorStore.row(number, in: $0) }
        }
        routes.add("POST", "/v1/indicators") { try await addIndicator($0.json(IndicatorRequest.self)) }
        routes.add("DELETE", "/v1/indicators/{number}") { request in
            try await removeIndicator(try number(of: request), actor: request.queryFields["actor"] ?? "")
        }
    }

    private func addIndicator(_ request: IndicatorRequest) async throws -> WebResponse {
        let at = now()
        let indicator = try indicator(request, at: at)
        let response = try await change(201) { transaction in
            try Decisions.check(request.actor, request.reason)
            let (standing, addition) = try IndicatorStore.add(indicator, in: transaction)
            try AuditStore.append(
                actor: request.actor, verb: "indicator.add", object: "indicator \(standing.number)",
                detail: "\(standing.verdict.rawValue) \(standing.pattern)\(addition.consequence)", at: at,
                in: transaction)
            return IndicatorAnswer(indicator: standing, result: addition.word)
        }
        try await publish()
        return response
    }

    func indicator(_ request: IndicatorRequest, at: Int64) throws -> Indicator {
        guard request.verdict != .unknown else {
            throw WebFailure.badRequest("verdict: expected malicious, suspicious or clean")
        }
        if let expiresAt = request.expiresAt, expiresAt <= at {
            throw WebFailure.badRequest("expiresAt: expected a time in the future")
        }
        let pattern: String
        do {
            pattern = try IndicatorPattern.pattern(of: request.kind, value: request.value)
        } catch { throw WebFailure.badRequest(error.description) }
        if request.kind != .file, request.coversSuffix != true,
            let suffix = IndicatorPattern.publicSuffix(coveredBy: pattern)
        {
            throw WebFailure.badRequest(
                "'\(suffix)' is a public suffix: it would cover all names below it (--public-suffix, if that is meant)")
        }
        return Indicator(
            number: 0, kind: request.kind, pattern: pattern, value: request.value, verdict: request.verdict,
            source: Self.source, reason: request.reason, createdAt: at, expiresAt: request.expiresAt)
    }

    private func removeIndicator(_ number: Int64, actor: String) async throws -> WebResponse {
        let at = now()
        let response = try await change(200) { transaction in
            try Decisions.check(actor, nil)
            if try IndicatorStore.remove(number, at: at, in: transaction) {
                try AuditStore.append(
                    actor: actor, verb: "indicator.remove", object: "indicator \(number)", detail: nil, at: at,
                    in: transaction)
            }
            return try IndicatorStore.row(number, in: transaction)
        }
        try await publish()
        return response
    }

    /// The indicator is stored; that milter and redirector do not see it yet must not look like success.
    func publish() async throws {
        do {
            try await indicatorsChanged()
        } catch {
            throw WebFailure(
                status: 503, code: "index_not_written",
                message: "stored, but the verdict index could not be written and is tried again: \(error)")
        }
    }
}

extension IndicatorAddition {
    fileprivate var word: String {
        switch self {
        case .added: "added"
        case .renewed: "renewed"
        case .replaced: "replaced"
        }
    }

    /// For the audit trail, behind what was said.
    fileprivate var consequence: String {
        switch self {
        case .added: ""
        case .renewed: ", as before"
        case .replaced(let number): ", instead of indicator \(number)"
        }
    }
}
