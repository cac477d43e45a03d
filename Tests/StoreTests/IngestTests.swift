// SPDX-License-Identifier: Apache-2.0

import Foundation
import Mail
import Records
import Store
import Testing
import Verdicts

/// One journal's next records, each some bytes further.
private func entries(_ records: [some Encodable], after offset: Int = 0) throws -> [IngestEntry] {
    try records.enumerated().map { index, record in
        IngestEntry(
            json: Array(try JSONEncoder().encode(record)),
            end: ConsumerPosition(segment: 1, offset: offset + 100 * (index + 1)))
    }
}

struct IngestTests {
    private let store: TemporaryStore
    private let url = "https://www.evil.example/login"

    init() async throws {
        store = try await TemporaryStore()
    }

    private func ingest(messages records: [MessageRecord], after offset: Int = 0) async throws -> IngestReport {
        let batch = try entries(records, after: offset)
        let end = ConsumerPosition(segment: 1, offset: offset + 100 * records.count)
        return try await store.write { try Ingest.messages(batch, upTo: end, at: 9_000, in: $0) }
    }

    private func ingest(clicks records: [ClickRecord], after offset: Int = 0) async throws -> IngestReport {
        let batch = try entries(records, after: offset)
        let end = ConsumerPosition(segment: 1, offset: offset + 100 * records.count)
        return try await store.write { try Ingest.clicks(batch, upTo: end, at: 9_000, in: $0) }
    }

    private func add(_ indicator: Indicator) async throws {
        _ = try await store.write { try IndicatorStore.add(indicator, in: $0).indicator }
    }

    private func alerts() async throws -> [AlertRow] {
        try await store.read { try AlertStore.list(limit: 100, in: $0).reversed() }
    }

    @Test func `a batch is kept and the position moves, each journal for itself`() async throws {
        let report = try await ingest(messages: [message(1, links: [url]), message(2)])
        #expect(report.kept == 2 && report.repeated == 0 && report.rejected == 0 && report.alerts == 0)
        #expect(try await ingest(clicks: [click(1, on: url, of: 1)]).kept == 1)
        let positions = try await store.read { transaction in
            [
                try Consumers.position(of: "messages", in: transaction),
                try Consumers.position(of: "clicks", in: transaction),
                try Consumers.position(of: "other", in: transaction),
            ]
        }
        #expect(positions.map(\.offset) == [200, 100, 0])
        #expect(positions.map(\.segment) == [1, 1, 0])
    }

    @Test func `a batch that comes twice changes nothing the second time`() async throws {
        _ = try await ingest(messages: [message(1), message(2)])
        #expect(try await ingest(messages: [message(1), message(2)]) == IngestReport())
        // The same records at another place, as after a journal was copied.
        let copied = try await ingest(messages: [message(1), message(3)], after: 5_000)
        #expect(copied.kept == 1 && copied.repeated == 1)
        #expect(try await store.read { try MessageStore.list(limit: 9, in: $0).count } == 3)
    }

    @Test func `a batch that overlaps what was read goes on where that ended`() async throws {
        _ = try await ingest(messages: [message(1), message(2)])
        let report = try await ingest(messages: [message(1), message(2), message(3)])
        #expect(report.kept == 1 && report.repeated == 0)
    }

    @Test func `the position moves over a stretch without records, and never back`() async throws {
        for (segment, expected) in [(4, 4), (2, 4)] {
            let end = ConsumerPosition(segment: segment, offset: 0)
            let position = try await store.write { transaction in
                _ = try Ingest.messages([], upTo: end, at: 0, in: transaction)
                return try Consumers.position(of: "messages", in: transaction)
            }
            #expect(position.segment == expected)
        }
    }

    @Test func `a batch that fails leaves no row, no alert and the old position`() async throws {
        try await add(try indicator("evil.example", .domain))
        let batch = try entries([message(1, links: [url])])
        struct Crash: Error {}
        await #expect(throws: Crash.self) {
            try await store.write { transaction in
                _ = try Ingest.messages(batch, upTo: ConsumerPosition(segment: 1, offset: 100), at: 0, in: transaction)
                throw Crash()
            }
        }
        #expect(try await alerts().isEmpty)
        #expect(try await store.read { try MessageStore.list(limit: 9, in: $0).isEmpty })
        let report = try await ingest(messages: [message(1, links: [url])])
        #expect(report.kept == 1 && report.alerts == 1)
    }

    @Test(arguments: [
        ("", "no record"), ("{", "no record"), ("[1]", "no record"), ("\u{FFFD}", "no record"),
        (#"{"type":"click","v":1}"#, "type 'click', expected 'message'"),
        (#"{"type":"message","v":2,"new":true}"#, "version 2, expected 1"),
        (#"{"type":"message","v":1}"#, "'reference' is missing"),
        (#"{"type":"message","v":1,"reference":"xyz"}"#, "reference: a message reference has 16 hexadecimal digits"),
    ])
    func `a record that cannot be read is put aside whole, and the others are kept`(json: String, reason: String)
        async throws
    {
        var batch = try entries([message(1), message(2)])
        batch.insert(IngestEntry(json: Array(json.utf8), end: ConsumerPosition(segment: 1, offset: 150)), at: 1)
        let mixed = batch
        let (report, rejected) = try await store.write { transaction in
            (
                try Ingest.messages(mixed, upTo: ConsumerPosition(segment: 1, offset: 200), at: 77, in: transaction),
                try RejectedRecords.list(limit: 9, in: transaction)
            )
        }
        #expect(report.kept == 2 && report.rejected == 1)
        #expect(rejected.map(\.record) == [Array(json.utf8)])
        #expect(rejected.map(\.end.offset) == [150] && rejected.map(\.at) == [77])
        #expect(rejected.first?.reason.contains(reason) == true, "\(rejected.map(\.reason))")
    }

    @Test func `records with names the store cannot rely on are put aside`() async throws {
        var odd = click(1, on: url, of: 1)
        odd.id = "0000000000000001 "
        #expect(try await ingest(clicks: [odd]).rejected == 1)
        #expect(try await ingest(messages: [message(1, files: [String(repeating: "G", count: 64)])]).rejected == 1)
    }

    @Test func `bytes that are no UTF-8 are put aside`() async throws {
        let entry = IngestEntry(json: [0x7B, 0xFF, 0x7D], end: ConsumerPosition(segment: 1, offset: 1))
        let report = try await store.write { try Ingest.clicks([entry], upTo: entry.end, at: 0, in: $0) }
        #expect(report.rejected == 1)
    }

    @Test func `what live indicators cover raises alerts at once`() async throws {
        try await add(try indicator("evil.example", .domain))
        try await add(try indicator(digest("a"), .file, .suspicious))
        _ = try await ingest(messages: [
            message(1, links: [url, url, "https://good.example/"], files: [digest("a"), digest("b")])
        ])
        _ = try await ingest(clicks: [
            click(1, on: url, of: 1, outcome: .allowed), click(2, on: url, of: 1, outcome: .proceeded),
            click(3, on: url, of: 1, outcome: .blocked), click(4, on: "https://good.example/", of: 1),
        ])
        let alerts = try await alerts()
        #expect(alerts.map(\.kind) == ["file_verdict_change", "url_verdict_change", "url_click"])
        #expect(alerts.map(\.severity) == [.medium, .medium, .high])
        #expect(
            alerts.map(\.subject) == ["file \(digest("a"))", "url evil.example/", "url evil.example/"])
        #expect(
            alerts.map(\.title) == [
                "A suspicious attachment was delivered: bill-0.pdf", "A malicious link was delivered: \(url)",
                "to@example.net followed a link that is malicious: \(url)",
            ])
        #expect(alerts.allSatisfy { $0.reference == reference(1).description && $0.at == 9_000 })
    }

    @Test func `a click before its message, or on one to many, names nobody`() async throws {
        try await add(try indicator("evil.example", .domain))
        _ = try await ingest(clicks: [click(1, on: url, of: 1)])
        _ = try await ingest(messages: [message(2, recipients: ["a@example.net", "b@example.net"])])
        _ = try await ingest(clicks: [click(2, on: url, of: 2, recipient: 0)], after: 100)
        #expect(try await alerts().map { $0.title.prefix(20) } == ["Somebody followed a ", "One of 2 recipients "])
    }

    @Test func `what is removed, expired or vouched for raises none`() async throws {
        try await add(try indicator("evil.example", .domain))
        _ = try await store.write { try IndicatorStore.remove(1, at: 4_000, in: $0) }
        try await add(try indicator("evil.example/login", expiresAt: 9_000))
        try await add(try indicator("www.evil.example", .domain, .clean))
        #expect(try await ingest(messages: [message(1, links: [url])]).alerts == 0)
        #expect(try await ingest(clicks: [click(1, on: url, of: 1)]).alerts == 0)
    }

    @Test func `the same link in many messages raises one alert for before its indicator, and one a day after`()
        async throws
    {
        try await add(try indicator("evil.example", .domain, at: 50_000))
        let day: Int64 = 86_400_000
        let times = [10_000, 20_000, 60_000, 70_000, 70_000 + day, 80_000 + day]
        for (number, time) in times.enumerated() {
            _ = try await ingest(messages: [message(UInt64(number + 1), at: time, links: [url])], after: number * 100)
        }
        #expect(try await alerts().map(\.reference) == [1, 3, 5].map { reference($0).description })
    }

    @Test func `more links than are judged at once are all judged`() async throws {
        try await add(try indicator("h0.example", .domain))
        try await add(try indicator("h249.example/page?249"))
        let links = (0..<250).map { "https://h\($0).example/page?\($0)" }
        #expect(try await ingest(messages: [message(1, links: links)]).alerts == 2)
        #expect(try await alerts().map(\.subject) == ["url h0.example/", "url h249.example/page?249"])
    }
}
