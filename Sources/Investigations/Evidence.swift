// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Store

/// Runs one step of the catalogue: reads the store in one transaction, answers what it found and a sentence about it.
struct Evidence: Sendable {
    let investigation: Int64
    let subject: Subject
    let at: Int64
    let input: [String: JSONValue]
    var site = SiteRules()

    /// The input as the log shows it: lists of messages by their references only, which are enough to repeat the step.
    var loggedInput: JSONValue {
        var members = input.mapValues { value -> JSONValue in
            guard let elements = value.elements else { return value }
            return .list(elements.map { $0["reference"] ?? $0 })
        }
        members["subject"] = .text(subject.description)
        return .object(members)
    }

    /// Runs the step.
    func gather(_ step: CatalogueStep, in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
        switch step {
        case .subjectVerdict: try verdict(in: transaction)
        case .messageVerdicts: try messageVerdicts(in: transaction)
        case .alertMessages: try alertMessages(in: transaction)
        case .messages: try allMessages(in: transaction)
        case .condemnedMessages: try condemnedMessages(in: transaction)
        case .leftBehind: try leftBehind(in: transaction)
        case .similarMessages: try similarMessages(in: transaction)
        case .similarFiles: try similarFiles(in: transaction)
        case .userReports: try userReports(in: transaction)
        case .messageDetails: try messageDetails(in: transaction)
        case .senderHistory: try senderHistory(in: transaction)
        case .clusters: try clusters(in: transaction)
        case .replies: try replies(in: transaction)
        case .recipients: recipients()
        case .clicks: try clicks(in: transaction)
        }
    }

    /// What a step found, in a sentence, and what it says about single things.
    func note(
        _ output: [String: JSONValue], _ summary: String, says contributions: [Contribution] = []
    ) -> StepNote {
        guard !contributions.isEmpty else { return StepNote(.null, .object(output), summary) }
        let more = [Contribution.key: Contribution.json(contributions)]
        return StepNote(.null, .object(output.merging(more) { first, _ in first }), summary)
    }

    /// A number of the step's input, or what holds without it.
    func number(_ name: String, default value: Int) -> Int { input[name]?.integer.map { Int($0) } ?? value }
}
