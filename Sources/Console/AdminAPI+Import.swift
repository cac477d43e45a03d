// SPDX-License-Identifier: Apache-2.0

import Investigations
import Store
package import Verdicts
import Web

/// Indicators from a file, a part of it at a time.
package struct ImportRequest: Codable, Hashable, Sendable {
    package struct Entry: Codable, Hashable, Sendable {
        /// Where it stands in the file, for messages.
        package var place: String
        package var kind: Indicator.Kind
        package var value: String
        package var verdict: Verdict
        package var reason: String?
        /// Milliseconds since 1970, UTC.
        package var expiresAt: Int64?

        package init(
            place: String, kind: Indicator.Kind, value: String, verdict: Verdict, reason: String?, expiresAt: Int64?
        ) {
            self.place = place
            self.kind = kind
            self.value = value
            self.verdict = verdict
            self.reason = reason
            self.expiresAt = expiresAt
        }
    }

    /// Entries of one request: one transaction.
    package static let limit = 500

    package var actor: String
    package var file: String
    package var entries: [Entry]

    /// Whole public suffixes are meant.
    package var coversSuffix: Bool?

    package init(actor: String, file: String, entries: [Entry], coversSuffix: Bool? = nil) {
        self.coversSuffix = coversSuffix
        self.actor = actor
        self.file = file
        self.entries = entries
    }
}

/// What became of them.
package struct ImportAnswer: Codable, Hashable, Sendable {
    package struct Bad: Codable, Hashable, Sendable {
        package var place: String
        package var reason: String

        package init(place: String, reason: String) {
            self.place = place
            self.reason = reason
        }
    }

    package var added = 0
    package var renewed = 0
    package var replaced = 0
    package var bad: [Bad] = []

    package init() {}

    package static func += (left: inout ImportAnswer, right: ImportAnswer) {
        left.added += right.added
        left.renewed += right.renewed
        left.replaced += right.replaced
        left.bad += right.bad
    }
}

extension AdminAPI {
    func addImport(to routes: inout Routes) {
        routes.add("POST", "/v1/indicators/import") { try await importIndicators($0.json(ImportRequest.self)) }
    }

    /// One bad entry is told and costs only itself.
    private func importIndicators(_ request: ImportRequest) async throws -> WebResponse {
        guard request.entries.count <= ImportRequest.limit else {
            throw WebFailure.badRequest(
                "entries: expected at most \(ImportRequest.limit), found \(request.entries.count)")
        }
        let at = now()
        var answer = ImportAnswer()
        var good: [Indicator] = []
        for entry in request.entries {
            let wish = IndicatorRequest(
                kind: entry.kind, value: entry.value, verdict: entry.verdict, reason: entry.reason,
                expiresAt: entry.expiresAt, actor: request.actor, coversSuffix: request.coversSuffix)
            do {
                try Decisions.check(request.actor, entry.reason)
                good.append(try indicator(wish, at: at))
            } catch { answer.bad.append(.init(place: entry.place, reason: "\(error)")) }
        }
        let (indicators, start) = (good, answer)
        let response = try await change(200) { transaction in
            try Decisions.check(request.actor, request.file)
            var answer = start
            for indicator in indicators {
                switch try IndicatorStore.add(indicator, in: transaction).addition {
                case .added: answer.added += 1
                case .renewed: answer.renewed += 1
                case .replaced: answer.replaced += 1
                }
            }
            try AuditStore.append(
                actor: request.actor, verb: "indicator.import", object: "indicators",
                detail: "\(indicators.count) from \(request.file)", at: at, in: transaction)
            return answer
        }
        try await publish()
        return response
    }
}
