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
        let (due, kinds) = try await database.read { transaction in
            let due = try ActionStore.awaitingReview(
                before: at - pacing.reviewTime, limit: InvestigationLimits.reviewsAtOnce, in: transaction)
            var kinds: [Int64: ActionKind] = [:]
            for number in Set(due.map(\.action)) { kinds[number] = try ActionStore.row(number, in: transaction).kind }
            return (due, kinds)
        }
        guard !due.isEmpty else { return false }
        var search = CopySearch(handler: handler, patience: pacing.patience)
        for (number, targets) in Dictionary(grouping: due, by: \.action).sorted(by: { $0.key < $1.key }) {
            guard !Task.isCancelled, let kind = kinds[number] else { continue }
            for (copies, found) in await search.find(targets, for: kind) { try await note(found, copies, at) }
            try await settleReviewed(number, at)
        }
        return true
    }

    private func note(
        _ found: Result<[DeliveredMessage: Located], Obstacle>, _ targets: [TargetRow], _ at: Int64
    ) async throws {
        try await database.write { transaction in
            for target in targets {
                guard try ActionStore.row(target.action, in: transaction).state == .pendingApproval else { return }
                var row = try ActionStore.target(target, in: transaction)
                row.updatedAt = at
                switch found.map({ $0[DeliveredMessage(target)] ?? .notFound }) {
                case .success(.found(let place)): row.detail = "in \(place.folder)"
                case .success(.there(let place)):
                    (row.state, row.detail) = (.alreadyThere, "somebody moved it to \(place.folder)")
                case .success(.held): (row.state, row.detail) = (.alreadyThere, "somebody moved it to quarantine")
                case .success(.notFound): (row.state, row.detail) = (.notFound, "not in the mailbox any more")
                case .failure(let obstacle): row.detail = obstacle.text
                }
                try ActionStore.record(row, in: transaction)
            }
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
        self.init(reference: target.reference, stamp: target.stamp)
    }
}

/// Looks for copies, mailbox by mailbox, for somebody who waits: a server that is down costs a few time-outs, not one for
/// each mailbox.
struct CopySearch {
    let handler: any ActionHandler
    let patience: Int
    private var unreachable = 0

    init(handler: any ActionHandler, patience: Int) {
        self.handler = handler
        self.patience = patience
    }

    /// The copies of each mailbox, and what looking for them gave; for what the action would do with them.
    mutating func find(
        _ targets: [TargetRow], for kind: ActionKind
    ) async -> [(copies: [TargetRow], found: Result<[DeliveredMessage: Located], Obstacle>)] {
        var all: [(copies: [TargetRow], found: Result<[DeliveredMessage: Located], Obstacle>)] = []
        for (mailbox, copies) in Dictionary(grouping: targets, by: \.mailbox).sorted(by: { $0.key < $1.key }) {
            all.append((copies, await find(copies, in: mailbox, for: kind)))
        }
        return all
    }

    private mutating func find(
        _ copies: [TargetRow], in mailbox: String, for kind: ActionKind
    ) async -> Result<[DeliveredMessage: Located], Obstacle> {
        guard unreachable < patience else {
            return .failure(.unreachable("not tried, other mailboxes were unreachable"))
        }
        // A way back leads out of the quarantine or another folder; where it leads to is found out when it is gone.
        let role: MailboxRole? = kind == .releaseMessages ? .quarantine : kind.destination
        do throws(Obstacle) {
            let found = try await handler.locate(copies.map(DeliveredMessage.init), in: mailbox, for: role)
            unreachable = 0
            await handler.close(mailbox)
            return .success(found)
        } catch {
            if case .unreachable = error { unreachable += 1 } else { unreachable = 0 }
            await handler.close(mailbox)
            return .failure(error)
        }
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
        let shown = targets.prefix(InvestigationLimits.previews)
        var search = CopySearch(handler: handler, patience: Pacing().patience)
        var copies = shown.filter(\.state.isFinal).map { target in
            Copy(target, target.folder, "nothing: \(target.detail ?? target.state.rawValue)")
        }
        for (some, found) in await search.find(shown.filter { !$0.state.isFinal }, for: action.kind) {
            for target in some {
                let (folder, would) = sentence(found.map { $0[DeliveredMessage(target)] ?? .notFound }, action.kind)
                copies.append(Copy(target, folder, would))
            }
        }
        copies.sort { ($0.mailbox, $0.reference) < ($1.mailbox, $1.reference) }
        return ActionPreview(action: action, copies: copies, left: targets.count - copies.count)
    }

    private static func sentence(
        _ found: Result<Located, Obstacle>, _ kind: ActionKind
    ) -> (folder: String?, would: String) {
        switch (found, kind) {
        case (.success(.found(let place)), .releaseMessages): (place.folder, "nothing: it is not in quarantine")
        case (.success(.found(let place)), _): (place.folder, kind.words("it"))
        case (.success(.there(let place)), .releaseMessages): (place.folder, kind.words("it"))
        case (.success(.there(let place)), .quarantineMessages): (place.folder, "nothing: it is in quarantine")
        case (.success(.there(let place)), _): (place.folder, "nothing: it is there")
        case (.success(.held(let place)), _): (place.folder, "nothing: it is in quarantine")
        case (.success(.notFound), _): (nil, "nothing: it is not in the mailbox any more")
        case (.failure(.unreachable(let text)), _): (nil, "try again later: \(text)")
        case (.failure(.failed(let text)), _): (nil, "fail: \(text)")
        }
    }
}

extension ActionPreview.Copy {
    fileprivate init(_ target: TargetRow, _ folder: String?, _ would: String) {
        self.init(mailbox: target.mailbox, reference: target.reference, folder: folder, would: would)
    }
}
