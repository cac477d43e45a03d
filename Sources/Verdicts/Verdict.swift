// SPDX-License-Identifier: Apache-2.0

/// What we conclude about a link or an attachment; always given with its reasons (`Judgement`).
package enum Verdict: String, Codable, Hashable, Sendable, CaseIterable, Comparable {
    /// Nobody said anything about it.
    case unknown
    /// Somebody vouches for it.
    case clean
    /// Worth a warning.
    case suspicious
    /// Known bad.
    case malicious

    /// The order of gravity: of two indicators about one thing the graver one decides.
    package static func < (left: Verdict, right: Verdict) -> Bool { left.gravity < right.gravity }

    /// The verdict as one byte, in the index and in comparisons.
    package var gravity: UInt8 {
        switch self {
        case .unknown: 0
        case .clean: 1
        case .suspicious: 2
        case .malicious: 3
        }
    }

    /// The verdict behind the byte; nil for a byte nobody wrote.
    package init?(gravity: UInt8) {
        guard let verdict = Verdict.allCases.first(where: { $0.gravity == gravity }) else { return nil }
        self = verdict
    }
}
