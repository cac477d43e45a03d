// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Console
import Foundation
import Investigations
import Playbooks
import Settings

/// The command `rearguard playbook`.
struct PlaybookCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "playbook", abstract: "For those who write playbooks.", subcommands: [Steps.self, Test.self])

    struct Test: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What a playbook would have found and done about past alerts.",
            discussion: """
                Runs its steps over the store as it is now, writes nothing and asks no mailbox. Alerts of the kinds it starts \
                on are looked at by their subjects, the newest hundred.
                """)
        @Argument(help: "A name in playbooks.directory, or the path of a file.") var playbook: String
        @Option(help: "Days to go back.") var since = 30
        @Flag(help: "With every step of every case.") var steps = false
        @OptionGroup var session: SessionOptions

        func validate() throws {
            guard (1...3_650).contains(since) else {
                throw ValidationError("--since: expected 1 to 3650 days, found \(since)")
            }
        }

        func run() throws {
            let path: String
            if playbook.contains("/") || playbook.hasSuffix(".yaml") {
                path = playbook
            } else {
                do {
                    path = try Configuration.load(path: session.config).playbooks.directory + "/\(playbook).yaml"
                } catch { throw failure("\(error)", code: 78) }
            }
            guard let data = FileManager.default.contents(atPath: path) else {
                throw failure("cannot read \(path)", code: 1)
            }
            let request = TrialRequest(
                text: String(decoding: data, as: UTF8.self), file: path,
                since: Int64(Date().timeIntervalSince1970 * 1_000) - Int64(since) * 86_400_000)
            let trial = try session.ask { try $0.post("/v1/playbook-trials", request, as: PlaybookTrial.self) }
            try session.show(trial, as: text)
        }

        private func text(_ trial: PlaybookTrial) -> String {
            var lines = [
                "\(trial.playbook), version \(trial.version): \(trial.alerts) alerts about \(trial.cases.count) subjects in \(since) days"
            ]
            for item in trial.cases {
                lines += [
                    "",
                    "\(time(item.at) ?? "")  \(TerminalText.escaped(item.subject, limit: 300)) (\(item.alerts) alerts)",
                ]
                if steps {
                    lines += item.steps.map { "    \($0.step): \(TerminalText.escaped($0.summary, limit: 300))" }
                }
                lines += item.would.map { "  would \(TerminalText.escaped($0, limit: 500))" }
            }
            return lines.joined(separator: "\n")
        }
    }

    struct Steps: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print every step a playbook may name, with what it takes and gives.")

        func run() {
            print(StepCatalogue.text, terminator: "")
        }
    }
}
