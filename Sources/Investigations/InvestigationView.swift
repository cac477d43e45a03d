// SPDX-License-Identifier: Apache-2.0

package import Playbooks
package import Store

/// An investigation in a list.
package struct InvestigationSummary: Codable, Hashable, Sendable {
    package let number: Int64
    package let playbook: String
    package let version: Int64
    package let title: String
    package let subject: String
    package let state: InvestigationState
    /// Why it stands as it does.
    package let conclusion: String?
    package let round: Int64
    package let createdAt: Int64
    package let updatedAt: Int64
    package let priority: Int64
    package let priorityBecause: [String]

    package init(_ row: InvestigationRow) {
        number = row.number
        playbook = row.playbook
        version = row.version
        title = row.title
        subject = row.subject
        state = row.state
        conclusion = row.conclusion
        round = row.round
        createdAt = row.createdAt
        updatedAt = row.updatedAt
        priority = row.priority
        priorityBecause = row.priorityBecause
    }

    /// The open ones, the most urgent first.
    package static func queue(
        limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [InvestigationSummary] {
        try InvestigationStore.queue(limit: limit, in: transaction).map(InvestigationSummary.init)
    }

    /// The newest first.
    package static func list(
        state: InvestigationState? = nil, before: Int64 = .max, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [InvestigationSummary] {
        try InvestigationStore.list(state: state, before: before, limit: limit, in: transaction)
            .map(InvestigationSummary.init)
    }
}

/// An action with its mailboxes.
package struct ActionView: Codable, Hashable, Sendable {
    package let action: ActionRow
    package let targets: [TargetRow]

    package static func of(_ number: Int64, in transaction: any SQLTransaction) throws(StoreError) -> ActionView {
        ActionView(
            action: try ActionStore.row(number, in: transaction),
            targets: try ActionStore.targets(of: number, in: transaction))
    }
}

/// Everything about one investigation, for `--json`, the API and the report.
package struct InvestigationView: Codable, Hashable, Sendable {
    /// One line of the log with its JSON as JSON.
    package struct Step: Codable, Hashable, Sendable {
        package let number: Int64
        package let round: Int64
        package let step: String
        package let kind: String
        package let startedAt: Int64
        package let finishedAt: Int64
        package let outcome: StepRow.Outcome
        package let summary: String
        package let input: JSONValue
        package let output: JSONValue

        init(_ row: StepRow) {
            number = row.number
            round = row.round
            step = row.step
            kind = row.kind
            startedAt = row.startedAt
            finishedAt = row.finishedAt
            outcome = row.outcome
            summary = row.summary
            input = JSONValue(json: row.input) ?? .null
            output = JSONValue(json: row.output) ?? .null
        }
    }

    package let summary: InvestigationSummary
    package let alerts: [AlertRow]
    /// Of rounds before the last two without their data: the report needs the newest, which may have only begun.
    package let steps: [Step]
    package let actions: [ActionView]

    /// The investigation of that number; `notFound` when there is none.
    package static func of(_ number: Int64, in transaction: any SQLTransaction) throws(StoreError) -> InvestigationView
    {
        let row = try InvestigationStore.row(number, in: transaction)
        var actions: [ActionView] = []
        for action in try ActionStore.actions(of: number, in: transaction) {
            actions.append(
                ActionView(action: action, targets: try ActionStore.targets(of: action.number, in: transaction)))
        }
        return InvestigationView(
            summary: InvestigationSummary(row),
            alerts: try AlertStore.alerts(of: number, limit: InvestigationLimits.alerts, in: transaction),
            steps: try InvestigationStore.steps(of: number, dataFrom: row.round - 1, in: transaction).map(Step.init),
            actions: actions)
    }
}
