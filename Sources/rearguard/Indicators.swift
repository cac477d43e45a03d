// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Console
import Foundation
import Investigations
import Store
import Verdicts

extension Indicator.Kind: ExpressibleByArgument {}

/// What a person may say; nobody needs an indicator that says "unknown".
extension Verdict: ExpressibleByArgument {
    package static var allValueStrings: [String] { [Verdict.malicious, .suspicious, .clean].map(\.rawValue) }

    package init?(argument: String) {
        guard Self.allValueStrings.contains(argument) else { return nil }
        self.init(rawValue: argument)
    }
}

/// The command `rearguard indicator`.
struct Indicators: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "indicator", abstract: "What is said about URLs, domains and files.",
        subcommands: [Add.self, List.self, Remove.self, Import.self, Export.self, Why.self])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Call a URL, a domain or a file bad (or good); in force when the command returns.",
            discussion: """
                url     one page with any query unless one is given; a path that ends in / covers all below it
                domain  a host and all below it
                file    the SHA-256 of an attachment, 64 hexadecimal digits; or its SHA-1 or MD5, 40 or 32 digits, by which \
                files are found once they are delivered, and not held before

                Old deliveries and clicks are judged by it, too, and raise alerts. Values may be defanged \
                (hxxps://evil[.]example/).
                """)

        @Argument(help: "What the value is.") var kind: Indicator.Kind
        @Argument(help: "The URL, the domain, or the SHA-256.") var value: String
        @Option(help: "What it is.") var verdict: Verdict
        @Option(help: "Why, for those who read it later.") var reason: String?
        @Option(help: "Days after which it no longer holds.") var days: Int?
        @Flag(help: "Also when it covers all names below a public suffix, such as a whole top-level domain.")
        var publicSuffix = false
        @OptionGroup var session: SessionOptions

        func validate() throws {
            if let days, !(1...36_500).contains(days) {
                throw ValidationError("--days: expected 1 to 36500, found \(days)")
            }
        }

        func run() throws {
            let now = Int64(Date().timeIntervalSince1970 * 1_000)
            let request = IndicatorRequest(
                kind: kind, value: value, verdict: verdict, reason: reason,
                expiresAt: days.map { now + Int64($0) * 86_400_000 }, actor: actor, coversSuffix: publicSuffix)
            let answer = try session.ask { try $0.post("/v1/indicators", request, as: IndicatorAnswer.self) }
            try session.show(answer) { answer in
                let indicator = answer.indicator
                let pattern = TerminalText.escaped(indicator.pattern)
                return "indicator \(indicator.number) \(answer.result): \(pattern) is \(indicator.verdict)"
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List indicators, the newest first.")
        @Flag(help: "With those that were removed.") var removed = false
        @Option(help: "Only those of one source: admin, or a feed's name.") var source: String?
        @OptionGroup var list: ListOptions
        @OptionGroup var session: SessionOptions

        func run() throws {
            let name = source?.addingPercentEncoding(withAllowedCharacters: .alphanumerics)
            let target = "/v1/indicators?removed=\(removed)" + (name.map { "&source=\($0)" } ?? "")
            try session.show(try session.list(target, list, of: IndicatorRow.self)) { rows in
                var table = Table(["NUMBER", "KIND", "PATTERN", "VERDICT", "SOURCE", "SINCE", "UNTIL", "REASON"])
                for row in rows {
                    let indicator = row.indicator
                    table.add([
                        "\(indicator.number)", indicator.kind.rawValue, indicator.pattern, indicator.verdict.rawValue,
                        indicator.source, time(indicator.createdAt), time(row.removedAt ?? indicator.expiresAt),
                        indicator.reason,
                    ])
                }
                return table.description
            }
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take an indicator back, at once.")
        @Argument(help: "Its number.") var number: Int64
        @OptionGroup var session: SessionOptions

        func run() throws {
            let name = actor.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            let target = "/v1/indicators/\(number)?actor=\(name)"
            let row = try session.ask { try $0.delete(target, as: IndicatorRow.self) }
            try session.show(row) {
                "indicator \($0.indicator.number) removed: \(TerminalText.escaped($0.indicator.pattern))"
            }
        }
    }
}
