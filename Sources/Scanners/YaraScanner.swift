// SPDX-License-Identifier: Apache-2.0

import Signatures
package import Verdicts

/// The rules of a folder as a scanner.
package struct YaraScanner: ContentScanner {
    package let name = "yara"
    private let rules: RuleFiles

    package init(rules: RuleFiles) {
        self.rules = rules
    }

    package func scan(_ content: [UInt8], deadline: ContinuousClock.Instant) -> ScanResult {
        let left = deadline - .now
        guard left > .zero else { return .failed("yara: no time left") }
        do {
            let scan = try RuleScanner(try rules.watched().set).scan(content.span, deadline: left)
            if !scan.matches.isEmpty {
                return .found(scan.matches.map { ScanFinding(name: $0.rule.description, verdict: $0.verdict) })
            }
            return scan.problem.map { .failed("yara: \($0)") } ?? .clean
        } catch { return .failed("yara: \(error)") }
    }
}

extension RuleMatch {
    /// What a match means: malicious, unless the rule says `verdict = "suspicious"` in its meta entries.
    package var verdict: Verdict {
        let said = meta.last { $0.key == "verdict" }?.value
        return said == .text("suspicious") ? .suspicious : .malicious
    }
}
