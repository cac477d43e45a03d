// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Inspection
import Records

/// The command `rearguard scan`.
struct Scan: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what Rearguard finds in messages, what it would do, and why.",
        discussion: """
            Each file is one message, looked at exactly as rearguard-milter would; nothing is recorded and nothing \
            changes. For each: the policy that holds, which way the message goes, what the MTA would be told; every link \
            with its place, what becomes of it and why, the wrappers of other vendors around it, and what the verdict \
            index says; attachments with their digests; where mail programs read the message differently.

            Which policy holds depends on the envelope, so say it as the SMTP client would:
              rearguard scan --sender news@shop.example --recipient alice@example.org --client 192.0.2.7 message.eml

            What becomes of a link: rewritten; removed (it loses its target and keeps its text); or left, with the \
            reason: monitor, off, outbound, exempt, image (a picture that the mail program loads by itself), meeting, own \
            (one of ours), internal (a path to a file server of the site's own, between people inside), policy: <part>, \
            attachment, a charset, or why the part must keep its bytes (smime_signed, pgp_signed, signed, encrypted).

            --json prints one JSON object for each file: file, answer, and the record as the message journal has it.

            Exit codes: 0 all looked at, 1 a file cannot be read, 78 configuration or keys not usable.
            """)

    @Argument(help: "Messages, one in each file.", completion: .file()) var files: [String]
    @OptionGroup var site: SiteOptions
    @OptionGroup var envelope: EnvelopeOptions
    @Flag(help: "Print JSON: for programs, every field.") var json = false

    /// What is printed for a file with `--json`.
    private struct Finding: Encodable {
        let file: String
        let answer: String
        let record: MessageRecord
    }

    func run() throws {
        let handler = try site.handler()
        for file in files {
            let message = TriedMessage(bytes: try contents(of: file), envelope: envelope)
            let inspected = message.inspected(by: handler)
            if json {
                let finding = Finding(file: file, answer: inspected.disposition.word, record: inspected.record)
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                print(String(decoding: try encoder.encode(finding), as: UTF8.self))
            } else {
                print(ScanReport(file: file, inspected: inspected).text)
            }
        }
    }
}
