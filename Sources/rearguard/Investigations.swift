// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Console
import Foundation
import Investigations
import Playbooks
import Store

/// The command `rearguard alert`.
struct Alerts: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alert", abstract: "What deserves an investigation.", subcommands: [List.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List alerts, the newest first.")
        @OptionGroup var list: ListOptions
        @OptionGroup var session: SessionOptions

        func run() throws {
            try session.show(try session.list("/v1/alerts", list, of: AlertRow.self)) { rows in
                var table = Table(["NUMBER", "AT", "KIND", "SEVERITY", "INVESTIGATION", "TITLE"])
                for row in rows {
                    table.add([
                        "\(row.number)", time(row.at), row.kind, row.severity.rawValue,
                        row.investigation.map { "\($0)" }, row.title,
                    ])
                }
                return table.description
            }
        }
    }
}

/// The command `rearguard investigation`.
struct InvestigationCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "investigation", abstract: "Runs of playbooks, with every step's log.",
        subcommands: [
            Queue.self, List.self, Show.self, Graph.self, Export.self, Start.self, Rerun.self, Cancel.self,
        ])

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case url, file, message, sender, recipient
    }

    struct Start: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start an investigation of your own, or join the one that is open about the same.",
            discussion: """
                message    one message (the part of X-Rearguard-Id before the dot)
                sender     all messages of an envelope sender
                recipient  all messages to an address
                url, file  all messages that carry it (a file by its SHA-256)
                """)
        @Argument(help: "What it is about: url, file, message, sender or recipient.") var kind: Kind
        @Argument(help: "Which one.") var value: String
        @Option(help: "Why.") var reason: String
        @OptionGroup var session: SessionOptions

        /// Looks whether it has begun; rearguardd begins within a second.
        private static let looks = 50

        func run() throws {
            let request = StartRequest(actor: actor, kind: kind.rawValue, value: value, reason: reason)
            var alert = try session.ask { try $0.post("/v1/investigations", request, as: AlertRow.self) }
            for _ in 0..<Self.looks where alert.joinedBecause == nil {
                Thread.sleep(forTimeInterval: 0.1)
                alert = try session.ask { try $0.get("/v1/alerts/\(alert.number)", as: AlertRow.self) }
            }
            try session.show(alert) { alert in
                let because = alert.joinedBecause.map { " (\(TerminalText.escaped($0)))" } ?? ""
                guard let investigation = alert.investigation else { return "alert \(alert.number)\(because)" }
                return "investigation \(investigation), alert \(alert.number)\(because)"
            }
        }
    }

    struct Queue: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the open investigations, the most urgent first, with the reasons.",
            discussion: """
                Points for the gravest alert, clicks that reached the target, mailboxes, important recipients \
                (playbooks.important_recipients) and people who reported it.
                """)
        @Option(help: "How many at most (1 to 1000).") var limit = 50
        @OptionGroup var session: SessionOptions

        func validate() throws {
            guard (1...1_000).contains(limit) else {
                throw ValidationError("--limit: expected 1 to 1000, found \(limit)")
            }
        }

        func run() throws {
            let rows = try session.ask { try $0.get("/v1/queue?limit=\(limit)", as: [InvestigationSummary].self) }
            try session.show(rows) { rows in
                var table = Table(["PRIORITY", "NUMBER", "OPENED", "STATE", "SUBJECT", "BECAUSE"], cellLimit: 120)
                for row in rows {
                    table.add([
                        "\(row.priority)", "\(row.number)", time(row.createdAt), row.state.rawValue, row.subject,
                        row.priorityBecause.joined(separator: ", "),
                    ])
                }
                return table.description
            }
        }
    }

    struct Rerun: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let an investigation look again, also one that has ended.")
        @Argument(help: "Its number.") var number: Int64
        @Option(help: "The id of the step to begin with; default: the first.") var from: String?
        @Option(help: "Why, for the audit trail.") var note: String?
        @OptionGroup var session: SessionOptions

        func run() throws {
            let request = RerunRequest(actor: actor, note: note, from: from)
            let answer = try session.ask {
                try $0.post("/v1/investigations/\(number)/rerun", request, as: InvestigationSummary.self)
            }
            try session.show(answer) { "investigation \($0.number), round \($0.round): \($0.state.words)" }
        }
    }

    struct Cancel: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop an investigation and withdraw what it proposes.",
            discussion: "An action that was approved is carried out to its end first.")
        @Argument(help: "Its number.") var number: Int64
        @Option(help: "Why, for the audit trail.") var note: String?
        @OptionGroup var session: SessionOptions

        func run() throws {
            let request = DecisionRequest(actor: actor, note: note)
            let answer = try session.ask {
                try $0.post("/v1/investigations/\(number)/cancel", request, as: InvestigationSummary.self)
            }
            try session.show(answer) { "investigation \($0.number): \($0.state.words)" }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List investigations, the newest first.")
        @OptionGroup var list: ListOptions
        @OptionGroup var session: SessionOptions

        func run() throws {
            let target = "/v1/investigations"
            try session.show(try session.list(target, list, of: InvestigationSummary.self)) { rows in
                var table = Table(["NUMBER", "OPENED", "STATE", "PLAYBOOK", "SUBJECT", "TITLE"])
                for row in rows {
                    table.add([
                        "\(row.number)", time(row.createdAt), row.state.rawValue, row.playbook, row.subject, row.title,
                    ])
                }
                return table.description
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "One investigation as a report: timeline, evidence, recommendations.")
        @Argument(help: "Its number.") var number: Int64
        @OptionGroup var session: SessionOptions

        func run() throws {
            let view = try session.ask { try $0.get("/v1/investigations/\(number)", as: InvestigationView.self) }
            try session.show(view) { InvestigationReport($0).description }
        }
    }
}

/// The command `rearguard audit`.
struct Audit: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Who decided what, the newest first.", subcommands: [])
    @OptionGroup var list: ListOptions
    @OptionGroup var session: SessionOptions

    func run() throws {
        try session.show(try session.list("/v1/audit", list, of: AuditRow.self)) { rows in
            var table = Table(["AT", "WHO", "WHAT", "OBJECT", "DETAIL"])
            for row in rows { table.add([time(row.at), row.actor, row.verb, row.object, row.detail]) }
            return table.description
        }
    }
}
