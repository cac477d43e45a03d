// SPDX-License-Identifier: Apache-2.0

import Bytes
import Mail
import Playbooks
import Records
import URLSyntax
import Verdicts

/// The alerts that the redirector asks for: what users report, and links that crowds open.
///
/// One a day for each link and kind, so that nobody can fill the list by pressing a button.
enum ClickAlerts {
    private static let shownLimit = 200
    private static let millisecondsADay: Int64 = 86_400_000

    /// Answers whether the alert is new.
    static func raise(
        _ record: ClickAlertRecord, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Bool {
        let shown = record.url.shown(limit: shownLimit)
        let (kind, severity, title): (AlertKind, AlertSeverity, String) =
            switch record.kind {
            case .reportedSafe: (.linkReported, .low, "A user says this link is safe: \(shown)")
            case .reportedPhishing: (.linkReported, .medium, "A user says this link is phishing: \(shown)")
            case .overAudience:
                (
                    .linkCrowd, .medium,
                    "A link was opened from \(record.addresses ?? 0) addresses within an hour: \(shown)"
                )
            }
        let day = record.at / millisecondsADay
        let alert = NewAlert(
            kind: kind, severity: severity, subject: subject(record.url), title: title,
            reference: record.reference.description,
            cause: "\(record.kind.rawValue) \(record.reference)/\(record.ordinal) day \(day)")
        return try AlertStore.raise(alert, at: at, in: transaction) != nil
    }

    /// What an alert about the link is about: its host where the whole is longer than any indicator, because senders choose how
    /// long a link is, and what investigations are about stands in an index.
    private static func subject(_ text: String) -> Subject {
        let url = (try? WebURL.parse(Array(text.utf8))).flatMap { CanonicalURL($0) }
        let expression = url?.expression ?? Array(text.utf8)
        let whole = expression.count <= IndicatorPattern.sizeLimit ? expression : (url?.host ?? expression)
        return Subject(kind: .url, value: whole.prefix(IndicatorPattern.sizeLimit).text)
    }

    /// Reasons that are a warning, as the redirector writes them; the others are a question (who is outside, a domain that is
    /// new), which honest links raise every day.
    private static let warnings = [
        "indicator", "no_index", "revoked_key", "ip_literal", "look_alike", "wrapper_depth", "dns_list",
    ]

    /// Somebody read a warning page and went on, and no indicator says anything about the link; answers whether the alert is
    /// new.
    ///
    /// Not for a machine that presses buttons, nor in an exercise of the site's own.
    static func raise(
        past click: ClickRecord, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Bool {
        let grave = (click.reasons ?? []).filter { reason in warnings.contains { reason.hasPrefix($0) } }
        guard click.outcome == .proceeded, !grave.isEmpty,
            ["human", "unknown"].contains(click.clicker ?? "unknown")
        else { return false }
        let reference = click.reference.description
        let who = try VerdictAlerts.clicker(reference, Int64(click.recipient), in: transaction)
        let because = grave.joined(separator: ", ").shown(limit: shownLimit)
        let alert = NewAlert(
            kind: .clickThrough, severity: .medium,
            subject: subject(click.url),
            title: "\(who) went on past the warning (\(because)) to \(click.url.shown(limit: shownLimit))",
            reference: reference,
            cause: "through \(reference)/\(click.ordinal)/\(click.recipient) day \(click.at / millisecondsADay)")
        return try AlertStore.raise(alert, at: at, in: transaction) != nil
    }
}

extension IngestWork {
    mutating func take(_ record: ClickAlertRecord) throws(StoreError) {
        if try ClickAlerts.raise(record, at: at, in: transaction) {
            report.kept += 1
            report.alerts += 1
        } else {
            report.repeated += 1
        }
    }
}
