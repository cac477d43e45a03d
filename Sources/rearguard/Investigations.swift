// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Console
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
        subcommands: [List.self, Show.self])

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
