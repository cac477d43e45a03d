// SPDX-License-Identifier: Apache-2.0

import Playbooks
package import Store

/// What people decide about actions; each call is one transaction's work, with its line in the audit trail.
package enum Decisions {
    /// Lets a proposed action go; `conflict` when it does not wait for approval any more.
    ///
    /// Where two people must agree, the first one's word leaves it waiting, and does not count twice.
    @discardableResult
    package static func approve(
        _ action: Int64, by actor: String, note: String?, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> ActionRow {
        let row = try ActionStore.row(action, in: transaction)
        if row.state == .pendingApproval, row.approvals > 1 {
            guard let first = row.firstBy else {
                return try agree(action, by: actor, note: note, at: at, in: transaction)
            }
            guard first != actor else {
                throw StoreError(.conflict, "action \(action) needs a second person: \(actor) has agreed to it before")
            }
        }
        return try decide(action, .approved, verb: "action.approve", by: actor, note: note, at: at, in: transaction)
    }

    /// Refuses a proposed action; its investigation ends when nothing else is open.
    @discardableResult
    package static func reject(
        _ action: Int64, by actor: String, note: String?, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> ActionRow {
        try decide(action, .rejected, verb: "action.reject", by: actor, note: note, at: at, in: transaction)
    }

    private static func agree(
        _ action: Int64, by actor: String, note: String?, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> ActionRow {
        try check(actor, note)
        try ActionStore.agree(action, by: actor, in: transaction)
        try ActionStore.tell("\(actor) agreed; waits for a second person", of: action, in: transaction)
        try AuditStore.append(
            actor: actor, verb: "action.agree", object: "action \(action)", detail: note, at: at, in: transaction)
        return try ActionStore.row(action, in: transaction)
    }

    /// Asks for all that an action took away, and that nobody put back since, to be put back, as one action, approved by who
    /// asks; answers it.
    package static func undo(
        _ action: Int64, by actor: String, note: String?, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> ActionRow {
        try check(actor, note)
        let origin = try ActionStore.row(action, in: transaction)
        guard let destination = origin.kind.destination, origin.state.next.isEmpty else {
            throw StoreError(
                .conflict, "action \(action), \(origin.kind.rawValue), is \(origin.state.rawValue): nothing to undo")
        }
        let isQuarantine = destination == .quarantine
        let targets = try isQuarantine ? held(by: origin, in: transaction) : moved(by: origin, in: transaction)
        let number = try ActionStore.add(
            isQuarantine ? .releaseMessages : .restoreMessages, investigation: origin.investigation, step: nil,
            reason: note ?? "action \(action) is undone by \(actor)", undoes: action, at: at, in: transaction)
        for target in targets {
            try ActionStore.addTarget(
                to: number, reference: target.reference, stamp: target.stamp, mailbox: target.mailbox,
                folder: isQuarantine ? nil : target.folder, flags: isQuarantine ? nil : target.flags, at: at,
                in: transaction)
        }
        try ActionStore.decide(number, .approved, by: actor, note: note, at: at, in: transaction)
        try AuditStore.append(
            actor: actor, verb: "action.undo", object: "action \(action)",
            detail: "action \(number), \(count(targets.count, "copy", "copies"))\(note.map { ": \($0)" } ?? "")",
            at: at, in: transaction)
        return try ActionStore.row(number, in: transaction)
    }

    /// What the action moved to quarantine, and what lies there without being on its way back.
    private static func held(
        by origin: ActionRow, in transaction: any SQLTransaction
    ) throws(StoreError) -> [TargetRow] {
        var held: [TargetRow] = []
        for target in try ActionStore.targets(of: origin.number, in: transaction) {
            let entry = try QuarantineStore.held(reference: target.reference, mailbox: target.mailbox, in: transaction)
            let underWay = try ActionStore.underWay(
                .releaseMessages, reference: target.reference, mailbox: target.mailbox, in: transaction)
            if entry?.action == origin.number, underWay == nil { held.append(target) }
        }
        guard !held.isEmpty else {
            throw StoreError(
                .conflict, "nothing that action \(origin.number) moved lies in quarantine any more")
        }
        return held
    }

    /// What the action moved elsewhere and no reversal took care of; once only, because nobody records what lies in a junk
    /// folder.
    private static func moved(
        by origin: ActionRow, in transaction: any SQLTransaction
    ) throws(StoreError) -> [TargetRow] {
        var settled: Set<MessageCopy> = []
        for reversal in try ActionStore.reversals(of: origin.number, in: transaction) {
            guard reversal.state == .partiallyDone || reversal.state == .failed else {
                throw StoreError(.conflict, "action \(origin.number) was undone by action \(reversal.number)")
            }
            let targets = try ActionStore.targets(of: reversal.number, in: transaction)
            settled.formUnion(targets.filter { $0.state != .failed }.map(MessageCopy.init))
        }
        let moved = try ActionStore.targets(of: origin.number, in: transaction)
            .filter { $0.state == .done && !settled.contains(MessageCopy($0)) }
        guard !moved.isEmpty else { throw StoreError(.conflict, "action \(origin.number) moved nothing") }
        return moved
    }

    /// Asks for a quarantined message to be put back: an action of its own, approved by who asks; answers it.
    package static func release(
        _ quarantined: Int64, by actor: String, note: String?, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> ActionRow {
        try check(actor, note)
        let entry = try QuarantineStore.row(quarantined, in: transaction)
        if let releasedBy = entry.releasedBy {
            throw StoreError(.conflict, "quarantined message \(quarantined) was released by \(releasedBy)")
        }
        if let other = try ActionStore.underWay(
            .releaseMessages, reference: entry.reference, mailbox: entry.mailbox, in: transaction)
        {
            throw StoreError(.conflict, "quarantined message \(quarantined) is being released by action \(other)")
        }
        let origin = try ActionStore.row(entry.action, in: transaction)
        let stamp = try ActionStore.targets(of: entry.action, in: transaction)
            .first { $0.reference == entry.reference && $0.mailbox == entry.mailbox }?.stamp
        guard let stamp else { throw StoreError(.row, "quarantined message \(quarantined) has no stamp") }
        let number = try ActionStore.add(
            .releaseMessages, investigation: origin.investigation, step: nil,
            reason: note ?? "released by \(actor)", at: at, in: transaction)
        try ActionStore.addTarget(
            to: number, reference: entry.reference, stamp: stamp, mailbox: entry.mailbox, at: at, in: transaction)
        try ActionStore.decide(number, .approved, by: actor, note: note, at: at, in: transaction)
        try AuditStore.append(
            actor: actor, verb: "quarantine.release", object: "quarantined \(quarantined)",
            detail: "action \(number)\(note.map { ": \($0)" } ?? "")", at: at, in: transaction)
        return try ActionStore.row(number, in: transaction)
    }

    private static func decide(
        _ action: Int64, _ state: ActionState, verb: String, by actor: String, note: String?, at: Int64,
        in transaction: any SQLTransaction
    ) throws(StoreError) -> ActionRow {
        try check(actor, note)
        try ActionStore.decide(action, state, by: actor, note: note, at: at, in: transaction)
        try AuditStore.append(
            actor: actor, verb: verb, object: "action \(action)", detail: note, at: at, in: transaction)
        let row = try ActionStore.row(action, in: transaction)
        try settleInvestigation(of: row, at: at, in: transaction)
        return row
    }

    /// Refuses (`badValue`) what nobody puts a name to, and notes that would fill the log.
    package static func check(_ actor: String, _ note: String?) throws(StoreError) {
        let size = actor.contains { !$0.isWhitespace } ? actor.unicodeScalars.count : 0
        guard (1...InvestigationLimits.actor).contains(size) else {
            let found = size == 0 ? "none" : "\(size)"
            throw StoreError(
                .badValue, "actor: expected a name of 1 to \(InvestigationLimits.actor) characters, found \(found)")
        }
        let length = note?.unicodeScalars.count ?? 0
        guard length <= InvestigationLimits.note else {
            throw StoreError(
                .badValue, "note: expected at most \(InvestigationLimits.note) characters, found \(length)")
        }
    }
}
