// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Console
import Foundation
import Investigations
import Store

/// The command `rearguard message`.
struct Messages: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "message", abstract: "Messages as they passed the milter.", subcommands: [List.self, Show.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List messages, the newest first.")
        @OptionGroup var list: ListOptions
        @OptionGroup var session: SessionOptions

        func run() throws {
            try session.show(try session.list("/v1/messages", list, of: MessageRow.self)) { rows in
                var table = Table(["MESSAGE", "AT", "QUEUE ID", "SENDER", "RECIPIENTS", "LINKS", "SUBJECT"])
                for row in rows {
                    table.add([
                        row.reference, time(row.at), row.queueID, row.sender.isEmpty ? "<>" : row.sender,
                        row.recipients.joined(separator: " "), row.rewriting, row.subject,
                    ])
                }
                return table.description
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "One message: who received it, what it carried, who clicked.")
        @Argument(help: "The part of X-Rearguard-Id before the dot.") var reference: String
        @OptionGroup var session: SessionOptions

        func run() throws {
            let name = reference.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            let view = try session.ask { try $0.get("/v1/messages/\(name)", as: MessageView.self) }
            try session.show(view, as: text)
        }

        private func text(_ view: MessageView) -> String {
            let message = view.message
            // One message alone: its URLs in full, to be copied into `indicator add`.
            var table = Table(["FIELD", "VALUE"], cellLimit: .max)
            table.add(["message", message.reference])
            table.add(["at", time(message.at)])
            table.add(["queue id", message.queueID])
            table.add(["sender", message.sender.isEmpty ? "<>" : message.sender])
            for recipient in message.recipients { table.add(["recipient", recipient]) }
            table.add(["author", message.author])
            table.add(["subject", message.subject])
            table.add(["links", [message.rewriting, message.reason].compactMap(\.self).joined(separator: ": ")])
            for link in view.links {
                table.add([link.rewritten ? "link \(link.ordinal)" : "link \(link.ordinal) (left)", link.url])
            }
            for attachment in view.attachments {
                let inside = attachment.parent.map { " in \($0)" } ?? ""
                table.add([
                    "attachment \(attachment.number)\(inside)",
                    "\(attachment.name ?? "(no name)"), \(attachment.size) bytes",
                ])
                table.add(["  sha256", attachment.sha256])
                if let type = attachment.type { table.add(["  type", "\(type), declared \(attachment.mediaType)"]) }
                for reason in attachment.mismatch { table.add(["  mismatch", reason]) }
                if let name = attachment.safeName { table.add(["  safe name", name]) }
                if attachment.isEncrypted { table.add(["  encrypted", "yes"]) }
                if let bound = attachment.unscannable { table.add(["  unscannable", bound]) }
                for finding in attachment.findings { table.add(["  found", finding]) }
            }
            for click in view.clicks { table.add(["click \(time(click.at) ?? "")", "\(click.outcome) \(click.url)"]) }
            return table.description
        }
    }
}

/// The command `rearguard status`.
struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "How rearguardd is doing; exit code 1 when something is wrong.")
    @OptionGroup var session: SessionOptions

    func run() throws {
        let view = try session.ask { try $0.get("/v1/status", as: StatusView.self) }
        try session.show(view, as: text)
        if !view.problems.isEmpty { throw ExitCode.failure }
    }

    private func text(_ view: StatusView) -> String {
        var lines = view.journals.map { "journal \($0.name): taken in up to \($0.segment):\($0.position)" }
        lines.append("alerts waiting: \(view.alertsWaiting)")
        lines.append("actions pending approval: \(view.actionsPendingApproval), waiting: \(view.actionsWaiting)")
        if let rejected = view.lastRejected {
            lines.append(
                "last record that could not be read: \(rejected.journal), \(TerminalText.escaped(rejected.reason))")
        }
        for (part, problem) in view.problems.sorted(by: { $0.key < $1.key }) {
            lines.append("PROBLEM in \(part): \(TerminalText.escaped(problem))")
        }
        return lines.joined(separator: "\n")
    }
}
