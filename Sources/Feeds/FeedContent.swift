// SPDX-License-Identifier: Apache-2.0

import Foundation
import Store
import Verdicts
import Web

/// What one run read, beside the items in the store.
struct FeedContent {
    var etag: String?
    var modified: String?
    var digest: String?
    var position: String?
    /// By which guard lists and own domains it was read; of a guard list, what it is known by itself.
    var shields: String?
    /// Nothing new: what stands, stands on.
    var isUnchanged = false
    var bad = 0
    var unused = 0
    var own = 0
    var examples: [String] = []
}

/// Fetches a feed and reads it into the store's items, batch by batch.
struct FeedReading {
    /// Items of one write transaction.
    private static let batch = 1_000
    /// Pages of a TAXII collection, and events of a MISP feed, in one run: stops a server that always has more.
    private static let documentLimit = 10_000
    /// A run that reads document after document for longer stands in the way of the other feeds.
    private static let timeLimit = Duration.seconds(3_600)

    let source: FeedSource
    let row: FeedRow
    let fetcher: FeedFetcher
    let database: any Database
    /// The name the items are kept under.
    let target: String
    let ownDomains: [String]
    let at: Int64

    func run() async throws -> FeedContent {
        var intake = FeedIntake(source, ownDomains: ownDomains, at: at)
        var content = FeedContent()
        switch source.format {
        case .taxii: try await taxii(&intake, &content)
        case .misp: try await misp(&intake, &content)
        default: try await plain(&intake, &content)
        }
        (content.bad, content.unused, content.own) = (intake.bad, intake.unused, intake.own)
        content.examples = intake.examples
        content.shields = content.digest ?? content.position
        if intake.isEarly {
            // The next run reads all of it again, until everything holds.
            (content.etag, content.modified, content.digest, content.position) = (nil, nil, nil, row.position)
        }
        return content
    }

    private func plain(_ intake: inout FeedIntake, _ content: inout FeedContent) async throws {
        let document = try await fetcher.fetch(source.location, etag: row.etag, modified: row.modified)
        (content.etag, content.modified, content.digest) = (document.etag, document.modified, document.digest)
        guard let path = document.path, document.digest != row.digest || row.state != .active else {
            content.isUnchanged = true
            content.digest = row.digest
            return
        }
        _ = try await read(path, try reader(), &intake)
    }

    private func reader() throws(FeedFault) -> any FeedReader {
        switch source.format {
        case .urls, .openphish: LineReader(.list(.url))
        case .domains: LineReader(.list(.domain))
        case .hashes: LineReader(.list(.file))
        case .hosts: LineReader(.hosts)
        case .rpz: ZoneReader()
        case .urlhausCSV: CSVReader.urlhaus
        case .phishtankCSV: CSVReader.phishtank
        case .csv: CSVReader(source.columns ?? FeedColumns(value: "1"), kind: source.kind)
        case .urlhausJSON: JSONReader(.urlhaus)
        case .phishtankJSON: JSONReader(.phishtank)
        case .mispWarninglist: JSONReader(.warninglist(source.kind))
        case .stix: JSONReader(.stix)
        case .taxii, .misp: throw FeedFault("'\(source.format.rawValue)' is no single document")
        }
    }

    /// Reads a document, unpacked if it came packed, into the store; answers where it says to go on.
    @concurrent private func read(
        _ path: String, _ reader: sending any FeedReader, _ intake: inout FeedIntake, part: String? = nil
    ) async throws -> [FeedLead] {
        var reader = reader
        let unpacked = fetcher.spool + ".unpacked"
        var path = path
        defer { if path == unpacked { try? FileManager.default.removeItem(atPath: path) } }
        if PackedDocument.isPacked(path) {
            defer { path = unpacked }
            try PackedDocument.unpack(path, to: unpacked, limit: source.sizeLimit)
        }
        guard let file = FileHandle(forReadingAtPath: path) else { throw FeedFault("\(path): cannot be read") }
        defer { try? file.close() }
        var findings = FeedFindings()
        while let data = try file.read(upToCount: 64 * 1_024), !data.isEmpty {
            try Task.checkCancellation()
            try reader.read(Array(data).span, into: &findings)
            intake.take(&findings)
            if intake.changes.count >= Self.batch { try await keep(&intake, part) }
        }
        try reader.end(into: &findings)
        intake.take(&findings)
        try await keep(&intake, part)
        return findings.leads
    }

    private func keep(_ intake: inout FeedIntake, _ part: String?) async throws {
        var rest = intake.drain()[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(Self.batch))
            rest = rest.dropFirst(Self.batch)
            try await database.write { transaction in
                for change in batch { try keep(change, part, in: transaction) }
            }
        }
    }

    private func keep(
        _ change: FeedIntake.Change, _ part: String?, in transaction: any SQLTransaction
    ) throws(StoreError) {
        switch change {
        case .list(let item):
            try FeedItems.put(
                [item], of: target, lastCounts: source.format.isIncremental && part == nil, in: transaction)
            if let part { try FeedParts.put([item.pattern], of: target, part: part, in: transaction) }
        case .listEarly(let item, let startsAt):
            try FeedItems.putEarly([(item, startsAt)], of: target, in: transaction)
        case .revoke(let pattern):
            if part != nil {
                try FeedParts.revoke(pattern, of: target, in: transaction)
            } else {
                try FeedItems.revoke([pattern], of: target, in: transaction)
            }
        case .refuse(let pattern): try FeedItems.refuse([pattern], of: source.name, at: at, in: transaction)
        }
    }
}

// MARK: - Feeds of many documents

extension FeedReading {
    private static let taxiiType = "application/taxii+json;version=2.1"

    /// All objects of a collection that were added after the last run (TAXII 2.1, section 5.4).
    private func taxii(_ intake: inout FeedIntake, _ content: inout FeedContent) async throws {
        content.position = row.position
        var next: String?
        let end = ContinuousClock.now + Self.timeLimit
        for _ in 0..<Self.documentLimit {
            // What was read so far counts; the next run goes on from there.
            if ContinuousClock.now >= end, content.position != row.position { return }
            try Self.checkTime(end)
            var query = ["match%5Btype%5D=indicator", "limit=1000"]
            if let position = row.position { query.append("added_after=\(Self.escaped(position))") }
            if let next { query.append("next=\(Self.escaped(next))") }
            let base = source.location.hasSuffix("/") ? source.location : source.location + "/"
            let document = try await fetcher.fetch(
                "\(base)objects/?\(query.joined(separator: "&"))", accept: Self.taxiiType)
            guard let path = document.path else { return }
            let leads = try await read(path, JSONReader(.stix), &intake)
            let last = document.fields.first { $0.name.lowercased() == "x-taxii-date-added-last" }?.value
            if let last, Timestamp.milliseconds(last) != nil { content.position = last }
            guard case .more(let token)? = leads.last else { return }
            // Without a token one goes on after the last date (section 3.4).
            guard let token else { throw FeedFault("the server has more and does not say how to go on") }
            guard token != next else { throw FeedFault("the server sends the same page again and again") }
            next = token
        }
        guard content.position != row.position else { throw FeedFault("more than \(Self.documentLimit) pages") }
    }

    /// The events of a manifest that are newer than the last run.
    private func misp(_ intake: inout FeedIntake, _ content: inout FeedContent) async throws {
        let base = source.location.hasSuffix("/") ? source.location : source.location + "/"
        let manifest = try await fetcher.fetch("\(base)manifest.json", etag: row.etag, modified: row.modified)
        (content.etag, content.modified, content.digest) = (manifest.etag, manifest.modified, manifest.digest)
        content.position = row.position
        guard let path = manifest.path else {
            content.isUnchanged = true
            return
        }
        let known = row.position.flatMap { Int64($0) } ?? 0
        let leads = try await read(path, JSONReader(.mispManifest), &intake)
        var events: [(uuid: String, timestamp: Int64)] = []
        for case .event(let uuid, let timestamp) in leads where timestamp > known || timestamp == 0 {
            events.append((uuid, timestamp))
        }
        events.sort { $0.timestamp < $1.timestamp }
        let end = ContinuousClock.now + Self.timeLimit
        var partsRead: [String] = []
        for (index, event) in events.enumerated() {
            // What was read so far counts, up to where the time of events changes; the next run goes on from there.
            let isPause = index > 0 && events[index - 1].timestamp < event.timestamp
            if isPause, index >= Self.documentLimit || ContinuousClock.now >= end {
                (content.etag, content.modified, content.digest) = (nil, nil, nil)
                break
            }
            let document = try await fetcher.fetch("\(base)\(event.uuid).json")
            guard let path = document.path else { continue }
            _ = try await read(path, JSONReader(.mispEvent), &intake, part: event.uuid)
            let target = target
            try await database.write { try FeedParts.close(target, part: event.uuid, in: $0) }
            partsRead.append(event.uuid)
            content.position = String(max(known, event.timestamp, content.position.flatMap { Int64($0) } ?? 0))
        }
        for part in partsRead + [""] {
            let target = target
            try await database.write { try FeedParts.revokeVanished(from: part, of: target, in: $0) }
        }
    }

    private static func checkTime(_ end: ContinuousClock.Instant) throws(FeedFault) {
        guard ContinuousClock.now < end else { throw FeedFault("the run takes longer than \(timeLimit)") }
    }

    /// A value in a query (RFC 3986, section 2.3: all but the unreserved).
    private static func escaped(_ text: String) -> String {
        let plain = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        return text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }
}
