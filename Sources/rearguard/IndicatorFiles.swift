// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Bytes
import Console
import Cryptography
import Feeds
import Foundation
import Investigations
import LinkTokens
import Settings
import Store
import Verdicts

extension IndicatorFile.Format: ExpressibleByArgument {}

extension Indicators {
    /// `rearguard indicator import`.
    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take indicators in from a file; in force when the command returns.",
            discussion: """
                csv    kind,value,verdict,reason,expires in the first row, in any order; only value is needed
                jsonl  an object a line, with the same members
                stix   a STIX 2.1 bundle
                list   a value a line

                Without a kind, 64, 40 or 32 hexadecimal digits are a file, a value with a slash is a URL, anything else a domain. A \
                line that is no indicator is counted and shown, and the others are taken. Exit code 1 when there was one. \
                What a feed lists belongs to `feeds` in the configuration instead.
                """)

        @Argument(help: "The file; - is standard input.") var file: String
        @Option(help: "How it is written; default: by the file's name.") var format: IndicatorFile.Format?
        @Option(help: "What entries that do not say it are.") var verdict = Verdict.malicious
        @Option(help: "Why, for entries that do not say it.") var reason: String?
        @Option(help: "Days after which entries that do not say it no longer hold.") var days: Int?
        @Flag(help: "Take whole public suffixes, such as a top-level domain, too.") var publicSuffix = false
        @OptionGroup var session: SessionOptions

        /// Bad lines that are shown.
        private static let shownLimit = 20

        func run() throws {
            guard let handle = file == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: file) else {
                throw failure("cannot read \(file)", code: 1)
            }
            var total = ImportAnswer()
            let format = format ?? IndicatorFile.format(ofName: file)
            do {
                let now = Int64(Date().timeIntervalSince1970 * 1_000)
                try IndicatorFile(format: format, at: now).read(handle) { entries, bad in
                    total.bad += bad.map { .init(place: $0.place, reason: $0.reason) }
                    var rest = entries[...]
                    while !rest.isEmpty {
                        total += try send(Array(rest.prefix(100)))
                        rest = rest.dropFirst(100)
                    }
                }
            } catch let error as FeedFault { throw failure("\(file): \(error)", code: 1) }
            try session.show(total) { answer in
                let shown = answer.bad.prefix(Self.shownLimit).map {
                    "  \(TerminalText.escaped("\($0.place): \($0.reason)", limit: 300))\n"
                }
                return shown.joined()
                    + "added \(answer.added), renewed \(answer.renewed), replaced \(answer.replaced), bad \(answer.bad.count)"
            }
            if !total.bad.isEmpty { throw ExitCode.failure }
        }

        private func send(_ entries: [IndicatorFile.Entry]) throws -> ImportAnswer {
            let until = days.map { Int64(Date().timeIntervalSince1970 * 1_000) + Int64($0) * 86_400_000 }
            let request = ImportRequest(
                actor: actor, file: String(file.split(separator: "/").last ?? "-"),
                entries: entries.map {
                    .init(
                        place: $0.place, kind: $0.kind, value: $0.value, verdict: $0.verdict ?? verdict,
                        reason: $0.reason ?? reason, expiresAt: $0.expiresAt ?? until)
                }, coversSuffix: publicSuffix)
            return try session.ask { try $0.post("/v1/indicators/import", request, as: ImportAnswer.self) }
        }
    }

    /// `rearguard indicator export`.
    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print indicators as a file that import takes (and, as STIX, others).")

        @Option(help: "csv, jsonl, stix or list.") var format = IndicatorFile.Format.csv
        @Option(help: "Only those of one source: admin, or a feed's name.") var source: String?
        @OptionGroup var session: SessionOptions

        func run() throws {
            let writer = IndicatorWriter(format: format)
            var next: String?
            var isFirst = true
            print(writer.begin, terminator: "")
            repeat {
                let name = source?.addingPercentEncoding(withAllowedCharacters: .alphanumerics)
                let target =
                    "/v1/indicators?limit=1000" + (name.map { "&source=\($0)" } ?? "")
                    + (next.map { "&before=\($0)" } ?? "")
                let page = try session.ask { try $0.get(target, as: Page<IndicatorRow>.self) }
                // STIX has no word for what is vouched for that others would understand.
                for row in page.items where format != .stix || row.indicator.verdict != .clean {
                    print(writer.line(row.indicator, isFirst: isFirst), terminator: "")
                    isFirst = false
                }
                next = page.next
            } while next != nil
            print(writer.end, terminator: "")
        }
    }

    /// `rearguard indicator why`.
    struct Why: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Explain the verdict a click on a URL would get now, expression by expression.")

        @Argument(help: "The URL (also one of our own links, or one another service wrapped), a domain or a SHA-256.")
        var value: String
        @OptionGroup var session: SessionOptions

        /// A link of ours stands for its target, when the key that proves it can be read.
        private func target() throws -> String {
            guard let settings = try? Configuration.load(path: session.config) else { return value }
            let base = settings.click.url.hasSuffix("/") ? settings.click.url : settings.click.url + "/"
            guard value.lowercased().hasPrefix("\(base)to/".lowercased()) else { return value }
            guard let keys = try? KeyRing.load(path: settings.keys.file) else {
                throw failure("this is a link of ours, and \(settings.keys.file) cannot be read to unwrap it", code: 1)
            }
            let path = Array(value.utf8.dropFirst(base.utf8.count + "to/".utf8.count))
            switch UnverifiedLinkToken(path: path[...])?.proof(by: keys) {
            case .good(let token)?: return token.target.text
            case .revoked(let token)?:
                FileHandle.standardError.write(
                    Data("the link's key is revoked: a click meets the warning page at least\n".utf8))
                return token.target.text
            case nil:
                throw failure(
                    "this looks like a link of ours, and no key of ours signed it: a click meets 'not a valid link'",
                    code: 1)
            }
        }

        func run() throws {
            let value = try target()
            let text = value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            let answer = try session.ask { try $0.get("/v1/why?value=\(text)", as: WhyAnswer.self) }
            try session.show(answer) { answer in
                var lines = answer.layers.map {
                    "\($0.wrapper) wraps \(TerminalText.escaped($0.url, limit: 300))"
                }
                if let judged = answer.judged { lines.append("judged: \(TerminalText.escaped(judged, limit: 300))") }
                var table = Table(["EXPRESSION", "INDICATOR", "KIND", "VERDICT", "SOURCE", "UNTIL", "REASON"])
                for expression in answer.expressions {
                    if expression.indicators.isEmpty { table.add([expression.expression, "-", "", "", "", "", ""]) }
                    for indicator in expression.indicators {
                        table.add([
                            expression.expression, "\(indicator.number)", indicator.kind.rawValue,
                            indicator.verdict.rawValue, indicator.source, time(indicator.expiresAt), indicator.reason,
                        ])
                    }
                }
                lines.append(table.description)
                lines.append(
                    "verdict: \(answer.verdict.rawValue), because \(TerminalText.escaped(answer.because, limit: 300))")
                return lines.joined(separator: "\n")
            }
        }
    }
}

/// Writes indicators one by one.
struct IndicatorWriter {
    let format: IndicatorFile.Format

    var begin: String {
        switch format {
        case .csv: "kind,value,verdict,reason,expires,source\n"
        case .stix: #"{"type":"bundle","id":"bundle--\#(UUID().uuidString.lowercased())","objects":["# + "\n"
        case .jsonl, .list: ""
        }
    }

    var end: String { format == .stix ? "\n]}\n" : "" }

    func line(_ indicator: Indicator, isFirst: Bool) -> String {
        let expiry = time(indicator.expiresAt)
        switch format {
        case .list: return indicator.value + "\n"
        case .csv:
            let cells = [
                indicator.kind.rawValue, indicator.value, indicator.verdict.rawValue, indicator.reason ?? "",
                expiry ?? "", indicator.source,
            ]
            return cells.map(Self.cell).joined(separator: ",") + "\n"
        case .jsonl:
            var members = [
                "kind": indicator.kind.rawValue, "value": indicator.value, "verdict": indicator.verdict.rawValue,
            ]
            members["reason"] = indicator.reason
            members["expires"] = expiry
            members["source"] = indicator.source
            return Self.json(members) + "\n"
        case .stix: return (isFirst ? "" : ",\n") + Self.json(stix(indicator, expiry))
        }
    }

    /// A field in quotes where it needs them; one that a spreadsheet would take for a formula gets an apostrophe before it.
    static func cell(_ text: String) -> String {
        let safe = text.first.map { "=+-@\t\r".contains($0) } == true ? "'" + text : text
        guard safe.utf8.contains(where: { ",\"\n\r".utf8.contains($0) }) else { return safe }
        return "\"" + safe.replacing("\"", with: "\"\"") + "\""
    }

    private func stix(_ indicator: Indicator, _ expiry: String?) -> [String: String] {
        let path =
            switch indicator.kind {
            case .url: "url:value"
            case .domain: "domain-name:value"
            case .file:
                switch indicator.value.utf8.count {
                case 40: "file:hashes.'SHA-1'"
                case 32: "file:hashes.MD5"
                default: "file:hashes.'SHA-256'"
                }
            }
        let value = indicator.value.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
        let created = time(indicator.createdAt) ?? ""
        var members = [
            "type": "indicator", "spec_version": "2.1", "id": "indicator--\(Self.uuid(indicator))",
            "created": created, "modified": created, "valid_from": created, "pattern_type": "stix",
            "pattern": "[\(path) = '\(value)']", "name": "\(indicator.verdict.rawValue) \(indicator.kind.rawValue)",
        ]
        members["description"] = indicator.reason
        members["valid_until"] = expiry
        return members
    }

    /// The same for the same indicator at each export (RFC 9562, section 5.8: version 8, made of a digest).
    private static func uuid(_ indicator: Indicator) -> String {
        let name = "\(indicator.source) \(indicator.kind.rawValue) \(indicator.pattern) \(indicator.createdAt)"
        var bytes = Array(SHA256.digest(Array(name.utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = Hex.encode(bytes).text
        var parts: [Substring] = []
        var rest = digits[...]
        for length in [8, 4, 4, 4, 12] {
            parts.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return parts.joined(separator: "-").lowercased()
    }

    private static func json(_ members: [String: String]) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(members)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
