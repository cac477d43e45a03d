// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Store

/// The work on one message in one mailbox.
///
/// Every result is one transaction: the target's row together with what lies in quarantine because of it.
struct TargetWork: Sendable {
    let runner: InvestigationRunner
    let action: ActionRow
    let at: Int64

    /// Does it, and records the result; answers what stands in the way when the mailbox could not be reached.
    func perform(_ target: TargetRow) async throws -> String? {
        switch action.kind {
        case .quarantineMessages: try await quarantine(target)
        case .releaseMessages: try await release(target)
        }
    }

    // MARK: Quarantine

    private func quarantine(_ target: TargetRow) async throws -> String? {
        var target = target
        for _ in 0..<InvestigationLimits.looks {
            switch await runner.handler.locate(DeliveredMessage(target)) {
            case .unreachable(let text): return text
            case .failed(let text):
                try await record(target, .failed, text)
                return nil
            case .notFound:
                try await record(target, .notFound, "not in the mailbox any more")
                return nil
            case .inQuarantine(let place):
                try await recordFoundInQuarantine(target, place)
                return nil
            case .found(let place):
                target.folder = place.folder
                target.flags = place.flags
                try await record(target, .moving, "in \(place.folder), to be moved")
            }
            switch await runner.handler.quarantine(DeliveredMessage(target), from: target.folder ?? "") {
            case .unreachable(let text): return text
            case .failed(let text):
                try await record(target, .failed, text)
                return nil
            case .moved:
                try await recordQuarantined(target, .done, "moved from \(target.folder ?? "")")
                return nil
            case .alreadyThere:
                try await recordQuarantined(
                    target, .alreadyThere, "somebody moved it from \(target.folder ?? "") meanwhile")
                return nil
            case .notFound: continue
            }
        }
        return "the message was moved about while we looked for it"
    }

    /// With the intent of an earlier attempt this is our own move, whose recording was lost; without, somebody else's.
    private func recordFoundInQuarantine(_ target: TargetRow, _ place: MailboxPlace) async throws {
        if let folder = target.folder {
            return try await recordQuarantined(target, .done, "moved from \(folder) before an interruption")
        }
        var target = target
        target.flags = place.flags
        try await recordQuarantined(target, .alreadyThere, "was in quarantine before")
    }

    private func recordQuarantined(_ target: TargetRow, _ state: TargetState, _ detail: String) async throws {
        try await record(target, state, detail) { (transaction) throws(StoreError) in
            try QuarantineStore.add(
                action: target.action, reference: target.reference, mailbox: target.mailbox, folder: target.folder,
                flags: target.flags ?? "", at: at, in: transaction)
        }
    }

    // MARK: Release

    private func release(_ target: TargetRow) async throws -> String? {
        let held = try await runner.database.read { transaction in
            try QuarantineStore.held(reference: target.reference, mailbox: target.mailbox, in: transaction)
        }
        guard let held else {
            try await record(target, .alreadyThere, "was released before")
            return nil
        }
        switch await runner.handler.release(DeliveredMessage(target), to: held.folder, flags: held.flags) {
        case .unreachable(let text): return text
        case .failed(let text): try await record(target, .failed, text)
        case .moved: try await recordReleased(target, held, .done, "put back into \(held.folder ?? "the inbox")")
        case .alreadyThere: try await recordReleased(target, held, .alreadyThere, "was back in its mailbox")
        case .notFound: try await recordReleased(target, held, .notFound, "not in quarantine any more")
        }
        return nil
    }

    /// Also when it is gone: the list of what lies in quarantine tells what lies there.
    private func recordReleased(
        _ target: TargetRow, _ held: QuarantinedRow, _ state: TargetState, _ detail: String
    ) async throws {
        let actor = action.decidedBy ?? AuditStore.system
        try await record(target, state, detail) { (transaction) throws(StoreError) in
            try QuarantineStore.release(held.number, by: actor, at: at, in: transaction)
        }
    }

    // MARK: Recording

    private func record(
        _ target: TargetRow, _ state: TargetState, _ detail: String,
        with more: @Sendable @escaping (any SQLTransaction) throws(StoreError) -> Void = { _ in }
    ) async throws {
        var row = target
        row.state = state
        row.detail = detail
        row.updatedAt = at
        if state.isFinal { row.attempts += 1 }
        let result = row
        try await runner.database.write { transaction in
            try ActionStore.record(result, in: transaction)
            try more(transaction)
        }
    }
}
