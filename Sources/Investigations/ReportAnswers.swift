// SPDX-License-Identifier: Apache-2.0

import Playbooks
package import Store

/// What a reporter is told; the raw value is the key of the sentence.
package enum ReportOutcome: String, Hashable, Sendable, CaseIterable {
    /// Dangerous, and moved by us.
    case confirmed
    /// Dangerous, and gone before we came.
    case gone
    case clean
    /// A person decided that it stays.
    case closed
    case undecided
    /// No message like it is known.
    case unknown
    /// Nothing was to be looked into.
    case noted
}

/// A mail to a reporter.
package struct ReportAnswer: Hashable, Sendable {
    package let recipient: String
    package let subject: String
    /// Lines, with line feeds.
    package let text: String
}

/// Tells reporters how what they reported ended, each once.
package struct ReportAnswers: Sendable {
    /// Reports that are looked at in one transaction.
    private static let page = 200
    private let database: any Database
    private let texts: AnswerTexts
    private let now: @Sendable () -> Int64
    private let send: @Sendable (ReportAnswer) async throws -> Void

    /// `send` gives a mail to the MTA.
    package init(
        database: any Database, texts: AnswerTexts, now: @escaping @Sendable () -> Int64,
        send: @escaping @Sendable (ReportAnswer) async throws -> Void
    ) {
        self.database = database
        self.texts = texts
        self.now = now
        self.send = send
    }

    /// Answers every report whose investigation has ended; the first error is thrown at the end.
    ///
    /// Sent first and written then: after a crash in between somebody hears the same twice, and nobody nothing.
    @discardableResult
    package func answerAll() async throws -> Int {
        var (answered, after) = (0, 0 as Int64)
        var failure: (any Error)?
        while failure == nil, !Task.isCancelled {
            let from = after
            let rows = try await database.read { try ReportStore.unanswered(after: from, limit: Self.page, in: $0) }
            for row in rows {
                after = row.number
                guard let outcome = try await database.read({ try Self.outcome(of: row, in: $0) }) else { continue }
                do {
                    try await send(texts.answer(outcome, to: row))
                } catch {
                    failure = error
                    break
                }
                let at = now()
                try await database.write {
                    try ReportStore.setAnswered(row.number, outcome.rawValue, at: at, in: $0)
                }
                answered += 1
            }
            guard rows.count == Self.page else { break }
        }
        if let failure { throw failure }
        return answered
    }

    /// How it ended; nil: it has not yet.
    static func outcome(of report: ReportRow, in transaction: any SQLTransaction) throws(StoreError) -> ReportOutcome? {
        guard let number = report.alert else { return .noted }
        let alert = try AlertStore.row(number, in: transaction)
        guard let investigation = alert.investigation else {
            // No message like it, or no playbook of the site that looks into reports.
            guard alert.joinedBecause != nil else { return nil }
            return report.reference == nil ? .unknown : .noted
        }
        let row = try InvestigationStore.row(investigation, in: transaction)
        switch row.state {
        case .running, .pendingApproval, .remediating: return nil
        case .remediated, .partiallyRemediated:
            let states = try ActionStore.actions(of: investigation, in: transaction).map(\.state)
            return states.contains { $0 == .done || $0 == .partiallyDone } ? .confirmed : .gone
        case .noThreatsFound: return .clean
        case .rejected: return .closed
        case .expired, .partiallyInvestigated, .failed, .cancelled: return .undecided
        }
    }
}
