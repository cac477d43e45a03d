// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Store

/// Alerts that follow from what is in the store already: senders who turned, and clean-ups that failed.
///
/// Each look is one transaction, and its alerts have causes of their own, so a look that is repeated after a crash raises
/// nothing twice.
extension InvestigationRunner {
    /// Looks what came since the last time; answers whether there was anything.
    func watch() async throws -> Bool {
        let at = now()
        let isDue = try await database.read { transaction in
            try CondemnedStore.hasNews(in: transaction) || !Self.failures(at: at, in: transaction).isEmpty
        }
        guard isDue else { return false }
        try await database.write { transaction in
            for action in try Self.failures(at: at, in: transaction) { try tell(action, at: at, in: transaction) }
            _ = try CondemnedStore.followAlerts(limit: InvestigationLimits.watchedAtOnce, at: at, in: transaction)
            for sender in try CondemnedStore.nextSenders(limit: InvestigationLimits.watchedAtOnce, in: transaction) {
                try SenderWatch(sender: sender, at: at, site: site).look(in: transaction)
            }
        }
        return true
    }
}

// MARK: - Clean-ups that failed

extension InvestigationRunner {
    /// A failure that is older is history: an upgrade does not bring it up again.
    private static let failureWindow: Int64 = 7 * 86_400_000

    private static func failures(at: Int64, in transaction: any SQLTransaction) throws(StoreError) -> [ActionRow] {
        try FailedActions.untold(
            since: at - failureWindow, limit: InvestigationLimits.workAtOnce, in: transaction)
    }

    private func tell(_ action: ActionRow, at: Int64, in transaction: any SQLTransaction) throws(StoreError) {
        let targets = try ActionStore.targets(of: action.number, in: transaction)
        let left = targets.filter { $0.state == .failed }
        let subject = try action.investigation.flatMap { (number) throws(StoreError) in
            Subject(try InvestigationStore.row(number, in: transaction).subject)
        }
        guard let first = left.first else {
            // It failed without a mailbox of its own to blame, and there is nothing to look for.
            try AlertStore.tell(
                kind: AlertKind.cleanUpFailed.rawValue, subject: "action \(action.number)",
                title: "Action \(action.number) failed: \(action.detail ?? "no reason is known")", severity: .medium,
                cause: FailedActions.cause(action.number), at: at, in: transaction)
            return
        }
        let detail = first.detail.map { ": \($0.shown(limit: 200))" } ?? ""
        try AlertStore.raise(
            NewAlert(
                kind: .cleanUpFailed, severity: .medium,
                subject: subject ?? Subject(kind: .message, value: first.reference),
                title:
                    "Action \(action.number) left \(left.count) of \(count(targets.count, "copy", "copies")) in their mailboxes\(detail)",
                reference: first.reference, cause: FailedActions.cause(action.number)),
            at: at, in: transaction)
    }
}

// MARK: - Senders who turned

/// Whether a sender who sends what is malicious is somebody whose account was taken over, and not just a criminal.
///
/// One of us (mail from inside, by a login or in the name of an own domain: a filter that hands everything back comes from
/// inside, too): one message is enough. Somebody from elsewhere: known for a week and with mail before, and
/// two messages within a week; a verifier's `dmarc=fail` says that it was somebody else in their name.
struct SenderWatch {
    /// How long somebody must be known, and within which time messages count together.
    private static let window: Int64 = 7 * 86_400_000
    /// Malicious messages of somebody from elsewhere.
    private static let messagesNeeded = 2
    /// Messages before the first bad one: who wrote once, a year ago, is nobody we know.
    private static let historyNeeded = 5

    let sender: String
    let at: Int64
    let site: SiteRules

    func look(in transaction: any SQLTransaction) throws(StoreError) {
        let bad = try CondemnedStore.messages(of: sender, since: at - Self.window, at: at, in: transaction)
        let own = bad.filter { row in
            ["outbound", "internal"].contains(row.direction) && (row.login != nil || site.isOwn(sender))
        }
        if let last = own.last {
            let number = Set(own.map(\.reference)).count
            return try raise(
                .high, last,
                "\(sender.shown(limit: 200)), one of our own, sent \(count(number, "message", "messages")) with something malicious: \(last.subject)",
                in: transaction)
        }
        let genuine = bad.filter { !$0.authentication.contains("dmarc=fail") }
        let number = Set(genuine.map(\.reference)).count
        guard let first = genuine.first, let last = genuine.last, number >= Self.messagesNeeded,
            let known = try SenderStore.firstContact(of: sender, in: transaction), known <= first.at - Self.window,
            try SenderStore.count(
                of: sender, from: known, to: first.at, limit: Self.historyNeeded, in: transaction)
                >= Self.historyNeeded
        else { return }
        try raise(
            .medium, last,
            "\(sender.shown(limit: 200)), known since \(Moment(known)), sent \(number) messages with something malicious within 7 days, the last: \(last.subject)",
            in: transaction)
    }

    private func raise(
        _ severity: AlertSeverity, _ last: CondemnedRow, _ title: String, in transaction: any SQLTransaction
    ) throws(StoreError) {
        try AlertStore.raise(
            NewAlert(
                kind: .senderCompromise, severity: severity, subject: Subject(kind: .sender, value: sender),
                title: title,
                reference: last.reference, cause: "sender \(sender) day \(last.at / 86_400_000)"),
            at: at, in: transaction)
    }
}
