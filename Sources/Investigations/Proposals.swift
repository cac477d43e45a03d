// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Store

/// Names in the output of a proposal's log line.
enum Proposals {
    /// Copies that are in quarantine, or under way in an approved action.
    static let inHand = "in_hand"
}

/// Puts an action before a person, or brings an open proposal of the same step up to date.
func propose(
    _ proposal: Planner.Proposal, step: String, for row: InvestigationRow, at: Int64, in transaction: any SQLTransaction
) throws(StoreError) -> StepNote {
    let copies = try copies(of: proposal.messages, for: proposal.action, in: transaction)
    let open = try openProposals(of: row.number, step: step, in: transaction).first
    let input = JSONValue.object([
        "messages": .number(proposal.messages.count), "reason": .text(proposal.reason),
    ])
    guard !copies.free.isEmpty else {
        if let open {
            try withdraw(open.number, because: "nothing is left to move", at: at, in: transaction)
        }
        let output = JSONValue.object(["targets": .number(0), Proposals.inHand: .number(copies.inHand)])
        return StepNote(
            input, output,
            "nothing to propose: \(count(copies.inHand, "copy is", "copies are")) \(inHandWords(proposal.action))"
        )
    }
    let approval = proposal.approval
    let people = approval.people(for: copies.free.count)
    let number: Int64
    if let open {
        number = open.number
    } else {
        number = try ActionStore.add(
            proposal.action, investigation: row.number, step: step, reason: proposal.reason,
            expiresAt: approval.expiry(from: at), approvals: people, at: at, in: transaction)
        try AuditStore.append(
            actor: AuditStore.system, verb: "action.propose", object: "action \(number)", detail: proposal.reason,
            at: at,
            in: transaction)
    }
    let isOther = try setTargets(copies.free, of: number, at: at, in: transaction)
    try ActionStore.change(number, reason: proposal.reason, approvals: people, isOther: isOther, in: transaction)
    let automation = approval.automation(for: copies.free.count, failing: proposal.failing)
    if case .starts(let because) = automation {
        try ActionStore.decide(
            number, .approved, by: AuditStore.system, note: "automatic: \(because)", at: at, in: transaction)
        try AuditStore.append(
            actor: AuditStore.system, verb: "action.approve", object: "action \(number)",
            detail: "automatic: \(because)",
            at: at, in: transaction)
    }
    let output = JSONValue.object([
        "action": .number(number), "targets": .number(copies.free.count), Proposals.inHand: .number(copies.inHand),
    ])
    let verb = open == nil ? "proposes" : "brings up to date:"
    return StepNote(
        input, output,
        "\(verb) action \(number), which \(proposal.action.words(count(copies.free.count, "copy", "copies"), ending: "s")); \(words(automation, people))"
    )
}

/// How copies stand that the action need not be proposed for.
func inHandWords(_ kind: ActionKind) -> String {
    kind == .quarantineMessages
        ? "in quarantine already or on the way there" : "in quarantine, or in the hands of an action of this kind"
}

private func words(_ automation: Approval.Automation, _ people: Int) -> String {
    let whom = people > 1 ? "waits for two people" : "waits for approval"
    return switch automation {
    case .none: whom
    case .waits(let because): "\(whom), for \(because)"
    case .starts(let because): "starts by itself, for \(because)"
    }
}

/// Takes open proposals back that a second look does not make again: of one step, or of all.
func withdrawProposals(
    of investigation: Int64, step: String?, because: String, at: Int64, in transaction: any SQLTransaction
) throws(StoreError) {
    for action in try openProposals(of: investigation, step: step, in: transaction) {
        try withdraw(action.number, because: because, at: at, in: transaction)
    }
}

private func withdraw(
    _ action: Int64, because: String, at: Int64, in transaction: any SQLTransaction
) throws(StoreError) {
    try ActionStore.decide(
        action, .cancelled, by: AuditStore.system, note: because, at: at, in: transaction)
    try AuditStore.append(
        actor: AuditStore.system, verb: "action.withdraw", object: "action \(action)", detail: because, at: at,
        in: transaction)
}

private func openProposals(
    of investigation: Int64, step: String?, in transaction: any SQLTransaction
) throws(StoreError) -> [ActionRow] {
    try ActionStore.actions(of: investigation, in: transaction)
        .filter { $0.state == .pendingApproval && (step == nil || $0.step == step) }
}

/// One message in one mailbox.
struct MessageCopy: Hashable {
    let reference: String
    let stamp: String
    let mailbox: String

    init(reference: String, stamp: String, mailbox: String) {
        self.reference = reference
        self.stamp = stamp
        self.mailbox = mailbox
    }

    init(_ target: TargetRow) {
        self.init(reference: target.reference, stamp: target.stamp, mailbox: target.mailbox)
    }
}

/// The copies of the messages that the action is to be about, and how many are taken care of already.
///
/// What is in quarantine is safe from readers; only a deletion goes further.
func copies(
    of messages: [String], for kind: ActionKind, in transaction: any SQLTransaction
) throws(StoreError) -> (free: [MessageCopy], inHand: Int) {
    var free: [MessageCopy] = []
    var inHand = 0
    for reference in messages {
        guard let facts = try MessageStore.message(reference, in: transaction) else { continue }
        for mailbox in Set(facts.recipients).sorted() {
            let held = try QuarantineStore.held(reference: reference, mailbox: mailbox, in: transaction)
            let underWay = try ActionStore.underWay(kind, reference: reference, mailbox: mailbox, in: transaction)
            guard held == nil || kind == .hardDeleteMessages, underWay == nil else {
                inHand += 1
                continue
            }
            free.append(MessageCopy(reference: reference, stamp: facts.stamp, mailbox: mailbox))
        }
        guard free.count <= InvestigationLimits.targets else {
            throw StoreError(.row, "more than \(InvestigationLimits.targets) copies in one action")
        }
    }
    return (free, inHand)
}

/// Gives the action these targets; answers whether it had others.
func setTargets(
    _ wanted: [MessageCopy], of action: Int64, at: Int64, in transaction: any SQLTransaction
) throws(StoreError) -> Bool {
    var missing = Set(wanted)
    var isOther = false
    for target in try ActionStore.targets(of: action, in: transaction) {
        let copy = MessageCopy(target)
        if missing.remove(copy) == nil {
            try ActionStore.removeTarget(target, in: transaction)
            isOther = true
        }
    }
    for copy in wanted where missing.contains(copy) {
        isOther = true
        try ActionStore.addTarget(
            to: action, reference: copy.reference, stamp: copy.stamp, mailbox: copy.mailbox, at: at, in: transaction)
    }
    return isOther
}

/// Moves an investigation to where its actions say it stands.
func settle(
    _ row: InvestigationRow, otherwise: Conclusion, at: Int64, in transaction: any SQLTransaction
) throws(StoreError) {
    let states = try ActionStore.actions(of: row.number, in: transaction)
        .filter { !$0.kind.isReversal }.map(\.state)
    try InvestigationStore.move(row.number, to: .from(states, otherwise: otherwise), at: at, in: transaction)
}

/// After a decision or the end of an action: moves its investigation on, unless steps are being run (their end will).
func settleInvestigation(
    of action: ActionRow, at: Int64, in transaction: any SQLTransaction
) throws(StoreError) {
    guard let number = action.investigation, !action.kind.isReversal else { return }
    let row = try InvestigationStore.row(number, in: transaction)
    guard row.state == .pendingApproval || row.state == .remediating else { return }
    try settle(row, otherwise: Conclusion(row.state, because: row.conclusion ?? ""), at: at, in: transaction)
}

/// `1 message`, `3 messages`.
func count(_ number: Int, _ one: String, _ many: String) -> String { "\(number) \(number == 1 ? one : many)" }
