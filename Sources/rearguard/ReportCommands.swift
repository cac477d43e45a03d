// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Console
import Foundation
import Investigations
import LinkTokens
import Reports
import Settings
import Store

/// The command `rearguard report`.
struct ReportCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "What users report about messages they received.",
        subcommands: [List.self, Take.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List users' reports, the newest first.")
        @OptionGroup var list: ListOptions
        @OptionGroup var session: SessionOptions

        func run() throws {
            try session.show(try session.list("/v1/reports", list, of: ReportRow.self)) { rows in
                var table = Table([
                    "NUMBER", "AT", "REPORTER", "OPINION", "MESSAGE", "FOUND BY", "ALERT", "ANSWER", "SUBJECT",
                ])
                for row in rows {
                    table.add([
                        "\(row.number)", time(row.at), row.reporter, row.opinion, row.reference, row.foundBy,
                        row.alert.map { "\($0)" }, row.answer, row.subject,
                    ])
                }
                return table.description
            }
        }
    }

    struct Take: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take in a report that came as a mail.",
            discussion: """
                For an MTA that gives mail to a report address to a command. Postfix, master.cf and transport:

                  rearguard-report unix - n n - 2 pipe
                    flags=q user=rearguard null_sender= argv=/usr/local/bin/rearguard report take --sender ${sender} -
                  phishing@example.org  rearguard-report:

                The original may be attached, stand in an ARF report (RFC 5965), or be forwarded in the text. A subject that \
                begins with 1| or Junk:, 2| or Not junk:, 3| or Phishing: says what the reporter thinks; without, it is \
                phishing.

                Exit codes: 0 taken in, 65 not a mail that can be read, 75 rearguardd does not answer: the MTA tries again.
                """)

        @Argument(help: "The mail; - is standard input.") var file = "-"
        @Option(help: "The envelope sender; default: the address in From.") var sender: String?
        @OptionGroup var session: SessionOptions

        func run() throws {
            guard let handle = file == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: file) else {
                throw failure("no mail to read", code: 65)
            }
            // From a pipe it comes in pieces; what is beyond the limit is not looked at.
            var data = Data()
            while data.count < ReportLimits.size, let piece = try handle.read(upToCount: 1 << 16), !piece.isEmpty {
                data.append(piece)
            }
            guard !data.isEmpty else { throw failure("no mail to read", code: 65) }
            let settings: Configuration
            do {
                settings = try Configuration.load(path: session.config)
            } catch { throw failure("\(error)", code: 75) }
            let report: UserReport
            do {
                report = try ReportReader(
                    clickURL: settings.click.url, keys: try? KeyRing.load(path: settings.keys.file)
                ).read(Array(data))
            } catch { throw failure("not a mail that can be read: \(error)", code: 65) }
            try send(report)
        }

        private func send(_ report: UserReport) throws {
            let envelope = sender.flatMap { $0.contains("@") ? $0 : nil }
            guard let reporter = envelope ?? report.reporter else { throw failure("nobody says who reports", code: 65) }
            let submission = ReportSubmission(
                reporter: reporter, opinion: report.opinion.rawValue, form: report.form.rawValue,
                // A null sender is a machine's (RFC 3834).
                language: report.language, isAutomatic: report.isAutomatic || (sender != nil && envelope == nil),
                originals: report.originals.map {
                    ReportTraces(
                        stamp: $0.stamp, messageIDs: $0.messageIDs, references: $0.references, subject: $0.subject)
                })
            let rows: [ReportRow]
            do {
                rows = try session.ask { try $0.post("/v1/reports", submission, as: [ReportRow].self) }
            } catch is ExitCode {
                // Whatever it was, the report is not lost: the MTA keeps it and tries again.
                throw ExitCode(75)
            }
            try session.show(rows) { rows in
                rows.map { row in
                    let found =
                        row.reference.map { "message \($0), found by \(row.foundBy ?? "")" }
                        ?? "no message that we know"
                    return "report \(row.number): \(found)\(row.alert.map { ", alert \($0)" } ?? "")"
                }.joined(separator: "\n")
            }
        }
    }
}
