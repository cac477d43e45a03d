// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Store

extension InvestigationRunner {
    /// Carries out what is approved, was interrupted, or waited long enough; answers whether there was anything.
    func carryOutActions() async throws -> Bool {
        let at = now()
        let due = try await database.read { transaction in
            try ActionStore.due(at: at, limit: InvestigationLimits.workAtOnce, in: transaction)
        }
        var failure: (any Error)?
        for action in due where !Task.isCancelled {
            do { try await carryOut(action) } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
        return !due.isEmpty
    }

    /// One attempt at all that is left of an action.
    private func carryOut(_ action: ActionRow) async throws {
        let targets = try await database.write { transaction in
            // Written before the first mailbox is touched; an action that was interrupted is running already.
            if action.state != .running { try ActionStore.start(action.number, in: transaction) }
            return try ActionStore.targets(of: action.number, in: transaction)
        }
        if try await attempt(action, targets.filter { !$0.state.isFinal }) { try await end(action.number) }
    }

    /// Works through the mailboxes, some at a time; answers whether the attempt came to its end (and was not cancelled).
    private func attempt(_ action: ActionRow, _ targets: [TargetRow]) async throws -> Bool {
        // Those tried least stand first, so that a server that is down does not keep others from their turn.
        var mailboxes = Dictionary(grouping: targets) { Self.owner(of: $0.mailbox) }.values
            .sorted { ($0[0].attempts, $0[0].mailbox) < ($1[0].attempts, $1[0].mailbox) }[...]
        var unreachable = 0
        try await withThrowingTaskGroup(of: Bool.self) { group in
            var running = 0
            while true {
                while running < pacing.mailboxesAtOnce, unreachable < pacing.patience, !Task.isCancelled,
                    let copies = mailboxes.popFirst()
                {
                    group.addTask { try await work(on: copies, for: action) }
                    running += 1
                }
                guard let isReached = try await group.next() else { break }
                running -= 1
                unreachable = isReached ? 0 : unreachable + 1
            }
        }
        guard !Task.isCancelled else { return false }
        try await leave(mailboxes.flatMap { $0 }, detail: "not tried: other mailboxes were unreachable")
        return true
    }

    /// Addresses that may be one mailbox, which is not to be worked on by two at a time: those whose names before the `@`, and
    /// before a `+`, differ in case at most.
    private static func owner(of mailbox: String) -> String {
        String(mailbox.prefix { $0 != "@" && $0 != "+" }).lowercased()
    }

    /// All copies of one owner, mailbox by mailbox; answers false when one could not be reached.
    private func work(on copies: [TargetRow], for action: ActionRow) async throws -> Bool {
        var isReached = true
        for (mailbox, part) in Dictionary(grouping: copies, by: \.mailbox).sorted(by: { $0.key < $1.key })
        where !Task.isCancelled {
            isReached = try await work(on: part, in: mailbox, for: action) && isReached
        }
        return isReached
    }

    private func work(on copies: [TargetRow], in mailbox: String, for action: ActionRow) async throws -> Bool {
        let work = TargetWork(runner: self, action: action, mailbox: mailbox, at: now())
        let obstacle = try await work.perform(copies)
        await handler.close(mailbox)
        guard let obstacle else { return true }
        try await leave(copies, detail: obstacle)
        return false
    }

    /// Writes that these wait, and why.
    private func leave(_ targets: [TargetRow], detail: String) async throws {
        guard !targets.isEmpty else { return }
        let at = now()
        try await database.write { transaction in
            for target in targets {
                // What was recorded before a move stays: the move may have happened.
                var row = try ActionStore.target(target, in: transaction)
                guard !row.state.isFinal else { continue }
                row.state = .waiting
                row.detail = detail
                row.attempts += 1
                row.updatedAt = at
                try ActionStore.record(row, in: transaction)
            }
        }
    }

    /// Ends the action, or says when it goes on.
    private func end(_ number: Int64) async throws {
        let at = now()
        try await database.write { transaction in
            let action = try ActionStore.row(number, in: transaction)
            let targets = try ActionStore.targets(of: number, in: transaction)
            let left = targets.filter { !$0.state.isFinal }
            guard left.isEmpty else {
                let obstacle = left.compactMap(\.detail).first ?? "interrupted"
                return try ActionStore.wait(
                    number, until: at + pacing.delay(after: action.attempts),
                    detail: "\(left.count) of \(count(targets.count, "copy", "copies")) not reached yet: \(obstacle)",
                    in: transaction)
            }
            let outcome = TargetState.outcome(of: targets.map(\.state))
            let detail = ActionSummary.sentence(action.kind, targets)
            try ActionStore.finish(number, outcome, detail: detail, at: at, in: transaction)
            try AuditStore.append(
                actor: AuditStore.system, verb: "action.finish", object: "action \(number)",
                detail: "\(outcome.rawValue): \(detail)", at: at, in: transaction)
            try settleInvestigation(of: action, at: at, in: transaction)
        }
    }
}
