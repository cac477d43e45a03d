// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Console
import Foundation
import Store

/// The command `rearguard click`.
struct Clicks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "click", abstract: "Uses of rewritten links.", subcommands: [List.self, Show.self, Erase.self])

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case human, scanner, preview, simulation, unknown
    }

    enum Outcome: String, ExpressibleByArgument, CaseIterable {
        case allowed, asked, pending, warned, proceeded, blocked
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List clicks, the newest first.")
        @Option(help: "Only those that look like this: a guess, its reason is in `click show`.") var clicker: Kind?
        @Option(help: "Only those answered like this.") var outcome: Outcome?
        @OptionGroup var list: ListOptions
        @OptionGroup var session: SessionOptions

        func run() throws {
            var query: [String] = []
            if let clicker { query.append("clicker=\(clicker.rawValue)") }
            if let outcome { query.append("outcome=\(outcome.rawValue)") }
            let target = "/v1/clicks" + (query.isEmpty ? "" : "?\(query.joined(separator: "&"))")
            try session.show(try session.list(target, list, of: ClickRow.self)) { rows in
                var table = Table([
                    "CLICK", "AT", "OUTCOME", "BECAUSE", "CLICKER", "RECIPIENT", "CLIENT", "MESSAGE", "URL",
                ])
                for row in rows {
                    table.add([
                        row.id, time(row.at), row.outcome, row.reasons.joined(separator: ", "), row.clicker,
                        row.address,
                        row.client, row.reference, row.url,
                    ])
                }
                return table.description
            }
        }
    }

    struct Erase: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Erase the clicks on one message's links, or on one recipient's.",
            discussion: """
                They leave the store at once. In the click journal they stay until its files end: journal.segment_age and \
                journal.keep after the click. A link made for several recipients counts as a recipient's when nobody else \
                got the message.
                """)
        @OptionGroup var erase: EraseOptions
        @OptionGroup var session: SessionOptions

        func run() throws {
            let answer = try session.ask { try $0.post("/v1/click-erasures", erase.request, as: EraseAnswer.self) }
            try session.show(answer) { "erased: \($0.erased) clicks" }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "One click with everything that is known about it.")
        @Argument(help: "Its name in `click list`.") var id: String
        @OptionGroup var session: SessionOptions

        func run() throws {
            let name = id.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            try session.show(try session.ask { try $0.get("/v1/clicks/\(name)", as: ClickRow.self) }, as: text)
        }

        private func text(_ row: ClickRow) -> String {
            // One click alone: its URL in full.
            var table = Table(["FIELD", "VALUE"], cellLimit: .max)
            table.add(["click", row.id])
            table.add(["at", time(row.at)])
            table.add(["url", row.url])
            for wrapper in row.wrappers { table.add(["wrapped by", wrapper]) }
            if let inner = row.innerURL { table.add(["leads to", inner]) }
            table.add(["outcome", row.outcome])
            for reason in row.reasons { table.add(["because", reason]) }
            table.add(["verdict", row.verdict])
            if !row.indicators.isEmpty {
                table.add(["indicators", row.indicators.map { String($0) }.joined(separator: " ")])
            }
            table.add(["message", row.reference])
            table.add(["recipient of the link", row.address])
            table.add(["delivered", delivered(row)])
            table.add([
                "clicker looks like", [row.clicker, row.clickerReason].compactMap(\.self).joined(separator: ": "),
            ])
            table.add(["client", [row.client, row.audience].compactMap(\.self).joined(separator: ", ")])
            table.add(["method", row.method])
            table.add(["user agent", row.userAgent])
            for field in row.fields { table.add(["field", field]) }
            return table.description
        }

        /// The message's own time where it is known, else the day that stands in the link.
        private func delivered(_ row: ClickRow) -> String? {
            if let at = row.deliveredAt {
                return "\(time(at) ?? ""), \(max(0, row.at - at) / 1_000) s before the click"
            }
            let day = row.issued.map { Date(timeIntervalSince1970: 1_577_836_800 + Double($0) * 86_400) }
            return day.map { "on \($0.formatted(.iso8601.year().month().day())), the link says" }
        }
    }
}
