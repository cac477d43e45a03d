// SPDX-License-Identifier: Apache-2.0

/// A verdict with the indicators that led to it.
package struct Judgement: Hashable, Sendable {
    /// One indicator that covers the thing judged.
    package struct Finding: Hashable, Sendable {
        /// The indicator's number in the store.
        package let indicator: Int64
        package let verdict: Verdict

        package init(indicator: Int64, verdict: Verdict) {
            self.indicator = indicator
            self.verdict = verdict
        }
    }

    package let findings: [Finding]

    package init(findings: [Finding]) {
        self.findings = findings
    }

    /// The gravest of the findings, `unknown` without any.
    package var verdict: Verdict { findings.map(\.verdict).max() ?? .unknown }

    package static let unknown = Judgement(findings: [])
}
