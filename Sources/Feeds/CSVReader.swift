// SPDX-License-Identifier: Apache-2.0

import Bytes
import Verdicts

/// Feeds in CSV: URLhaus, PhishTank, and any with a column map.
struct CSVReader: FeedReader {
    /// What the rows mean.
    struct Map {
        var value: Column
        var kind: Column?
        var reason: [Column] = []
        /// Rows count only with this in that column.
        var required: (column: Column, text: String)?
        var hasHeader: Bool
        var defaultKind: Indicator.Kind = .url
    }

    enum Column: Hashable {
        case name(String)
        /// From 0.
        case place(Int)

        /// `3` is the third column, `url` the one of that name.
        init(_ text: String) {
            if let number = Int(text), number > 0 { self = .place(number - 1) } else { self = .name(text) }
        }
    }

    private var rows = CSVRows()
    private var state: State

    private struct State {
        let map: Map
        /// Names in the first row.
        var header: [String: Int]?
        var fault: FeedFault?
    }

    init(_ map: Map) {
        state = State(map: map)
    }

    /// `id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter`, its heading a comment.
    static var urlhaus: CSVReader {
        CSVReader(Map(value: .place(2), reason: [.place(5), .place(6)], hasHeader: false))
    }

    /// `phish_id,url,phish_detail_url,submission_time,verified,verification_time,online,target`.
    static var phishtank: CSVReader {
        CSVReader(
            Map(value: .name("url"), reason: [.name("target")], required: (.name("verified"), "yes"), hasHeader: true))
    }

    init(_ columns: FeedColumns, kind: Indicator.Kind) {
        let all = [columns.value, columns.kind, columns.reason].compactMap { $0.map(Column.init) }
        let hasNames = all.contains { if case .name = $0 { true } else { false } }
        self.init(
            Map(
                value: Column(columns.value), kind: columns.kind.map(Column.init),
                reason: columns.reason.map { [Column($0)] } ?? [], hasHeader: hasNames, defaultKind: kind))
    }

    mutating func read(_ bytes: Span<UInt8>, into findings: inout FeedFindings) throws(FeedFault) {
        var state = state
        rows.read(bytes) { Self.take($1, $0, &state, &findings) }
        self.state = state
        if let fault = state.fault { throw fault }
    }

    mutating func end(into findings: inout FeedFindings) throws(FeedFault) {
        var state = state
        if rows.end({ Self.take($1, $0, &state, &findings) }) {
            throw FeedFault("the content ends within quotes: it is not whole")
        }
        if let fault = state.fault { throw fault }
    }

    private static func take(
        _ row: CSVRows.Row, _ line: Int, _ state: inout State, _ findings: inout FeedFindings
    ) {
        let fields: [[UInt8]]
        switch row {
        case .fields(let found): fields = found
        case .bad(let reason): return findings.bad("line \(line)", reason)
        }
        if state.map.hasHeader, state.header == nil { return header(fields, &state) }
        func field(_ column: Column) -> [UInt8]? {
            switch column {
            case .place(let place): fields.indices.contains(place) ? fields[place] : nil
            case .name(let name):
                state.header?[name].flatMap { fields.indices.contains($0) ? fields[$0] : nil }
            }
        }
        guard let value = field(state.map.value), !value[...].trimmed.isEmpty else {
            return findings.bad("line \(line)", "has \(fields.count) columns and none with the value")
        }
        if let (column, text) = state.map.required, let found = field(column), found != Array(text.utf8) {
            findings.unused += 1
            return
        }
        var kind = state.map.defaultKind
        if let column = state.map.kind {
            guard let named = field(column), let known = Indicator.Kind(feedType: named.text) else {
                findings.unused += 1
                return
            }
            kind = known
        }
        let reasons = state.map.reason.compactMap { field($0)?.text }.filter {
            !$0.isEmpty && $0 != "None" && $0 != "Other"
        }
        findings.entries.append(
            FeedEntry(
                kind: kind, value: Array(value[...].trimmed),
                reason: reasons.isEmpty ? nil : reasons.joined(separator: ", ")))
    }

    private static func header(_ fields: [[UInt8]], _ state: inout State) {
        let names = fields.enumerated().map { place, name in
            ((place == 0 ? name[...].withoutByteOrderMark : name[...]).trimmed.text, place)
        }
        let header = Dictionary(names) { first, _ in first }
        state.header = header
        var wanted = [state.map.value] + (state.map.kind.map { [$0] } ?? [])
        wanted += state.map.required.map { [$0.column] } ?? []
        for case .name(let name) in wanted where header[name] == nil {
            state.fault = FeedFault("the first row has no column '\(name)'")
        }
    }
}

extension Indicator.Kind {
    /// What other programs call the kinds of things: MISP, OTX, CSV lists.
    init?(feedType: String) {
        switch feedType.lowercased() {
        case "url", "uri", "link": self = .url
        case "domain", "hostname", "host", "domain-name", "fqdn": self = .domain
        case "sha256", "file", "filehash-sha256", "hash", "sha-256", "sha1", "sha-1", "filehash-sha1", "md5",
            "filehash-md5":
            self = .file
        default: return nil
        }
    }
}
