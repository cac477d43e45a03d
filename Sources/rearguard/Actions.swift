// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Console
import Foundation
import Investigations
import Playbooks
import Store

/// The command `rearguard action`.
struct Actions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "action", abstract: "What investigations recommend, and what became of it.",
        subcommands: [List.self, Show.self, Propose.self, Preview.self, Approve.self, Reject.self, Undo.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List actions, the newest first.")
        @OptionGroup var list: ListOptions
        @OptionGroup var session: SessionOptions

        func run() throws {
            try session.show(try session.list("/v1/actions", list, of: ActionRow.self)) { rows in
                var table = Table(["NUMBER", "PROPOSED", "KIND", "STATE", "INVESTIGATION", "BY", "DETAIL", "REASON"])
                for row in rows {
                    table.add([
                        "\(row.number)", time(row.proposedAt), row.kind.rawValue, row.state.rawValue,
                        row.investigation.map { "\($0)" }, row.decidedBy, row.detail, row.reason,
                    ])
                }
                return table.description
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One action with the result of each mailbox.")
        @Argument(help: "Its number.") var number: Int64
        @OptionGroup var session: SessionOptions

        func run() throws {
            let view = try session.ask { try $0.get("/v1/actions/\(number)", as: ActionView.self) }
            try session.show(view) { view in
                var table = Table(["MAILBOX", "MESSAGE", "STATE", "FOLDER", "ATTEMPTS", "DETAIL"])
                for target in view.targets {
                    table.add([
                        target.mailbox, target.reference, target.state.rawValue, target.folder, "\(target.attempts)",
                        target.detail,
                    ])
                }
                return "\(sentence(view.action))\n\(table)"
            }
        }
    }

    struct Propose: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Propose an action on messages; it waits for approval like any other action.",
            discussion: """
                Of playbooks.second_person_from copies on, it needs a second person. The actions: \
                \(ActionKind.recommendable.map(\.rawValue).joined(separator: ", ")). What is deleted for good \
                (hard_delete_messages) cannot be undone.
                """)
        @Argument(help: "The messages (of each the part of X-Rearguard-Id before the dot).") var messages: [String]
        @Option(help: "Why.") var reason: String
        @Option(help: "What to do with them.") var action = ActionKind.quarantineMessages.rawValue
        @OptionGroup var session: SessionOptions

        func run() throws {
            let request = ProposalRequest(actor: actor, action: action, messages: messages, reason: reason)
            let action = try session.ask { try $0.post("/v1/actions", request, as: ActionRow.self) }
            try session.show(action, as: sentence)
        }
    }

    struct Preview: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What an action would do now, mailbox by mailbox; changes nothing.",
            discussion: "Looks into every mailbox for the messages (the first 1000 copies of them).")
        @Argument(help: "Its number.") var number: Int64
        @OptionGroup var session: SessionOptions

        func run() throws {
            let preview = try session.ask { try $0.get("/v1/actions/\(number)/preview", as: ActionPreview.self) }
            try session.show(preview) { preview in
                var table = Table(["MAILBOX", "MESSAGE", "FOLDER", "WOULD"])
                for copy in preview.copies { table.add([copy.mailbox, copy.reference, copy.folder, copy.would]) }
                let more = preview.left > 0 ? "\nand \(preview.left) copies that were not looked for" : ""
                return "\(sentence(preview.action))\n\(table)\(more)"
            }
        }
    }

    struct Undo: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put back all that an action moved and that nobody put back since, as one action.")
        @Argument(help: "Its number.") var number: Int64
        @Option(help: "Why, for the audit trail.") var note: String?
        @OptionGroup var session: SessionOptions

        func run() throws {
            try decide("/v1/actions/\(number)/undo", note, session)
        }
    }

    struct Approve: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let an action go; it starts at once.",
            discussion: "Where its playbook asks for two people, the second approval starts it.")
        @Argument(help: "Its number.") var number: Int64
        @Option(help: "Why, for the audit trail.") var note: String?
        @OptionGroup var session: SessionOptions

        func run() throws {
            try decide("/v1/actions/\(number)/approve", note, session)
        }
    }

    struct Reject: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Refuse an action; its investigation ends.")
        @Argument(help: "Its number.") var number: Int64
        @Option(help: "Why, for the audit trail.") var note: String?
        @OptionGroup var session: SessionOptions

        func run() throws {
            try decide("/v1/actions/\(number)/reject", note, session)
        }
    }
}

/// The command `rearguard quarantine`.
struct QuarantineCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine", abstract: "Messages taken out of mailboxes, and their way back.",
        subcommands: [List.self, Release.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List what lies in quarantine, the newest first.")
        @Flag(help: "With those that were released.") var released = false
        @OptionGroup var list: ListOptions
        @OptionGroup var session: SessionOptions

        func run() throws {
            let target = "/v1/quarantine?released=\(released)"
            try session.show(try session.list(target, list, of: QuarantinedRow.self)) { rows in
                var table = Table(["NUMBER", "MOVED", "MAILBOX", "FROM FOLDER", "MESSAGE", "ACTION", "RELEASED", "BY"])
                for row in rows {
                    table.add([
                        "\(row.number)", time(row.movedAt), row.mailbox, row.folder, row.reference, "\(row.action)",
                        time(row.releasedAt), row.releasedBy,
                    ])
                }
                return table.description
            }
        }
    }

    struct Release: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a message back where it was, with its flags; an action of its own.")
        @Argument(help: "Its number in `quarantine list`.") var number: Int64?
        @Option(help: "All that carry the file with this SHA-256, instead of one.") var file: String?
        @Option(help: "Why, for the audit trail.") var note: String?
        @OptionGroup var session: SessionOptions

        func run() throws {
            if let number { return try decide("/v1/quarantine/\(number)/release", note, session) }
            let name = (file ?? "").addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            let rows = try session.ask { try $0.get("/v1/objects/\(name)/quarantined", as: [QuarantinedRow].self) }
            for row in rows { try decide("/v1/quarantine/\(row.number)/release", note, session) }
            if rows.isEmpty, !session.json { print("nothing in quarantine carries it") }
        }

        func validate() throws {
            guard (number == nil) != (file == nil) else { throw ValidationError("expected either a number or --file") }
        }
    }
}

private func decide(_ target: String, _ note: String?, _ session: SessionOptions) throws {
    let request = DecisionRequest(actor: actor, note: note)
    let action = try session.ask { try $0.post(target, request, as: ActionRow.self) }
    try session.show(action, as: sentence)
}

private func sentence(_ action: ActionRow) -> String {
    let detail = action.detail.map { " (\(TerminalText.escaped($0)))" } ?? ""
    return "action \(action.number), \(action.kind.rawValue): \(action.state.rawValue)\(detail)"
}
