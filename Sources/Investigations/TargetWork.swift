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
    /// A message in one of its folders; its owner may have copied it into several.
    private struct Find {
        let target: TargetRow
        let folder: String
    }

    /// What was moved is looked for again, until nothing of it lies anywhere else.
    private func takeAway(_ targets: [TargetRow]) async throws {
        var left = targets
        var settled: Set<String> = []
        for _ in 0..<InvestigationLimits.looks where !left.isEmpty {
            let found = try await runner.handler.locate(
                left.map(DeliveredMessage.init), in: mailbox, for: action.kind.destination)
            let finds = try await recordFound(left, found, settled)
            settled.formUnion(try await carryAway(finds, settled))
            left = finds.map(\.target)
        }
        guard left.allSatisfy({ settled.contains($0.reference) }) else {
            throw Obstacle.unreachable("the message was moved about while we looked for it")
        }
    }

    /// Writes what was found, before anything is moved; answers what is to be moved.
    private func recordFound(
        _ targets: [TargetRow], _ found: [DeliveredMessage: Located], _ settled: Set<String>
    ) async throws -> [Find] {
        try await runner.database.write { transaction in
            var finds: [Find] = []
            for target in targets {
                let isSettled = settled.contains(target.reference)
                switch found[DeliveredMessage(target)] ?? .notFound {
                case .notFound where isSettled: try recordNowhere(target, in: transaction)
                case .notFound: try recordAbsent(target, in: transaction)
                case .there(let place) where !isSettled: try recordThere(target, place, in: transaction)
                case .held(let place) where !isSettled:
                    try record(
                        target, .alreadyThere, "in quarantine (\(place.folder)), which is safer", in: transaction)
                case .there, .held: break
                case .found(let place):
                    // The way back leads to where it was found first.
                    let kept = isSettled ? target : try recordIntent(target, place, in: transaction)
                    finds.append(Find(target: kept, folder: place.folder))
                }
            }
            return finds
        }
    }

    private func recordIntent(
        _ target: TargetRow, _ place: MailboxPlace, in transaction: any SQLTransaction
    ) throws(StoreError) -> TargetRow {
        var target = target
        target.folder = place.folder
        target.flags = place.flags
        let detail = "in \(place.folder), to be \(isDeletion ? "deleted" : "moved")"
        try record(target, .moving, detail, in: transaction)
        return target
    }

    /// Moves or deletes, folder by folder; answers the references of those that were there.
    ///
    /// A folder that refuses does not keep the others from their turn; after a few the server is taken to be away.
    private func carryAway(_ finds: [Find], _ settled: Set<String>) async throws -> Set<String> {
        var done: Set<String> = []
        var obstacles: [Obstacle] = []
        for (folder, part) in Dictionary(grouping: finds, by: \.folder).sorted(by: { $0.key < $1.key })
        where obstacles.count < runner.pacing.patience {
            do {
                done.formUnion(try await carryAway(part.map(\.target), from: folder, settled.union(done)))
            } catch let error as Obstacle { obstacles.append(error) }
        }
        if let obstacle = obstacles.first { throw obstacle }
        return done
    }

    private func carryAway(
        _ targets: [TargetRow], from folder: String, _ settled: Set<String>
    ) async throws -> Set<String> {
        let messages = targets.map(DeliveredMessage.init)
        guard let destination = action.kind.destination else {
            let deleted = try await runner.handler.delete(messages, in: mailbox, from: folder)
            return try await recordDeleted(targets, deleted, settled)
        }
        let results = try await runner.handler.move(messages, in: mailbox, from: folder, to: destination)
        return try await recordMoved(targets, results, settled)
    }

    private var isDeletion: Bool { action.kind.destination == nil }

    private func recordMoved(
        _ targets: [TargetRow], _ results: [DeliveredMessage: MoveResult], _ settled: Set<String>
    ) async throws -> Set<String> {
        try await runner.database.write { transaction in
            var done: Set<String> = []
            for target in targets {
                let result = results[DeliveredMessage(target)] ?? .notFound
                guard result != .notFound else { continue }
                done.insert(target.reference)
                guard !settled.contains(target.reference) else { continue }
                let folder = target.folder ?? ""
                if result == .moved {
                    try recordAway(target, .done, "moved from \(folder)", in: transaction)
                } else {
                    try recordAway(
                        target, .alreadyThere, "somebody moved it from \(folder) meanwhile", in: transaction)
                }
            }
            return done
        }
    }

    private func recordDeleted(
        _ targets: [TargetRow], _ deleted: Set<DeliveredMessage>, _ settled: Set<String>
    ) async throws -> Set<String> {
        try await runner.database.write { transaction in
            let there = targets.filter { deleted.contains(DeliveredMessage($0)) }
            for target in there where !settled.contains(target.reference) {
                try record(target, .done, "deleted from \(target.folder ?? "")", in: transaction)
            }
            return Set(there.map(\.reference))
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
            try record(target, .done, "deleted from \(folder) before an interruption", in: transaction)
            return try recordNowhere(target, in: transaction)
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

    /// Nothing of it is left, in quarantine neither.
    private func recordNowhere(_ target: TargetRow, in transaction: any SQLTransaction) throws(StoreError) {
        guard isDeletion,
            let held = try QuarantineStore.held(
                reference: target.reference, mailbox: mailbox, in: transaction)
        else { return }
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
        let absent = targets.filter { held[$0.reference] == nil }
        if !absent.isEmpty {
            try await runner.database.write { transaction in
                for target in absent { try record(target, .alreadyThere, "was released before", in: transaction) }
            }
        }
        try await putBack(places, from: .quarantine) { (message, result, transaction) throws(StoreError) in
            guard let row = held[message.reference],
                let target = targets.first(where: { $0.reference == message.reference })
            else { return }
            try recordBack(target, result, row.folder, "in quarantine", in: transaction)
            // Also when it is gone: the list of what lies in quarantine tells what lies there.
            try QuarantineStore.release(
                row.number, by: action.decidedBy ?? AuditStore.system, at: at, in: transaction)
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
        try await putBack(places, from: role) { (message, result, transaction) throws(StoreError) in
            guard let target = targets.first(where: { $0.reference == message.reference }) else { return }
            try recordBack(target, result, target.folder, "where it was moved to", in: transaction)
        }
    }

    /// Folder by folder, each recorded before the next: one that refuses does not keep the others from their turn.
    private func putBack(
        _ places: [FormerPlace], from role: MailboxRole,
        record: @escaping @Sendable (DeliveredMessage, MoveResult, any SQLTransaction) throws(StoreError) -> Void
    ) async throws {
        var obstacles: [Obstacle] = []
        let folders = Dictionary(grouping: places) { $0.folder ?? "" }.sorted { $0.key < $1.key }
        for (_, part) in folders where obstacles.count < runner.pacing.patience {
            do {
                let results = try await runner.handler.putBack(part, in: mailbox, from: role)
                try await runner.database.write { transaction in
                    for place in part { try record(place.message, results[place.message] ?? .notFound, transaction) }
                }
            } catch let error as Obstacle { obstacles.append(error) }
        }
        if let obstacle = obstacles.first { throw obstacle }
    }

    private func recordBack(
        _ target: TargetRow, _ result: MoveResult, _ folder: String?, _ place: String,
        in transaction: any SQLTransaction
    ) throws(StoreError) {
        switch result {
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
