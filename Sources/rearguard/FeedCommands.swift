// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Console
import Feeds
import Foundation
import Investigations
import Store

/// The command `rearguard feed`.
struct FeedCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "feed", abstract: "What others say: how the configured feeds are doing.",
        subcommands: [List.self, Show.self, Run.self, Hold.self, Release.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the feeds.")
        @OptionGroup var session: SessionOptions

        func run() throws {
            let feeds = try session.ask { try $0.get("/v1/feeds", as: FeedList.self) }
            try session.show(feeds.items) { feeds in
                var table = Table([
                    "NAME", "FORMAT", "ROLE", "STATE", "ENTRIES", "BAD", "LAST SUCCESS", "NEXT RUN", "PROBLEM",
                ])
                for feed in feeds {
                    let row = feed.status
                    table.add([
                        feed.name, feed.format, feed.role, row.state.rawValue, "\(row.entries)", "\(row.badLines)",
                        time(row.succeededAt), row.nextRunAt == 0 ? "now" : time(row.nextRunAt),
                        row.heldBecause ?? row.problem,
                    ])
                }
                return table.description
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one feed, with the lines it could not read.")
        @Argument(help: "Its name.") var name: String
        @OptionGroup var session: SessionOptions

        func run() throws {
            let feed = try session.ask { try $0.get("/v1/feeds/\(FeedCommands.escaped(name))", as: FeedView.self) }
            try session.show(feed) { feed in FeedCommands.text(feed) }
        }
    }

    struct Run: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read a feed now, also one that is held: it is weighed anew.",
            discussion: "Waits for the end of the run. Exit code 1 when it failed or is held.")
        @Argument(help: "Its name.") var name: String
        @Option(help: "Seconds to wait for its end; 0: do not wait.") var wait = 120
        @OptionGroup var session: SessionOptions

        func run() throws {
            var feed = try FeedCommands.decide("run", name, nil, session)
            let end = Date().addingTimeInterval(Double(wait))
            while wait > 0, feed.status.nextRunAt == 0, Date() < end {
                Thread.sleep(forTimeInterval: 0.3)
                feed = try session.ask { try $0.get("/v1/feeds/\(FeedCommands.escaped(name))", as: FeedView.self) }
            }
            try session.show(feed) { feed in FeedCommands.text(feed) }
            if feed.status.problem != nil || feed.status.heldBecause != nil { throw ExitCode.failure }
        }
    }

    struct Hold: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop a feed: what is in force stays, nothing new comes in.")
        @Argument(help: "Its name.") var name: String
        @Option(help: "Why, for those who read it later.") var reason: String?
        @OptionGroup var session: SessionOptions

        func run() throws {
            try session.show(try FeedCommands.decide("hold", name, reason, session)) { feed in FeedCommands.text(feed) }
        }
    }

    struct Release: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put in force what was held back, or let a stopped feed run again.")
        @Argument(help: "Its name.") var name: String
        @OptionGroup var session: SessionOptions

        func run() throws {
            try session.show(try FeedCommands.decide("release", name, nil, session)) { feed in FeedCommands.text(feed) }
        }
    }

    private static func decide(
        _ verb: String, _ name: String, _ reason: String?, _ session: SessionOptions
    ) throws -> FeedView {
        let request = FeedRequest(actor: actor, reason: reason)
        return try session.ask { try $0.post("/v1/feeds/\(escaped(name))/\(verb)", request, as: FeedView.self) }
    }

    private static func escaped(_ name: String) -> String {
        name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    private static func text(_ feed: FeedView) -> String {
        let row = feed.status
        var lines = ["feed \(TerminalText.escaped(feed.name)): \(row.state.rawValue)"]
        func add(_ name: String, _ value: String?) {
            guard let value, !value.isEmpty else { return }
            lines.append("  \(name): \(TerminalText.escaped(value, limit: 400))")
        }
        add("format", feed.format)
        add("location", feed.location)
        add("role", feed.role)
        add("held because", row.heldBecause)
        add("problem", row.problem)
        add("entries", "\(row.entries) (last run: added \(row.added), removed \(row.removed))")
        add("last attempt", time(row.attemptedAt))
        add("last success", time(row.succeededAt))
        add("next run", row.nextRunAt == 0 ? "now" : time(row.nextRunAt))
        add("content", row.digest.map { "SHA-256 \($0)" })
        add("bad lines", row.badLines > 0 ? "\(row.badLines)" : nil)
        for example in row.examples.split(separator: "\n") {
            lines.append("    \(TerminalText.escaped(String(example), limit: 400))")
        }
        return lines.joined(separator: "\n")
    }
}
