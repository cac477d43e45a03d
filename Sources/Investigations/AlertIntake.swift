// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Store

extension InvestigationRunner {
    /// Gives every new alert an investigation; answers how many alerts there were.
    func admitAlerts() async throws -> Int {
        var total = 0
        // All that wait are taken in before anything is looked into, so that a hundred alerts cost one round, not a
        // hundred; the bound lets running investigations go on under a stream of alerts.
        for _ in 0..<InvestigationLimits.workAtOnce where !Task.isCancelled {
            let waiting = try await database.read { transaction in
                try !AlertStore.waiting(limit: 1, in: transaction).isEmpty
            }
            guard waiting else { break }
            total += try await database.write { transaction in
                let alerts = try AlertStore.waiting(limit: InvestigationLimits.alertsAtOnce, in: transaction)
                for alert in alerts { try admit(alert, in: transaction) }
                return alerts.count
            }
        }
        return total
    }

    private func admit(_ alert: AlertRow, in transaction: any SQLTransaction) throws(StoreError) {
        guard let subject = Subject(alert.subject), let kind = AlertKind(rawValue: alert.kind) else {
            return try AlertStore.assign(
                alert.number, to: nil, because: "not investigated: its kind or subject is unknown", in: transaction)
        }
        if let open = try InvestigationStore.openOne(about: subject, in: transaction) {
            return try join(alert, open, because: "the same subject", in: transaction)
        }
        if let (open, because) = try related(alert, kind, in: transaction) {
            return try join(alert, open, because: because, in: transaction)
        }
        guard let playbook = shelf.playbook(for: kind) else {
            return try AlertStore.assign(
                alert.number, to: nil, because: "not investigated: no playbook starts on '\(kind.rawValue)'",
                in: transaction)
        }
        let number = try InvestigationStore.open(by: playbook, subject: subject, at: now(), in: transaction)
        try AlertStore.assign(
            alert.number, to: number, because: "opened it: '\(playbook.name)' starts on '\(kind.rawValue)'",
            in: transaction)
    }

    /// Entities of one message by which an investigation is looked for.
    private static let entityLimit = 500
    /// Open investigations about something that one message carries, of which each playbook is asked.
    private static let relatedLimit = 50

    /// An open investigation whose playbook takes alerts of this kind, about something that the alert's message carries.
    private func related(
        _ alert: AlertRow, _ kind: AlertKind, in transaction: any SQLTransaction
    ) throws(StoreError) -> (InvestigationRow, String)? {
        guard let reference = alert.reference,
            let days = shelf.playbooks.filter({ $0.joinsOn.contains(kind) }).map(\.joinsWithinDays).max()
        else { return nil }
        var subjects: Set<Subject> = []
        for link in try MessageStore.links(of: reference, in: transaction) where subjects.count < Self.entityLimit {
            subjects.formUnion(URLStore.expressions(of: link.url).map { Subject(kind: .url, value: $0) })
        }
        for file in try MessageStore.attachments(of: reference, in: transaction) where subjects.count < Self.entityLimit
        {
            subjects.insert(Subject(kind: .file, value: file.sha256))
        }
        let day: Int64 = 86_400_000
        let sorted = subjects.sorted { $0.description < $1.description }
        let open = try InvestigationStore.open(
            aboutAny: sorted, since: now() - days * day, limit: Self.relatedLimit, in: transaction)
        for row in open {
            // The playbook as it is now: joining is the site's rule of today.
            guard let playbook = shelf.playbooks.first(where: { $0.name == row.playbook }),
                playbook.joinsOn.contains(kind), row.createdAt >= now() - playbook.joinsWithinDays * day
            else { continue }
            return (row, "its message carries \(row.subject), and '\(playbook.name)' joins on '\(kind.rawValue)'")
        }
        return nil
    }

    private func join(
        _ alert: AlertRow, _ open: InvestigationRow, because reason: String, in transaction: any SQLTransaction
    ) throws(StoreError) {
        var because = "joined it: \(reason), and investigation \(open.number) was \(open.state.rawValue)"
        let isUntouched = open.state == .running && open.nextStep == 0
        if isUntouched {
            because += ", before its first step"
        } else if open.round >= Int64(InvestigationLimits.rounds) {
            because += "; no new look, because \(InvestigationLimits.rounds) are the limit"
        } else {
            try InvestigationStore.beginRound(open.number, at: now(), in: transaction)
            because += "; it looks again (round \(open.round + 1))"
        }
        try AlertStore.assign(alert.number, to: open.number, because: because, in: transaction)
    }
}
