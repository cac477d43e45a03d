// SPDX-License-Identifier: Apache-2.0

import Playbooks
package import Store

/// What happens to proposals while nobody decides: they expire, and what they are about may go away by itself.
extension InvestigationRunner {
    /// Ends proposals that nobody decided about in time; answers whether there were any.
    func expireProposals() async throws -> Bool {
        let at = now()
        let late = try await database.read { transaction in
            try ActionStore.expired(at: at, limit: InvestigationLimits.workAtOnce, in: transaction)
        }
        for number in late {
            try await database.write { transaction in
                let action = try ActionStore.row(number, in: transaction)
                guard action.state == .pendingApproval else { return }
                try end(
                    action, .expired, verb: "action.expire",
                    because: "nobody decided before \(Moment(action.expiresAt ?? at))",
                    at: at, in: transaction)
            }
        }
        return !late.isEmpty
    }

    /// Looks again where the messages of open proposals are; answers whether there was anything to look for.
    ///
    /// What is gone, or was moved to quarantine by somebody else, needs nobody's decision any more; when nothing is left, the
    /// proposal ends. Changes nothing in any mailbox.
    func reviewProposals() async throws -> Bool {
        let at = now()
        let due = try await database.read { transaction in
            try ActionStore.awaitingReview(
                before: at - pacing.reviewTime, limit: InvestigationLimits.reviewsAtOnce, in: transaction)
        }
        guard !due.isEmpty else { return false }
        var unreachable = 0
        for target in due where !Task.isCancelled {
            let found =
                unreachable < pacing.patience
                ? await handler.locate(DeliveredMessage(target)) : .unreachable("not tried")
            if case .unreachable = found { unreachable += 1 } else { unreachable = 0 }
            try await note(found, target, at)
        }
        await handler.endRun()
        for number in Set(due.map(\.action)).sorted() { try await settleReviewed(number, at) }
        return true
    }

    private func note(_ found: Located, _ target: TargetRow, _ at: Int64) async throws {
        try await database.write { transaction in
            guard try ActionStore.row(target.action, in: transaction).state == .pendingApproval else { return }
            var row = try ActionStore.target(target, in: transaction)
            row.updatedAt = at
            switch found {
            case .found(let place): row.detail = "in \(place.folder)"
            case .inQuarantine: (row.state, row.detail) = (.alreadyThere, "somebody moved it to quarantine")
            case .notFound: (row.state, row.detail) = (.notFound, "not in the mailbox any more")
            case .unreachable(let text), .failed(let text): row.detail = text
            }
            try ActionStore.record(row, in: transaction)
        }
    }

    private func settleReviewed(_ number: Int64, _ at: Int64) async throws {
        try await database.write { transaction in
            let action = try ActionStore.row(number, in: transaction)
            guard action.state == .pendingApproval else { return }
            let targets = try ActionStore.targets(of: number, in: transaction)
            let left = targets.count { !$0.state.isFinal }
            if left == 0 {
                let detail = ActionSummary.sentence(action.kind, targets)
                return try end(action, .overtaken, verb: "action.overtaken", because: detail, at: at, in: transaction)
            }
            guard left < targets.count else { return }
            let gone = targets.count - left
            let before = action.firstBy.map { "\($0) agreed; " } ?? ""
            try ActionStore.tell(
                "\(before)\(gone) of \(count(targets.count, "copy", "copies")) gone or moved meanwhile", of: number,
                in: transaction)
        }
    }

    private func end(
        _ action: ActionRow, _ state: ActionState, verb: String, because: String, at: Int64,
        in transaction: any SQLTransaction
    ) throws(StoreError) {
        try ActionStore.decide(
            action.number, state, by: AuditStore.system, note: because, at: at, in: transaction)
        try AuditStore.append(
            actor: AuditStore.system, verb: verb, object: "action \(action.number)", detail: because, at: at,
            in: transaction)
        try settleInvestigation(of: action, at: at, in: transaction)
    }
}

extension DeliveredMessage {
    init(_ target: TargetRow) {
        self.init(reference: target.reference, stamp: target.stamp, mailbox: target.mailbox)
    }
}

/// What an action would do now, mailbox by mailbox: looked up, nothing changed.
package struct ActionPreview: Codable, Hashable, Sendable {
    package struct Copy: Codable, Hashable, Sendable {
        package let mailbox: String
        package let reference: String
        /// The folder it is in; nil when it is not to be found, or not to be reached.
        package let folder: String?
        package let would: String
    }

    package let action: ActionRow
    package let copies: [Copy]
    /// Copies that were not looked for: a preview has its limit.
    package let left: Int

    /// Looks for the copies; `handler` is asked where things are, and for nothing else.
    package static func of(
        _ number: Int64, database: any Database, handler: any ActionHandler
    ) async throws -> ActionPreview {
        let (action, targets) = try await database.read { transaction in
            (try ActionStore.row(number, in: transaction), try ActionStore.targets(of: number, in: transaction))
        }
        var copies: [Copy] = []
        var unreachable = 0
        for target in targets.prefix(InvestigationLimits.previews) {
            var found: Located?
            if !target.state.isFinal {
                // Somebody waits for the answer: a server that is down costs a few time-outs, not one for each mailbox.
                found =
                    unreachable < Pacing().patience
                    ? await handler.locate(DeliveredMessage(target))
                    : .unreachable("not tried, other mailboxes were unreachable")
                if case .unreachable? = found { unreachable += 1 } else { unreachable = 0 }
            }
            let (folder, would) = sentence(found, target, action.kind)
            copies.append(Copy(mailbox: target.mailbox, reference: target.reference, folder: folder, would: would))
        }
        await handler.endRun()
        return ActionPreview(action: action, copies: copies, left: targets.count - copies.count)
    }

    private static func sentence(
        _ found: Located?, _ target: TargetRow, _ kind: ActionKind
    ) -> (folder: String?, would: String) {
        switch (found, kind) {
        case (nil, _): (target.folder, "nothing: \(target.detail ?? target.state.rawValue)")
        case (.found(let place), .quarantineMessages): (place.folder, "move it to quarantine")
        case (.found(let place), .releaseMessages): (place.folder, "nothing: it is not in quarantine")
        case (.inQuarantine(let place), .quarantineMessages): (place.folder, "nothing: it is in quarantine")
        case (.inQuarantine(let place), .releaseMessages): (place.folder, "put it back")
        case (.notFound, _): (nil, "nothing: it is not in the mailbox any more")
        case (.unreachable(let text), _): (nil, "try again later: \(text)")
        case (.failed(let text), _): (nil, "fail: \(text)")
        }
    }
}
