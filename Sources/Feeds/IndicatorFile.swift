// SPDX-License-Identifier: Apache-2.0

import Bytes
package import Foundation
package import Verdicts

/// A file of indicators as people keep and exchange them, read in a stream: what `rearguard indicator import` takes.
package struct IndicatorFile {
    package enum Format: String, CaseIterable, Sendable {
        /// `kind,value,verdict,reason,expires` in the first row, in any order; only `value` is needed.
        case csv
        /// An object a line, with the same members.
        case jsonl
        /// A STIX 2.1 bundle.
        case stix
        /// A value a line.
        case list
    }

    /// One entry; what it does not say is nil.
    package struct Entry: Hashable, Sendable {
        package var place: String
        package var kind: Indicator.Kind
        package var value: String
        package var verdict: Verdict?
        package var reason: String?
        /// Milliseconds since 1970, UTC.
        package var expiresAt: Int64?
    }

    /// What could not be read.
    package struct BadEntry: Hashable, Sendable {
        package let place: String
        package let reason: String
    }

    private let format: Format
    private let at: Int64

    /// `at`, milliseconds since 1970, UTC: what does not hold yet cannot be taken in.
    package init(format: Format, at: Int64) {
        self.format = format
        self.at = at
    }

    /// The format that the file's name promises; a list when it promises nothing.
    package static func format(ofName name: String) -> Format {
        switch name.split(separator: ".").last.map({ $0.lowercased() }) {
        case "csv": .csv
        case "jsonl", "ndjson": .jsonl
        case "json", "stix": .stix
        default: .list
        }
    }

    /// Reads all of it, in parts; a bad line is given away and costs only itself.
    package func read(
        _ file: FileHandle, _ take: ([Entry], [BadEntry]) throws -> Void
    ) throws {
        var rows = CSVRows()
        var lines = LineSplitter()
        var bundle = JSONReader(.stix)
        var table = Table(at: at)
        while let data = try file.read(upToCount: 64 * 1_024), !data.isEmpty {
            let bytes = Array(data)
            switch format {
            case .csv: rows.read(bytes.span) { table.row($1, $0) }
            case .jsonl: lines.read(bytes.span) { table.object($1, $0) }
            case .list: lines.read(bytes.span) { table.value($1, $0) }
            case .stix:
                var findings = FeedFindings()
                try bundle.read(bytes.span, into: &findings)
                table.take(findings)
            }
            try table.give(take)
        }
        switch format {
        case .csv:
            if rows.end({ table.row($1, $0) }) { table.bad("the end", "within quotes: the file is not whole") }
        case .jsonl: lines.end { table.object($1, $0) }
        case .list: lines.end { table.value($1, $0) }
        case .stix:
            var findings = FeedFindings()
            try bundle.end(into: &findings)
        }
        try table.give(take)
    }

    /// What was read of the part at hand.
    private struct Table {
        private let at: Int64
        private var entries: [Entry] = []
        private var failures: [BadEntry] = []
        private var header: [String: Int]?

        init(at: Int64) { self.at = at }

        mutating func bad(_ place: String, _ reason: String) { failures.append(BadEntry(place: place, reason: reason)) }

        mutating func give(_ take: ([Entry], [BadEntry]) throws -> Void) throws {
            defer { (entries, failures) = ([], []) }
            if !entries.isEmpty || !failures.isEmpty { try take(entries, failures) }
        }

        mutating func take(_ findings: FeedFindings) {
            for (place, reason) in findings.bad { bad(place, reason) }
            for entry in findings.entries where !entry.isRevoked {
                guard entry.validFrom.map({ $0 <= at }) ?? true else {
                    bad("'\(entry.value.text)'", "valid_from lies in the future")
                    continue
                }
                entries.append(
                    Entry(
                        place: "'\(entry.value.text)'", kind: entry.kind, value: entry.value.text, verdict: nil,
                        reason: entry.reason, expiresAt: entry.expiresAt))
            }
        }

        mutating func row(_ row: CSVRows.Row, _ line: Int) {
            switch row {
            case .fields(let fields): self.row(fields, line)
            case .bad(let reason): bad("line \(line)", reason)
            }
        }

        private mutating func row(_ fields: [[UInt8]], _ line: Int) {
            let texts = fields.map { $0[...].withoutByteOrderMark.trimmed.text }
            guard let header else {
                let names = Dictionary(texts.enumerated().map { ($1.lowercased(), $0) }) { first, _ in first }
                if names["value"] != nil {
                    self.header = names
                    return
                }
                self.header = ["value": 0]  // no heading: the first column is the value
                return row(fields, line)
            }
            func field(_ name: String) -> String? {
                header[name].flatMap { texts.indices.contains($0) && !texts[$0].isEmpty ? texts[$0] : nil }
            }
            add("line \(line)", field)
        }

        mutating func object(_ line: ArraySlice<UInt8>?, _ number: Int) {
            guard let line else { return bad("line \(number)", "longer than \(LineSplitter.limit) bytes") }
            guard !line.trimmed.isEmpty else { return }
            var objects = JSONObjects(wanting: ["kind", "value", "verdict", "reason", "expires"])
            var members: JSONObjects.Object?
            do throws(FeedFault) {
                try objects.read(Array(line).span, object: { if $0.depth == 0 { members = $0 } })
                try objects.end()
            } catch { return bad("line \(number)", error.description) }
            guard let members else { return bad("line \(number)", "expected an object") }
            add("line \(number)") { members.text($0) }
        }

        mutating func value(_ line: ArraySlice<UInt8>?, _ number: Int) {
            guard let line else { return bad("line \(number)", "longer than \(LineSplitter.limit) bytes") }
            let text = line.withoutByteOrderMark.trimmed
            guard let first = text.first, first != UInt8(ascii: "#") else { return }
            add("line \(number)") { $0 == "value" ? text.text : nil }
        }

        private mutating func add(_ place: String, _ field: (String) -> String?) {
            guard let value = field("value") else { return bad(place, "has no value") }
            var kind = Indicator.Kind(guessing: value)
            if let text = field("kind") {
                guard let known = Indicator.Kind(feedType: text) else {
                    return bad(place, "kind: expected url, domain or file, found '\(text)'")
                }
                kind = known
            }
            var verdict: Verdict?
            if let text = field("verdict") {
                guard let known = Verdict(rawValue: text.lowercased()), known != .unknown else {
                    return bad(place, "verdict: expected malicious, suspicious or clean, found '\(text)'")
                }
                verdict = known
            }
            var expiry: Int64?
            if let text = field("expires") {
                guard let time = Timestamp.milliseconds(text) else {
                    return bad(place, "expires: expected a time such as 2027-01-31T00:00:00Z, found '\(text)'")
                }
                expiry = time
            }
            entries.append(
                Entry(
                    place: place, kind: kind, value: value, verdict: verdict, reason: field("reason"), expiresAt: expiry
                ))
        }
    }
}

extension Indicator.Kind {
    /// What a value without a kind is: a digest by its digits, a URL by its slash, else a domain.
    init(guessing value: String) {
        if IndicatorPattern.digestSizes.contains(value.utf8.count), value.utf8.allSatisfy(\.isASCIIHexDigit) {
            self = .file
        } else {
            self = value.utf8.contains(UInt8(ascii: "/")) ? .url : .domain
        }
    }
}
