// SPDX-License-Identifier: Apache-2.0

/// Who lets a recommended action start, and how long it waits for them.
///
/// `manual`: a person, by name. `automatic`: it starts by itself, if it is small enough. Or a mapping: `automatic_when`
/// (conditions that must all hold), `automatic_at_most` (copies), `second_person_from` (copies from which on two people must
/// agree), `expires_days`.
///
/// A copy is one message in one mailbox. The bounds are there for the indicator that covers half of all mail (security.md,
/// Q-08 and Q-12): what is larger waits for a person, and says why.
package struct Approval: Hashable, Sendable {
    /// All must hold for the action to start by itself; nil: a person decides, whatever was found.
    package var automaticWhen: [Condition]?
    package var automaticAtMost = 500
    /// Nil: one person is enough for any number.
    package var secondPersonFrom: Int?
    /// After so many days without a decision the action expires.
    package var expiresDays: Int64 = 7

    package init(automaticWhen: [Condition]? = nil) {
        self.automaticWhen = automaticWhen
    }

    /// A person decides.
    package static let manual = Approval()

    /// Milliseconds since 1970, UTC: when an action that is proposed `at` expires.
    package func expiry(from at: Int64) -> Int64 { at + expiresDays * 86_400_000 }

    /// How many people must agree to an action on so many copies.
    package func people(for copies: Int) -> Int { secondPersonFrom.map { copies >= $0 } == true ? 2 : 1 }

    /// Whether the action starts by itself, with the reason for the log.
    package enum Automation: Hashable, Sendable {
        /// Nobody asked for it.
        case none
        case starts(because: String)
        case waits(because: String)
    }

    /// `failing`: a condition that does not hold, if there is one.
    package func automation(for copies: Int, failing: Condition?) -> Automation {
        guard let conditions = automaticWhen else { return .none }
        if let failing { return .waits(because: "'\(failing)' does not hold") }
        guard copies <= automaticAtMost else {
            return .waits(because: "\(copies) copies, and \(automaticAtMost) are the most that move without a person")
        }
        guard people(for: copies) == 1 else { return .waits(because: "\(copies) copies need two people") }
        let held = conditions.map { "'\($0)'" }.joined(separator: ", ")
        return .starts(
            because: held.isEmpty ? "the playbook asks nobody" : "\(held) \(conditions.count == 1 ? "holds" : "hold")")
    }
}
