// SPDX-License-Identifier: Apache-2.0

import Bytes
import Store
import URLSyntax
package import Verdicts
import Web

/// Why a click on a URL would get its verdict now, expression by expression.
package struct WhyAnswer: Codable, Sendable {
    /// What one expression of the URL is known for.
    package struct Expression: Codable, Sendable {
        package let expression: String
        package let indicators: [Indicator]
    }

    /// What was asked.
    package let value: String
    /// What other services wrapped around it, outermost first, and what was in each.
    package let layers: [Layer]
    /// The URL that is judged, as browsers write it; nil for a digest, or when it is hidden.
    package let judged: String?
    package let expressions: [Expression]
    package let verdict: Verdict
    /// The number of the indicator that decides; nil when nobody says anything.
    package let decidedBy: Int64?
    package let because: String

    package struct Layer: Codable, Hashable, Sendable {
        package let wrapper: String
        package let url: String

        package init(wrapper: String, url: String) {
            self.wrapper = wrapper
            self.url = url
        }
    }
}

extension AdminAPI {
    func addWhy(to routes: inout Routes) {
        routes.add("GET", "/v1/why") { request in
            guard let value = request.queryFields["value"], !value.isEmpty else {
                throw WebFailure.badRequest("value: expected a URL, a domain or a SHA-256")
            }
            return try await why(value)
        }
    }

    private func why(_ value: String) async throws -> WebResponse {
        let bytes = Array(value.utf8)
        if bytes.count == 64, bytes.allSatisfy(\.isASCIIHexDigit) {
            return try await explain(value, [], nil, [bytes.lowercased.text], kinds: [.file])
        }
        let text = value.contains("://") ? value : "http://\(value)"
        guard let url = try? WebURL.parse(Array(text.utf8)), url.isWeb else {
            throw WebFailure.badRequest("value: expected an http or https URL, a domain or a SHA-256")
        }
        let (layers, target) = unwrap(url)
        guard let canonical = CanonicalURL(target) else { throw WebFailure.badRequest("value: the URL has no host") }
        return try await explain(
            value, layers, target.serialized.text, canonical.expressions.map(\.text), kinds: [.url, .domain])
    }

    private func explain(
        _ value: String, _ layers: [WhyAnswer.Layer], _ judged: String?, _ expressions: [String],
        kinds: Set<Indicator.Kind>
    ) async throws -> WebResponse {
        let at = now()
        return try await answer(200) { transaction in
            let live = try IndicatorStore.live(expressions, at: at, in: transaction).filter { kinds.contains($0.kind) }
            let known = Dictionary(grouping: live, by: \.pattern)
            let found = expressions.flatMap { known[$0] ?? [] }
            let judgement = Judgement(
                findings: found.map { .init(indicator: $0.number, verdict: $0.verdict, isPersonal: $0.isPersonal) })
            let decisive = judgement.decisive.flatMap { finding in found.first { $0.number == finding.indicator } }
            return WhyAnswer(
                value: value, layers: layers, judged: judged,
                expressions: expressions.map { .init(expression: $0, indicators: known[$0] ?? []) },
                verdict: judgement.verdict, decidedBy: decisive?.number, because: Self.reason(decisive, among: found))
        }
    }

    private static func reason(_ decisive: Indicator?, among found: [Indicator]) -> String {
        guard let decisive else { return "no indicator covers it" }
        let who = decisive.isPersonal ? "people here" : "'\(decisive.source)'"
        let others = found.count - 1
        let beside = others > 0 ? "; \(others) more say something, and weigh less" : ""
        return "\(who) call '\(decisive.pattern)' \(decisive.verdict.rawValue)\(beside)"
    }
}
