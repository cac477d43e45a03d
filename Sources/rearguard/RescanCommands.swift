// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Console
import Foundation
import Investigations
import Store

/// The command `rearguard rescan`.
struct RescanCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rescan", abstract: "Retained attachments judged again, by signatures that came later.",
        subcommands: [Status.self, List.self, Start.self, Cancel.self])

    struct Status: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What is judged again now, how long it will take, and what was judged last.",
            discussion: """
                DONE OF are objects; CANDIDATES of them can be hits, as far as the index over retained objects knows; READ \
                are candidates whose bytes were looked at. A rescan by rules without a usable literal takes nearly all \
                objects for candidates.
                """)
        @OptionGroup var session: SessionOptions

        func run() throws {
            let status = try session.ask { try $0.get("/v1/rescan-status", as: RescanStatus.self) }
            try session.show(status) { status in
                var lines = status.engines.map { engine in
                    let parts = engine.parts > 0 ? ", \(engine.parts) rules" : ""
                    return "engine \(engine.name)\(parts), since \(time(engine.since) ?? ""): "
                        + TerminalText.escaped(engine.version)
                }
                if status.engines.isEmpty { lines.append("no engine is configured (signatures)") }
                lines.append("new objects waiting: \(status.arrivals)")
                if let index = status.index {
                    let percent = status.kept > 0 ? min(100, 100 * Int64(index.objects) / status.kept) : 100
                    lines.append(
                        "index: \(index.objects) of \(status.kept) objects (\(percent) %), \(index.size) bytes")
                }
                let rescans = status.running + status.ended
                if !rescans.isEmpty { lines.append(RescanCommands.table(rescans)) }
                return lines.joined(separator: "\n")
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List rescans, the newest first.")
        @OptionGroup var list: ListOptions
        @OptionGroup var session: SessionOptions

        func run() throws {
            try session.show(try session.list("/v1/rescans", list, of: RescanView.self), as: RescanCommands.table)
        }
    }

    struct Start: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Judge everything that is kept again, by all signatures of one engine.",
            discussion:
                "Not needed after a change of signatures: rearguardd sees that by itself, and asks the change only.")
        @Argument(help: "yara or clamd.") var engine: String
        @Option(help: "Why, for the audit trail.") var reason: String?
        @OptionGroup var session: SessionOptions

        func run() throws {
            let request = RescanRequest(engine: engine, actor: actor, reason: reason)
            let view = try session.ask { try $0.post("/v1/rescans", request, as: RescanView.self) }
            try session.show(view) { "rescan \($0.rescan.number) began: \($0.rescan.total) objects" }
        }
    }

    struct Cancel: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a rescan; what it found stays.")
        @Argument(help: "Its number.") var number: Int64
        @Option(help: "Why, for the audit trail.") var note: String?
        @OptionGroup var session: SessionOptions

        func run() throws {
            let request = DecisionRequest(actor: actor, note: note)
            let view = try session.ask { try $0.post("/v1/rescans/\(number)/cancel", request, as: RescanView.self) }
            try session.show(view) { "rescan \($0.rescan.number): \($0.rescan.state.rawValue)" }
        }
    }

    private static func table(_ views: [RescanView]) -> String {
        var table = Table([
            "NUMBER", "ENGINE", "STATE", "BEGAN", "DONE", "OF", "CANDIDATES", "READ", "HITS", "TAKEN BACK", "FAILED",
            "LEFT", "REASON",
        ])
        for view in views {
            let row = view.rescan
            table.add([
                "\(row.number)", row.engine, row.state.rawValue, time(row.createdAt), "\(row.done)", "\(row.total)",
                "\(row.candidates)", "\(row.read)", "\(row.hits)", "\(row.withdrawn)", "\(row.failed)",
                view.secondsLeft.map { "\($0) s" },
                row.problem.map { "\(row.reason) (\($0))" } ?? row.reason,
            ])
        }
        return table.description
    }
}
