// SPDX-License-Identifier: Apache-2.0

import Playbooks
package import Store

/// What a user reported, as the one who received the report tells it.
package struct ReportSubmission: Codable, Hashable, Sendable {
    package var reporter: String
    package var opinion: String
    package var form: String
    package var language: String?
    package var isAutomatic: Bool
    /// One for each message the report is about; none when nothing could be read.
    package var originals: [ReportTraces]

    package init(
        reporter: String, opinion: String, form: String, language: String?, isAutomatic: Bool,
        originals: [ReportTraces]
    ) {
        self.reporter = reporter
        self.opinion = opinion
        self.form = form
        self.language = language
        self.isAutomatic = isAutomatic
        self.originals = originals
    }
}

/// Takes users' reports in: finds the messages, keeps the reports, raises alerts.
package enum ReportIntake {
    private static let opinions = ["phishing", "junk", "not_junk"]
    private static let originalLimit = 10

    /// One transaction's work; answers the reports, one for each message.
    ///
    /// What no message is found for is kept all the same, and told to people as an alert that no playbook looks into.
    package static func take(
        _ submission: ReportSubmission, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> [ReportRow] {
        guard opinions.contains(submission.opinion) else {
            throw StoreError(
                .badValue, "opinion: expected one of \(opinions.joined(separator: ", ")), found '\(submission.opinion)'"
            )
        }
        let reporter = submission.reporter.lowercased()
        guard reporter.contains("@"), reporter.utf8.count <= 320, !reporter.contains(where: \.isWhitespace) else {
            throw StoreError(.badValue, "reporter: expected an address, found '\(reporter.prefix(100))'")
        }
        let isOurs = try ReportStore.isOurs(reporter, in: transaction)
        let isAnswered = isOurs && !submission.isAutomatic
        let nothing = ReportTraces(stamp: nil, messageIDs: [], references: [], subject: nil)
        var rows: [ReportRow] = []
        for traces in submission.originals.isEmpty ? [nothing] : Array(submission.originals.prefix(originalLimit)) {
            let found = try ReportStore.find(traces, reporter: reporter, at: at, in: transaction)
            let number = try ReportStore.add(
                ReportStore.New(
                    reporter: reporter, opinion: submission.opinion, form: submission.form, subject: traces.subject,
                    language: submission.language, reference: found?.reference, foundBy: found?.by,
                    // One report, one answer.
                    wantsAnswer: isAnswered && rows.isEmpty), at: at, in: transaction)
            try ReportStore.setAlert(
                try alert(number, found?.reference, traces, submission.opinion, reporter, at, transaction), of: number,
                in: transaction)
            rows.append(try ReportStore.row(number, in: transaction))
        }
        return rows
    }

    private static func alert(
        _ number: Int64, _ reference: String?, _ traces: ReportTraces, _ opinion: String, _ reporter: String,
        _ at: Int64,
        _ transaction: any SQLTransaction
    ) throws(StoreError) -> Int64? {
        // What somebody misses is for people who look at the list; nothing is to be cleaned up.
        guard opinion != "not_junk" else { return nil }
        let subject = traces.subject.map { " '\($0.prefix(100))'" } ?? ""
        let title = "\(reporter) reports\(subject) as \(opinion)"
        guard let reference else {
            return try AlertStore.tell(
                kind: AlertKind.userReport.rawValue, subject: "report \(number)",
                title: "\(title); no delivered message like it is known", severity: .low, cause: "report \(number)",
                at: at,
                in: transaction)
        }
        return try AlertStore.raise(
            NewAlert(
                kind: .userReport, severity: opinion == "phishing" ? .medium : .low,
                subject: Subject(kind: .message, value: reference), title: title, reference: reference,
                cause: "report \(number)"), at: at, in: transaction)
    }
}
