// SPDX-License-Identifier: Apache-2.0

package import Playbooks
import Store

/// An investigation as a person reads it, in a terminal: what happened, what was found, what is recommended.
///
/// Pure: the CLI gets the view from the API and prints this. Whatever came with mail goes through `TerminalText`.
package struct InvestigationReport: CustomStringConvertible {
    /// Lines of one list of evidence, and of mailboxes; the JSON has them all.
    private static let listLimit = 50

    private let view: InvestigationView
    private var lines: [String] = []

    package init(_ view: InvestigationView) {
        self.view = view
        head()
        alerts()
        log()
        evidence()
        for action in view.actions { self.action(action) }
    }

    package var description: String { lines.joined(separator: "\n") + "\n" }

    private mutating func head() {
        let summary = view.summary
        lines = [
            "Investigation \(summary.number): \(safe(summary.title))",
            "  subject    \(safe(summary.subject))",
            "  state      \(summary.state.words)\(summary.conclusion.map { ": \(safe($0))" } ?? "")",
            "  priority   \(summary.priority)\(summary.priorityBecause.isEmpty ? "" : ": \(safe(summary.priorityBecause.joined(separator: ", ")))")",
            "  playbook   \(safe(summary.playbook)), version \(summary.version)",
            "  opened     \(Moment(summary.createdAt)), last change \(Moment(summary.updatedAt))",
        ]
    }

    private mutating func alerts() {
        section("Alerts")
        list(view.alerts) { alert in
            let because = alert.joinedBecause.map { "\n      \(safe($0))" } ?? ""
            return
                "\(Moment(alert.at))  alert \(alert.number), \(alert.severity.rawValue), \(safe(alert.kind)): \(safe(alert.title))"
                + because
        }
    }

    private mutating func log() {
        section("Log")
        var round: Int64 = 1
        for step in view.steps {
            if step.round != round {
                round = step.round
                lines.append("  Round \(round): looked again, because an alert joined")
            }
            lines.append("  \(step.number). \(Moment(step.finishedAt))  \(safe(step.step)): \(safe(step.summary))")
        }
        if view.steps.isEmpty { lines.append("  nothing yet") }
    }

    // MARK: Evidence

    private mutating func evidence() {
        let last = view.steps.last?.round
        let steps = view.steps.filter { $0.round == last && $0.outcome == .done }
        // Of several lists of messages the longest says it all.
        let messages = steps.compactMap { $0.output["messages"]?.elements }.max { $0.count < $1.count } ?? []
        if !messages.isEmpty {
            section("Messages (\(messages.count))")
            list(messages, Self.message)
        }
        let recipients = steps.compactMap { $0.output["recipients"]?.elements }.last ?? []
        if !recipients.isEmpty {
            section("Recipients (\(recipients.count))")
            list(recipients) {
                "\(safe($0["address"]))  \(count(Int($0["messages"]?.integer ?? 0), "message", "messages"))"
            }
        }
        let clicks = steps.compactMap { $0.output["clicks"]?.elements }.last ?? []
        if !clicks.isEmpty {
            section("Clicks (\(clicks.count))")
            list(clicks, Self.click)
        }
        let clusters = steps.compactMap { $0.output["clusters"]?.elements }.last ?? []
        if !clusters.isEmpty {
            section("Mail like it (\(clusters.count))")
            list(clusters, Self.cluster)
        }
    }

    private static func cluster(_ cluster: JSONValue) -> String {
        """
        \(safe(cluster["verdict"])): \(count(Int(cluster["count"]?.integer ?? 0), "message", "messages")) \
        \(safe(cluster["query"])), \(cluster["malicious"]?.integer ?? 0) with something malicious
        """
    }

    private static func message(_ message: JSONValue) -> String {
        """
        \(moment(message["at"]))  \(safe(message["reference"]))  from <\(safe(message["sender"]))> \
        to \(count(message["recipients"]?.elements?.count ?? 0, "recipient", "recipients")), queue ID \
        \(safe(message["queue_id"]))
              subject: \(safe(message["subject"]))
        """
    }

    private static func click(_ click: JSONValue) -> String {
        let number = Int(click["recipients"]?.integer ?? 0)
        let who = click["recipient"]?.string.map { safe($0) } ?? "one of \(count(number, "recipient", "recipients"))"
        return """
            \(moment(click["at"]))  \(who), from \(safe(click["client"])): \(safe(click["outcome"]))
                  \(safe(click["url"]))
            """
    }

    // MARK: Actions

    private mutating func action(_ view: ActionView) {
        let action = view.action
        section("Action \(action.number): \(action.kind.words)")
        lines.append("  state      \(action.state.words)\(action.detail.map { ": \(safe($0))" } ?? "")")
        lines.append("  reason     \(safe(action.reason, limit: PlaybookLimits.reason))")
        if let at = action.decidedAt, let actor = action.decidedBy {
            let note = action.note.map { ": \(safe($0))" } ?? ""
            let first = action.approvals > 1 ? action.firstBy.map { "\(safe($0)) and " } ?? "" : ""
            lines.append("  decided    \(Moment(at)) by \(first)\(safe(actor))\(note)")
        }
        if let next = action.nextAttemptAt {
            lines.append("  attempts   \(action.attempts), the next one at \(Moment(next))")
        }
        if action.state == .pendingApproval {
            if action.approvals > 1 {
                let first = action.firstBy.map { "; \(safe($0)) agreed" } ?? ""
                lines.append("  people     \(action.approvals) must agree\(first)")
            }
            if let expiry = action.expiresAt { lines.append("  expires    \(Moment(expiry))") }
            lines.append(
                "  decide     rearguard action approve \(action.number) | rearguard action reject \(action.number)")
        }
        list(view.targets) { target in
            "\(safe(target.mailbox))  \(safe(target.reference))  \(target.state.words)\(target.detail.map { ": \(safe($0))" } ?? "")"
        }
    }

    // MARK: Lines

    private mutating func section(_ title: String) {
        lines += ["", title]
    }

    private mutating func list<Element>(_ elements: [Element], _ line: (Element) -> String) {
        lines += elements.prefix(Self.listLimit).map { "    \(line($0))" }
        if elements.count > Self.listLimit { lines.append("    and \(elements.count - Self.listLimit) more") }
    }
}

private func safe(_ text: String, limit: Int = 300) -> String { TerminalText.escaped(text, limit: limit) }

private func safe(_ value: JSONValue?) -> String { value?.string.map { safe($0) } ?? "-" }

private func moment(_ value: JSONValue?) -> String { value?.integer.map { "\(Moment($0))" } ?? "-" }

// MARK: - States in words

extension InvestigationState {
    /// The state in words.
    package var words: String {
        switch self {
        case .running: "running"
        case .pendingApproval: "waiting for approval"
        case .remediating: "remediating"
        case .remediated: "remediated"
        case .partiallyRemediated: "partially remediated"
        case .rejected: "closed, actions rejected"
        case .expired: "closed, nobody decided in time"
        case .noThreatsFound: "closed, no threats found"
        case .partiallyInvestigated: "closed, partially investigated"
        case .failed: "failed"
        case .cancelled: "closed, stopped by a person"
        }
    }
}

extension ActionState {
    /// The state in words.
    package var words: String {
        switch self {
        case .pendingApproval: "waiting for approval"
        case .approved: "approved"
        case .rejected: "rejected"
        case .cancelled: "withdrawn"
        case .expired: "expired, nobody decided in time"
        case .overtaken: "done by somebody else"
        case .running: "running"
        case .waiting: "waiting for a mailbox server"
        case .done: "done"
        case .partiallyDone: "partially done"
        case .failed: "failed"
        }
    }
}

extension TargetState {
    /// The state in words.
    package var words: String {
        switch self {
        case .pending: "to do"
        case .moving: "being moved"
        case .waiting: "waiting"
        case .done: "done"
        case .alreadyThere: "already there"
        case .notFound: "not found"
        case .failed: "failed"
        }
    }
}
