// SPDX-License-Identifier: Apache-2.0

/// Where an investigation stands.
///
/// The words follow what analysts know from automated investigation elsewhere, with two differences in favour of the
/// truth: `remediating` is not `running`, and `remediated` is said only when every mailbox is accounted for.
package enum InvestigationState: String, Codable, Hashable, Sendable, CaseIterable {
    /// Steps are being run.
    case running
    /// All steps were run; at least one action waits for a person.
    case pendingApproval = "pending_approval"
    /// Every action was decided; approved ones are being carried out, or wait for a mailbox server.
    case remediating
    /// Everything that was proposed is done, or was gone before we came.
    case remediated
    /// Some of it is done, some was rejected or failed.
    case partiallyRemediated = "partially_remediated"
    /// Every proposed action was rejected by a person.
    case rejected
    /// Nobody decided in time about what was proposed.
    case expired
    /// Nothing bad is in any mailbox.
    case noThreatsFound = "no_threats_found"
    /// Something bad was found, and nothing that Rearguard can do was recommended.
    case partiallyInvestigated = "partially_investigated"
    /// A step failed, or no approved action could be carried out at all.
    case failed
    /// A person stopped it.
    case cancelled

    /// Whether alerts about the same subject still join it.
    package var isOpen: Bool { self == .running || self == .pendingApproval || self == .remediating }

    /// The states that may follow; after an end only another run, which a person asks for.
    package var next: Set<InvestigationState> {
        switch self {
        case .running:
            [
                .pendingApproval, .remediating, .remediated, .partiallyRemediated, .rejected, .expired, .noThreatsFound,
                .partiallyInvestigated, .failed, .cancelled,
            ]
        // From the decisions: straight to an end when the approved part was done before the last one was rejected.
        case .pendingApproval:
            [.running, .remediating, .remediated, .partiallyRemediated, .rejected, .expired, .failed, .cancelled]
        case .remediating: [.running, .remediated, .partiallyRemediated, .failed]
        case .remediated, .partiallyRemediated, .rejected, .expired, .noThreatsFound, .partiallyInvestigated, .failed,
            .cancelled:
            [.running]
        }
    }

    /// The states a playbook may conclude with by its own words.
    package static let conclusions: [InvestigationState] = [.noThreatsFound, .partiallyInvestigated]
}
