// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Store

/// The work of an action on the messages in one mailbox.
///
/// Every result is one transaction: the rows of the messages it is about together with what lies in quarantine because of it.
struct TargetWork: Sendable {
    let runner: InvestigationRunner
    let action: ActionRow
    let mailbox: String
    let at: Int64

    /// Does it, and records the results; answers what stands in the way when the mailbox could not be reached.
    func perform(_ targets: [TargetRow]) async throws -> String? {
        do {
            for start in stride(from: 0, to: targets.count, by: InvestigationLimits.copiesAtOnce) {
                try await work(on: Array(targets[start...].prefix(InvestigationLimits.copiesAtOnce)))
            }
        } catch Obstacle.unreachable(let text) {
            return text
        } catch Obstacle.failed(let text) {
            try await fail(targets, text)
        }
        return nil
    }

    private func work(on targets: [TargetRow]) async throws {
        switch action.kind {
        case .quarantineMessages, .junkMessages, .inboxMessages, .softDeleteMessages, .hardDeleteMessages:
            try await takeAway(targets)
        case .releaseMessages: try await release(targets)
        case .restoreMessages: try await restore(targets)
        }
    }

    /// No sense in coming again: what did not end before ends so.
    private func fail(_ targets: [TargetRow], _ detail: String) async throws {
        try await runner.database.write { transaction in
            for target in targets {
                let row = try ActionStore.target(target, in: transaction)
                guard !row.state.isFinal else { continue }
                try record(row, .failed, detail, in: transaction)
            }
        }
    }
}

// MARK: - Away

extension TargetWork {
    private func takeAway(_ targets: [TargetRow]) async throws {
        var left = targets
        for _ in 0..<InvestigationLimits.looks where !left.isEmpty {
            let found = try await runner.handler.locate(
                left.map(DeliveredMessage.init), in: mailbox, for: action.kind.destination)
            left = try await carryAway(try await recordFound(left, found))
        }
        guard left.isEmpty else {
            throw Obstacle.unreachable("the message was moved about while we looked for it")
        }
    }

    /// Writes what was found, before anything is moved; answers those that are to be moved, with where they are.
    private func recordFound(
        _ targets: [TargetRow], _ found: [DeliveredMessage: Located]
    ) async throws -> [TargetRow] {
        try await runner.database.write { transaction in
            var movable: [TargetRow] = []
            for target in targets {
                switch found[DeliveredMessage(target)] ?? .notFound {
                case .notFound: try recordAbsent(target, in: transaction)
                case .there(let place): try recordThere(target, place, in: transaction)
                case .held(let place):
                    try record(
                        target, .alreadyThere, "in quarantine (\(place.folder)), which is safer", in: transaction)
                case .found(let place):
                    var target = target
                    target.folder = place.folder
                    target.flags = place.flags
                    try record(
                        target, .moving, "in \(place.folder), to be \(isDeletion ? "deleted" : "moved")",
                        in: transaction)
                    movable.append(target)
                }
            }
            return movable
        }
    }

    /// Moves or deletes, folder by folder; answers those that are not where they were a moment ago.
    private func carryAway(_ targets: [TargetRow]) async throws -> [TargetRow] {
        var left: [TargetRow] = []
        for (folder, part) in Dictionary(grouping: targets, by: { $0.folder ?? "" }).sorted(by: { $0.key < $1.key }) {
            let messages = part.map(DeliveredMessage.init)
            if let destination = action.kind.destination {
                let results = try await runner.handler.move(messages, in: mailbox, from: folder, to: destination)
                left += try await recordMoved(part, results)
            } else {
                let deleted = try await runner.handler.delete(messages, in: mailbox, from: folder)
                left += try await recordDeleted(part, deleted)
            }
        }
        return left
    }

    private var isDeletion: Bool { action.kind.destination == nil }

    private func recordMoved(
        _ targets: [TargetRow], _ results: [DeliveredMessage: MoveResult]
    ) async throws -> [TargetRow] {
        try await runner.database.write { transaction in
            var left: [TargetRow] = []
            for target in targets {
                let folder = target.folder ?? ""
                switch results[DeliveredMessage(target)] ?? .notFound {
                case .moved: try recordAway(target, .done, "moved from \(folder)", in: transaction)
                case .alreadyThere:
                    try recordAway(target, .alreadyThere, "somebody moved it from \(folder) meanwhile", in: transaction)
                case .notFound: left.append(target)
                }
            }
            return left
        }
    }

    private func recordDeleted(_ targets: [TargetRow], _ deleted: Set<DeliveredMessage>) async throws -> [TargetRow] {
        try await runner.database.write { transaction in
            for target in targets where deleted.contains(DeliveredMessage(target)) {
                try recordGone(target, "deleted from \(target.folder ?? "")", in: transaction)
            }
            return targets.filter { !deleted.contains(DeliveredMessage($0)) }
        }
    }

    /// With the intent of an earlier attempt this is our own move, whose recording was lost; without, somebody else's.
    private func recordThere(
        _ target: TargetRow, _ place: MailboxPlace, in transaction: any SQLTransaction
    ) throws(StoreError) {
        if let folder = target.folder {
            return try recordAway(target, .done, "moved from \(folder) before an interruption", in: transaction)
        }
        var target = target
        target.flags = place.flags
        try recordAway(target, .alreadyThere, "was in \(place.folder) before", in: transaction)
    }

    /// A message that we were about to delete and that is nowhere now was deleted by us before an interruption.
    private func recordAbsent(_ target: TargetRow, in transaction: any SQLTransaction) throws(StoreError) {
        if isDeletion, let folder = target.folder {
            return try recordGone(target, "deleted from \(folder) before an interruption", in: transaction)
        }
        try record(target, .notFound, "not in the mailbox any more", in: transaction)
    }

    private func recordAway(
        _ target: TargetRow, _ state: TargetState, _ detail: String, in transaction: any SQLTransaction
    ) throws(StoreError) {
        try record(target, state, detail, in: transaction)
        guard action.kind.destination == .quarantine else { return }
        try QuarantineStore.add(
            action: target.action, reference: target.reference, mailbox: mailbox, folder: target.folder,
            flags: target.flags ?? "", at: at, in: transaction)
    }

    /// What lay in quarantine does not lie there any more.
    private func recordGone(
        _ target: TargetRow, _ detail: String, in transaction: any SQLTransaction
    ) throws(StoreError) {
        try record(target, .done, detail, in: transaction)
        let held = try QuarantineStore.held(reference: target.reference, mailbox: mailbox, in: transaction)
        guard let held else { return }
        try QuarantineStore.release(held.number, by: "action \(action.number), deleted", at: at, in: transaction)
    }
}

// MARK: - Back

extension TargetWork {
    private func release(_ targets: [TargetRow]) async throws {
        let held = try await runner.database.read { transaction in
            var held: [String: QuarantinedRow] = [:]
            for target in targets {
                held[target.reference] = try QuarantineStore.held(
                    reference: target.reference, mailbox: mailbox, in: transaction)
            }
            return held
        }
        let places = targets.compactMap { target in
            held[target.reference].map { FormerPlace(DeliveredMessage(target), folder: $0.folder, flags: $0.flags) }
        }
        let results = try await putBack(places, from: .quarantine)
        try await runner.database.write { transaction in
            for target in targets {
                guard let row = held[target.reference] else {
                    try record(target, .alreadyThere, "was released before", in: transaction)
                    continue
                }
                try recordBack(target, results, row.folder, "in quarantine", in: transaction)
                // Also when it is gone: the list of what lies in quarantine tells what lies there.
                let actor = action.decidedBy ?? AuditStore.system
                try QuarantineStore.release(row.number, by: actor, at: at, in: transaction)
            }
        }
    }

    /// Back to where the action that is taken back found them.
    private func restore(_ targets: [TargetRow]) async throws {
        let undone = try await runner.database.read { [action] transaction in
            try action.undoes.map { try ActionStore.row($0, in: transaction).kind }
        }
        guard let role = undone?.destination else { throw Obstacle.failed("nothing says what is taken back") }
        let places = targets.map {
            FormerPlace(DeliveredMessage($0), folder: $0.folder, flags: $0.flags ?? "")
        }
        let results = try await putBack(places, from: role)
        try await runner.database.write { transaction in
            for target in targets {
                try recordBack(target, results, target.folder, "where it was moved to", in: transaction)
            }
        }
    }

    private func putBack(
        _ places: [FormerPlace], from role: MailboxRole
    ) async throws -> [DeliveredMessage: MoveResult] {
        places.isEmpty ? [:] : try await runner.handler.putBack(places, in: mailbox, from: role)
    }

    private func recordBack(
        _ target: TargetRow, _ results: [DeliveredMessage: MoveResult], _ folder: String?, _ place: String,
        in transaction: any SQLTransaction
    ) throws(StoreError) {
        switch results[DeliveredMessage(target)] ?? .notFound {
        case .moved: try record(target, .done, "put back into \(folder ?? "the inbox")", in: transaction)
        case .alreadyThere: try record(target, .alreadyThere, "was back in its mailbox", in: transaction)
        case .notFound: try record(target, .notFound, "not \(place) any more", in: transaction)
        }
    }
}

// MARK: - Recording

extension TargetWork {
    private func record(
        _ target: TargetRow, _ state: TargetState, _ detail: String, in transaction: any SQLTransaction
    ) throws(StoreError) {
        var row = target
        row.state = state
        row.detail = detail
        row.updatedAt = at
        if state.isFinal { row.attempts += 1 }
        try ActionStore.record(row, in: transaction)
    }
}
