// SPDX-License-Identifier: Apache-2.0

package import Playbooks
package import Store
import Verdicts

/// What people ask of investigations: one of their own, another look, an end, an action of their own.
///
/// Each call is one transaction's work, with its line in the audit trail.
package enum Steering {
    /// Raises the alert that opens an investigation about the subject, or joins the one that is open.
    ///
    /// `value`: a URL, a file's digest, a message's reference, or an address, as people write it.
    package static func start(
        _ kind: Subject.Kind, _ value: String, reason: String, by actor: String, at: Int64,
        in transaction: any SQLTransaction
    ) throws(StoreError) -> AlertRow {
        try Decisions.check(actor, reason)
        let subject = try subject(kind, value, in: transaction)
        let number = try AlertStore.raise(
            NewAlert(
                kind: .manual, severity: .medium, subject: subject, title: "\(actor) asks: \(reason)",
                reference: kind == .message ? subject.value : nil, cause: "manual \(at) \(actor) \(subject)"),
            at: at, in: transaction)
        guard let number else { throw StoreError(.conflict, "the same was asked in this very moment") }
        try AuditStore.append(
            actor: actor, verb: "investigation.start", object: subject.description, detail: reason, at: at,
            in: transaction)
        return try AlertStore.row(number, in: transaction)
    }

    private static func subject(
        _ kind: Subject.Kind, _ value: String, in transaction: any SQLTransaction
    ) throws(StoreError) -> Subject {
        switch kind {
        case .url, .file, .similar:
            do {
                let pattern = try IndicatorPattern.pattern(of: kind == .url ? .url : .file, value: value)
                return Subject(kind: kind, value: pattern)
            } catch { throw StoreError(.badValue, error.description) }
        case .message:
            let reference = String(value.prefix { $0 != "." }).lowercased()
            guard try MessageStore.message(reference, in: transaction) != nil else {
                throw StoreError(.notFound, "there is no message \(reference)")
            }
            return Subject(kind: kind, value: reference)
        case .sender, .recipient:
            guard value.contains("@"), !value.contains(where: \.isWhitespace), value.utf8.count <= 320 else {
                throw StoreError(.badValue, "expected an address, found '\(value.prefix(100))'")
            }
            return Subject(kind: kind, value: kind == .sender ? value.lowercased() : value)
        }
    }

    /// Stops an investigation and withdraws what it proposes; what was approved goes on to its end first (`conflict`).
    @discardableResult
    package static func cancel(
        _ number: Int64, by actor: String, note: String?, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> InvestigationSummary {
        try Decisions.check(actor, note)
        let state = try InvestigationStore.row(number, in: transaction).state
        guard state.isOpen else { throw StoreError(.conflict, "investigation \(number) is \(state.rawValue) already") }
        if let action = try ActionStore.actions(of: number, in: transaction).first(where: \.state.isUnderWay) {
            throw StoreError(
                .conflict, "action \(action.number) was approved and is under way; it cannot be stopped halfway")
        }
        let because = "\(actor) stopped it\(note.map { ": \($0)" } ?? "")"
        try InvestigationStore.move(number, to: Conclusion(.cancelled, because: because), at: at, in: transaction)
        try withdrawProposals(of: number, step: nil, because: because, at: at, in: transaction)
        try AuditStore.append(
            actor: actor, verb: "investigation.cancel", object: "investigation \(number)", detail: note, at: at,
            in: transaction)
        return InvestigationSummary(try InvestigationStore.row(number, in: transaction))
    }

    /// Lets an investigation look again, from its first step or from the one with that id; also one that has ended.
    ///
    /// What earlier steps found stands in the new round's log as it was.
    @discardableResult
    package static func rerun(
        _ number: Int64, from step: String?, by actor: String, note: String?, at: Int64,
        in transaction: any SQLTransaction
    ) throws(StoreError) -> InvestigationSummary {
        try Decisions.check(actor, note)
        let row = try InvestigationStore.row(number, in: transaction)
        guard row.round < Int64(InvestigationLimits.rounds) else {
            throw StoreError(.conflict, "investigation \(number) looked \(row.round) times, which is the limit")
        }
        if let subject = Subject(row.subject),
            let open = try InvestigationStore.openOne(about: subject, in: transaction),
            open.number != number
        {
            throw StoreError(.conflict, "investigation \(open.number) about the same subject is open")
        }
        let position = try step.map { (step) throws(StoreError) in try Self.position(of: step, in: row) } ?? 0
        let earlier = try stepsBefore(position, of: row, in: transaction)
        try InvestigationStore.beginRound(number, from: Int64(position), at: at, in: transaction)
        try InvestigationStore.carryOver(earlier, into: row.round + 1, at: at, in: transaction)
        try AuditStore.append(
            actor: actor, verb: "investigation.rerun", object: "investigation \(number)",
            detail: ["from \(step ?? "the first step")", note].compactMap(\.self).joined(separator: ": "), at: at,
            in: transaction)
        return InvestigationSummary(try InvestigationStore.row(number, in: transaction))
    }

    private static func position(of step: String, in row: InvestigationRow) throws(StoreError) -> Int {
        let steps = (try? Playbook(text: row.playbookText, file: "\(row.playbook).yaml"))?.steps ?? []
        guard let position = steps.firstIndex(where: { $0.id == step }) else {
            let names = steps.map(\.id).joined(separator: ", ")
            throw StoreError(.badValue, "'\(row.playbook)' has no step '\(step)', expected one of \(names)")
        }
        return position
    }

    /// The lines of this round about the steps before that position, of each the last.
    private static func stepsBefore(
        _ position: Int, of row: InvestigationRow, in transaction: any SQLTransaction
    ) throws(StoreError) -> [StepRow] {
        guard position > 0 else { return [] }
        let ids = ((try? Playbook(text: row.playbookText, file: ""))?.steps ?? []).prefix(position).map(\.id)
        let lines = try InvestigationStore.steps(of: row.number, round: row.round, in: transaction)
        for id in ids where !lines.contains(where: { $0.step == id && $0.outcome != .failed }) {
            throw StoreError(.badValue, "step '\(id)' comes before it and was not run in round \(row.round)")
        }
        return ids.compactMap { id in lines.last { $0.step == id && $0.outcome != .failed } }
    }

    /// Proposes an action on these messages, because a person says so; it waits for approval like any other.
    package static func propose(
        _ kind: ActionKind = .quarantineMessages, messages references: [String], reason: String, by actor: String,
        secondPersonFrom: Int?, at: Int64,
        in transaction: any SQLTransaction
    ) throws(StoreError) -> ActionRow {
        try Decisions.check(actor, reason)
        guard !reason.isEmpty else { throw StoreError(.badValue, "reason: expected a sentence, found none") }
        guard ActionKind.recommendable.contains(kind) else {
            let names = ActionKind.recommendable.map(\.rawValue).joined(separator: ", ")
            throw StoreError(.badValue, "action: expected one of \(names), found '\(kind.rawValue)'")
        }
        for reference in references where try MessageStore.message(reference, in: transaction) == nil {
            throw StoreError(.notFound, "there is no message \(reference)")
        }
        let copies = try copies(of: references, for: kind, in: transaction)
        guard !copies.free.isEmpty else {
            throw StoreError(.conflict, "nothing to propose: every copy is \(inHandWords(kind))")
        }
        var approval = Approval.manual
        approval.secondPersonFrom = secondPersonFrom
        let number = try ActionStore.add(
            kind, investigation: nil, step: nil, reason: "\(actor): \(reason)",
            expiresAt: approval.expiry(from: at), approvals: approval.people(for: copies.free.count), at: at,
            in: transaction)
        _ = try setTargets(copies.free, of: number, at: at, in: transaction)
        try AuditStore.append(
            actor: actor, verb: "action.propose", object: "action \(number)", detail: reason, at: at, in: transaction)
        return try ActionStore.row(number, in: transaction)
    }
}
