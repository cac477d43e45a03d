// SPDX-License-Identifier: Apache-2.0

import Playbooks
package import Verdicts

/// The alerts that an indicator raises together with what it covers; the same whether ingest or a look-back meets the two.
///
/// The cause names both by number, so it does not matter who comes first, how often, or whether both do: one alert for
/// each indicator, message and user who clicked. A thing that goes on being delivered, or followed past a warning, after
/// its indicator came raises one more alert a day, because what the first was about was dealt with by then.
package enum VerdictAlerts {
    private static let shownLimit = 200
    private static let millisecondsADay: Int64 = 86_400_000

    /// A click that was let through to a URL the indicator covers; answers whether the alert is new.
    ///
    /// Whoever `proceeded` after the indicator came had read its warning.
    package static func raise(
        clickAt: Int64, proceeded: Bool = false, reference: String, recipient: Int64, url: String,
        by indicator: Indicator, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Bool {
        let wasWarned = proceeded && clickAt >= indicator.createdAt
        let cause =
            "\(wasWarned ? "through" : "click") \(indicator.number)/\(reference)/\(recipient)\(day(clickAt, indicator))"
        guard try !AlertStore.isRaised(cause, in: transaction) else { return false }
        let who = try clicker(reference, recipient, in: transaction)
        let deed = wasWarned ? "went on past the warning to" : "followed"
        let alert = NewAlert(
            kind: wasWarned ? .clickThrough : .urlClick,
            severity: indicator.verdict == .malicious ? .high : .medium,
            subject: Subject(kind: .url, value: indicator.pattern),
            title:
                "\(who) \(deed) a link that is \(indicator.verdict.rawValue): \(url.shown(limit: shownLimit))\(told(by: indicator))",
            indicator: indicator.number, reference: reference, cause: cause)
        return try AlertStore.raise(alert, at: at, in: transaction) != nil
    }

    /// Who says so, where that is a feed or a scanner: people of the site know what they said themselves.
    private static func told(by indicator: Indicator) -> String {
        indicator.isPersonal ? "" : " (says \(indicator.source.shown(limit: shownLimit)))"
    }

    /// A delivered message with a URL the indicator covers; answers whether the alert is new.
    package static func raise(
        deliveredURL url: URLRow, reference: String, deliveredAt: Int64, by indicator: Indicator, at: Int64,
        in transaction: any SQLTransaction
    ) throws(StoreError) -> Bool {
        if indicator.verdict == .malicious {
            try CondemnedStore.note(reference, Subject(kind: .url, value: indicator.pattern), in: transaction)
        }
        let day = day(deliveredAt, indicator)
        // All that came before the indicator in the same message is one alert, and so is one link in many messages.
        let first = day.isEmpty ? try MessageStore.first(carryingURL: url.id, in: transaction)?.reference : nil
        let cause = "url \(indicator.number)/" + (day.isEmpty ? "message \(first ?? reference)" : "\(url.id)\(day)")
        guard try !AlertStore.isRaised(cause, in: transaction) else { return false }
        let alert = NewAlert(
            kind: .urlVerdictChange, severity: indicator.verdict == .malicious ? .medium : .low,
            subject: Subject(kind: .url, value: indicator.pattern),
            title:
                "A \(indicator.verdict.rawValue) link was delivered: \(url.url.shown(limit: shownLimit))\(told(by: indicator))",
            indicator: indicator.number, reference: reference, cause: cause)
        return try AlertStore.raise(alert, at: at, in: transaction) != nil
    }

    /// A delivered message with the file the indicator names; answers whether the alert is new.
    package static func raise(
        deliveredFile sha256: String, reference: String, deliveredAt: Int64, by indicator: Indicator, at: Int64,
        in transaction: any SQLTransaction
    ) throws(StoreError) -> Bool {
        if indicator.verdict == .malicious {
            try CondemnedStore.note(reference, Subject(kind: .file, value: sha256), in: transaction)
        }
        let name = try fileName(reference, sha256, in: transaction)
        let day = day(deliveredAt, indicator)
        let alert = NewAlert(
            kind: .fileVerdictChange, severity: indicator.verdict == .malicious ? .high : .medium,
            subject: Subject(kind: .file, value: sha256),
            title: "A \(indicator.verdict.rawValue) attachment was delivered: \(name ?? sha256)\(told(by: indicator))",
            indicator: indicator.number, reference: reference, cause: "file \(indicator.number)/\(sha256)\(day)")
        return try AlertStore.raise(alert, at: at, in: transaction) != nil
    }

    /// Empty for what was delivered before the indicator came, else the day (since 1970, UTC).
    private static func day(_ deliveredAt: Int64, _ indicator: Indicator) -> String {
        deliveredAt < indicator.createdAt ? "" : " day \(deliveredAt / millisecondsADay)"
    }

    static func clicker(
        _ reference: String, _ recipient: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> String {
        let rows = try transaction.query(
            "SELECT address FROM recipients WHERE reference = $1 AND number = $2",
            [.text(reference), .integer(recipient)])
        if let address = try rows.first?.text(0) { return address.shown(limit: shownLimit) }
        let counted = try transaction.query("SELECT COUNT(*) FROM recipients WHERE reference = $1", [.text(reference)])
        let count = try counted.first?.integer(0) ?? 0
        return count > 0 ? "One of \(count) recipients" : "Somebody"
    }

    private static func fileName(
        _ reference: String, _ sha256: String, in transaction: any SQLTransaction
    ) throws(StoreError) -> String? {
        let rows = try transaction.query(
            "SELECT name FROM attachments WHERE reference = $1 AND sha256 = $2 AND name IS NOT NULL ORDER BY number LIMIT 1",
            [.text(reference), .text(sha256)])
        return try rows.first?.text(0).shown(limit: shownLimit)
    }
}
