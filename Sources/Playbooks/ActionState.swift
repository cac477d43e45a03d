// SPDX-License-Identifier: Apache-2.0

/// Where an action stands.
package enum ActionState: String, Codable, Hashable, Sendable, CaseIterable {
    /// Proposed; waits for a person.
    case pendingApproval = "pending_approval"
    case approved
    case rejected
    /// Withdrawn by its investigation: a second look no longer recommends it.
    case cancelled
    /// Nobody decided in time.
    case expired
    /// Before anybody decided, every message was gone or moved: remediated by somebody else.
    case overtaken
    /// Being carried out; written before the first mailbox is touched.
    case running
    /// A mailbox could not be reached; tried again at a known time.
    case waiting
    /// Every mailbox ended as wished, or the message was gone.
    case done
    /// Some mailboxes failed for good.
    case partiallyDone = "partially_done"
    /// All mailboxes failed for good.
    case failed

    /// The states that may follow; none after an end.
    package var next: Set<ActionState> {
        switch self {
        case .pendingApproval: [.approved, .rejected, .cancelled, .expired, .overtaken]
        case .approved: [.running]
        case .running: [.waiting, .done, .partiallyDone, .failed]
        case .waiting: [.running]
        case .rejected, .cancelled, .expired, .overtaken, .done, .partiallyDone, .failed: []
        }
    }

    /// Whether it was let go and has not ended.
    package var isUnderWay: Bool { self == .approved || self == .running || self == .waiting }
}

/// Where one message in one mailbox stands within an action.
package enum TargetState: String, Codable, Hashable, Sendable, CaseIterable {
    /// Not tried yet.
    case pending
    /// Found; where it was and what it carried is written, the move may or may not have happened.
    case moving
    /// The mailbox could not be reached; tried again.
    case waiting
    /// Moved by us.
    case done
    /// It was there already.
    case alreadyThere = "already_there"
    /// Not in the mailbox any more: counted as remediated by somebody else.
    case notFound = "not_found"
    /// Refused for good.
    case failed

    /// Whether nothing more will happen to it.
    package var isFinal: Bool {
        switch self {
        case .pending, .moving, .waiting: false
        case .done, .alreadyThere, .notFound, .failed: true
        }
    }

    /// How an action ends whose targets ended so.
    package static func outcome(of targets: [TargetState]) -> ActionState {
        let failures = targets.count { $0 == .failed }
        if failures == 0 { return .done }
        return failures == targets.count ? .failed : .partiallyDone
    }
}

/// How an investigation stands when all steps were run.
package struct Conclusion: Hashable, Sendable {
    package let state: InvestigationState
    /// A sentence for people, without its full stop.
    package let because: String

    package init(_ state: InvestigationState, because: String) {
        self.state = state
        self.because = because
    }

    /// What follows from the actions; `otherwise` when there is none that counts.
    ///
    /// Actions that were withdrawn do not count.
    package static func from(_ actions: [ActionState], otherwise: Conclusion) -> Conclusion {
        let actions = actions.filter { $0 != .cancelled }
        if actions.isEmpty { return otherwise }
        let pending = actions.count { $0 == .pendingApproval }
        if pending > 0 {
            return Conclusion(.pendingApproval, because: "\(pending) recommended \(plural(pending)) for approval")
        }
        let underWay = actions.count(where: \.isUnderWay)
        if underWay > 0 { return Conclusion(.remediating, because: "an approved action is being carried out") }
        let done = actions.count { $0 == .done || $0 == .overtaken }
        if done == actions.count, !actions.contains(.done) {
            return Conclusion(.remediated, because: "somebody else took every message away")
        }
        if done == actions.count { return Conclusion(.remediated, because: "every approved action is done") }
        let expired = actions.count { $0 == .expired }
        if expired == actions.count {
            return Conclusion(.expired, because: "nobody decided about the recommended action in time")
        }
        let rejected = actions.count { $0 == .rejected }
        if rejected + expired == actions.count {
            return Conclusion(.rejected, because: "the recommended action was rejected")
        }
        if done == 0, !actions.contains(.partiallyDone) {
            return Conclusion(.failed, because: "no mailbox could be cleaned")
        }
        return Conclusion(.partiallyRemediated, because: "some mailboxes were cleaned, others were not")
    }

    private static func plural(_ count: Int) -> String { count == 1 ? "action waits" : "actions wait" }
}
