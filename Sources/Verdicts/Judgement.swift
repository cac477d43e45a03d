// SPDX-License-Identifier: Apache-2.0

/// A verdict with the indicators that led to it.
package struct Judgement: Hashable, Sendable {
    /// One indicator that covers the thing judged.
    package struct Finding: Hashable, Sendable {
        /// The indicator's number in the store.
        package let indicator: Int64
        package let verdict: Verdict
        /// Whether a person of this site says so, rather than a feed.
        package let isPersonal: Bool

        package init(indicator: Int64, verdict: Verdict, isPersonal: Bool = false) {
            self.indicator = indicator
            self.verdict = verdict
            self.isPersonal = isPersonal
        }

        /// Of several findings the one of the highest rank decides: what people here hold against a thing, then whoever
        /// vouches for it (people, allow-lists), then what feeds hold against it.
        var rank: UInt8 {
            switch (verdict, isPersonal) {
            case (.malicious, true): 7
            case (.suspicious, true): 6
            case (.clean, true): 5
            case (.clean, false): 4
            case (.malicious, false): 3
            case (.suspicious, false): 2
            case (.unknown, _): 0
            }
        }

        /// The finding of that rank; nil for a rank nobody writes.
        init?(indicator: Int64, rank: UInt8) {
            switch rank {
            case 7: self.init(indicator: indicator, verdict: .malicious, isPersonal: true)
            case 6: self.init(indicator: indicator, verdict: .suspicious, isPersonal: true)
            case 5: self.init(indicator: indicator, verdict: .clean, isPersonal: true)
            case 4: self.init(indicator: indicator, verdict: .clean)
            case 3: self.init(indicator: indicator, verdict: .malicious)
            case 2: self.init(indicator: indicator, verdict: .suspicious)
            default: return nil
            }
        }
    }

    package let findings: [Finding]

    package init(findings: [Finding]) {
        self.findings = findings
    }

    /// What the finding of the highest rank says, `unknown` without any: of two people, or two feeds, the graver one
    /// decides; an allow-list beats a feed, and a person beats both.
    package var verdict: Verdict { decisive?.verdict ?? .unknown }

    /// The finding that decides, the first of those of the highest rank; nil without any.
    package var decisive: Finding? {
        findings.reduce(nil) { best, next in best.map { $0.rank >= next.rank } == true ? best : next }
    }

    package static let unknown = Judgement(findings: [])
}
