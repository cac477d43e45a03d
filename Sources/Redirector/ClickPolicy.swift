// SPDX-License-Identifier: Apache-2.0

package import Records
package import Verdicts

/// What a click leads to, by what is known about its target.
package struct ClickPolicy: Sendable {
    /// What happens to a click that would be followed while the click journal cannot take it.
    package enum Unrecorded: Hashable, Sendable {
        /// "Try again in a moment" (503).
        ///
        /// The default: a click nobody recorded is a victim no later look-back finds, and it can be made again, while
        /// the harm of a followed one cannot be undone.
        case refuse
        /// Followed all the same, with an error in the log: for sites where a dead link costs more.
        case follow
    }

    /// Without any verdict index: warn about every link, instead of following and logging.
    package var isStrict = false
    package var unrecorded = Unrecorded.refuse
    /// Whether the warning page has a button to go on.
    package var allowsProceeding = true
    /// How long a warning page's button works: longer than a careful reader needs, too short to be passed on.
    package var proceedLifetime = Duration.seconds(600)

    package init() {}

    /// The outcome for a judgement; nil means that there is no verdict index.
    ///
    /// `proceeds`: the person saw the warning page for this link and chose to go on.
    package func outcome(of judgement: Judgement?, proceeds: Bool) -> ClickRecord.Outcome {
        switch judgement?.verdict {
        case .malicious: .blocked
        case .suspicious: proceeds ? .proceeded : .warned
        case .unknown, .clean: proceeds ? .proceeded : .allowed
        case nil: proceeds ? .proceeded : isStrict ? .warned : .allowed
        }
    }
}
