// SPDX-License-Identifier: Apache-2.0

import Foundation
import Mail
import Playbooks
import Records
import Rescans
import Store
import Testing
import Verdicts

struct LookBackTests {
    private let store: TemporaryStore
    private let url = "https://www.evil.example/login"

    init() async throws {
        store = try await TemporaryStore()
    }

    private func keep(_ messages: [MessageRecord], _ clicks: [ClickRecord] = []) async throws {
        try await store.write { transaction in
            for record in messages { try MessageStore.insert(record, in: transaction) }
            for record in clicks { try ClickStore.insert(record, in: transaction) }
        }
    }

    private func add(_ indicator: Indicator) async throws {
        _ = try await store.write { try IndicatorStore.add(indicator, in: $0).indicator }
    }

    private func lookBack(in database: (any Store.Database)? = nil) async throws -> LookBackReport {
        try await LookBack(database: database ?? store, now: { 9_000 }).run()
    }

    private func alerts() async throws -> [AlertRow] {
        try await store.read { try AlertStore.list(limit: 2_000, in: $0).reversed() }
    }

    @Test func `every click that was let through and the delivery raise alerts of one subject`() async throws {
        try await keep(
            [message(1, links: [url, url]), message(2, at: 500, links: [url])],
            [
                click(1, on: url, of: 1, outcome: .allowed), click(2, on: url, of: 2, outcome: .proceeded),
                click(3, on: url, of: 1, outcome: .blocked), click(4, on: url, of: 1, outcome: .warned),
                click(5, on: "https://good.example/", of: 1),
            ])
        try await add(try indicator(url))
        let report = try await lookBack()
        #expect(report.indicators == 1 && report.urls == 1 && report.alerts == 3)
        let alerts = try await alerts()
        #expect(alerts.map(\.kind) == ["url_click", "url_click", "url_verdict_change"])
        #expect(alerts.map(\.severity) == [.high, .high, .medium])
        #expect(Set(alerts.map(\.subject)) == ["url www.evil.example/login"])
        #expect(alerts.map(\.reference) == [1, 2, 2].map { reference($0).description })
        #expect(alerts[0].title == "to@example.net followed a link that is malicious: \(url)")
        #expect(alerts[2].title == "A malicious link was delivered: \(url)")
        #expect(alerts.allSatisfy { $0.indicator == 1 && $0.at == 9_000 })
    }

    @Test func `a delivered link nobody clicked raises one alert, a click whose message is unknown too`() async throws {
        try await keep([message(1, links: [url])], [click(1, on: "https://evil.example/other", of: 7)])
        try await add(try indicator("evil.example", .domain))
        #expect(try await lookBack().urls == 2)
        let alerts = try await alerts()
        #expect(Set(alerts.map(\.kind)) == ["url_verdict_change", "url_click"])
        #expect(alerts.contains { $0.title.hasPrefix("Somebody followed") })
        #expect(Set(alerts.map(\.subject)) == ["url evil.example/"])
    }

    @Test func `an attachment that was delivered raises one alert`() async throws {
        try await keep([
            message(1, files: [digest("b")]), message(2, files: [digest("a"), digest("a")]),
            message(3, files: [digest("a")]),
        ])
        try await add(try indicator(digest("A"), .file))
        #expect(try await lookBack().alerts == 1)
        let alert = try #require(try await alerts().first)
        #expect(alert.kind == "file_verdict_change" && alert.severity == .high)
        #expect(alert.subject == "file \(digest("a"))")
        #expect(alert.reference == reference(2).description)
        #expect(alert.title == "A malicious attachment was delivered: bill-0.pdf")
    }

    @Test func `an attachment is known by its SHA-1 and its MD5, too`() async throws {
        var record = message(1, files: [digest("a"), digest("b")])
        record.attachments[0].sha1 = String(repeating: "c", count: 40)
        record.attachments[1].md5 = String(repeating: "d", count: 32)
        try await keep([record])
        try await add(try indicator(String(repeating: "C", count: 40), .file))
        try await add(try indicator(String(repeating: "d", count: 32), .file, source: "feed"))
        try await add(try indicator(String(repeating: "e", count: 40), .file))
        try await add(try indicator(String(repeating: "f", count: 32), .file))
        #expect(try await lookBack().alerts == 2)
        #expect(try await alerts().map(\.subject) == ["file \(digest("a"))", "file \(digest("b"))"])
        let said = try await store.read {
            try IndicatorStore.live(about: Subject(kind: .file, value: digest("b")), at: 4_000, in: $0)
        }
        #expect(said.map(\.number) == [2])
        // What comes later is judged as it comes.
        record.reference = reference(2)
        record.at = 5_000
        let batch = [
            IngestEntry(json: Array(try JSONEncoder().encode(record)), end: ConsumerPosition(segment: 1, offset: 1))
        ]
        _ = try await store.write { try Ingest.messages(batch, upTo: batch[0].end, at: 5_000, in: $0) }
        #expect(try await alerts().count == 4)
    }

    @Test func `a file that somebody vouches for by its SHA-256 is left alone by a feed's MD5`() async throws {
        var record = message(1, files: [digest("a")])
        record.attachments[0].md5 = String(repeating: "d", count: 32)
        try await keep([record])
        try await add(try indicator(digest("a"), .file, .clean))
        try await add(try indicator(String(repeating: "d", count: 32), .file, source: "feed"))
        #expect(try await lookBack().alerts == 0)
    }

    @Test func `a suspicious indicator raises lower alerts`() async throws {
        try await keep([message(1, links: [url], files: [digest("a")])], [click(1, on: url, of: 1)])
        try await add(try indicator(url, .url, .suspicious))
        try await add(try indicator(digest("a"), .file, .suspicious))
        _ = try await lookBack()
        #expect(try await alerts().map(\.severity) == [.medium, .low, .medium])
    }

    @Test func `what does not accuse, or does no longer, raises none and waits no longer`() async throws {
        try await keep([message(1, links: [url])])
        try await add(try indicator(url, .url, .clean))
        try await add(try indicator("www.evil.example", .domain, at: 3_000, expiresAt: 9_000))
        try await add(try indicator("evil.example", .domain))
        _ = try await store.write { try IndicatorStore.remove(3, at: 4_000, in: $0) }
        #expect(try await lookBack().alerts == 0)
        #expect(try await store.read { try IndicatorStore.awaitingLookBack(limit: 9, in: $0).isEmpty })
    }

    @Test func `a second run does nothing, and neither does one from the beginning`() async throws {
        try await keep([message(1, links: [url])], [click(1, on: url, of: 1)])
        try await add(try indicator(url))
        #expect(try await lookBack().alerts == 2)
        #expect(try await lookBack() == LookBackReport())
        _ = try await store.write { try $0.execute("UPDATE indicators SET looked_back = 0", []) }
        let again = try await lookBack()
        #expect(again.indicators == 1 && again.alerts == 0)
    }

    @Test func `after a failure at any statement the next run does what is missing, and nothing twice`() async throws {
        try await keep([message(1, links: [url], files: [digest("a")])], [click(1, on: url, of: 1)])
        try await add(try indicator(url))
        try await add(try indicator(digest("a"), .file))
        var statement = 1
        while true {
            do {
                _ = try await lookBack(in: FailingDatabase(store, atStatement: statement))
                break
            } catch let error as StoreError {
                #expect(error == FailingDatabase.failure)
                #expect(try await store.read { try IndicatorStore.awaitingLookBack(limit: 9, in: $0).count } == 2)
            }
            statement += 1
        }
        #expect(statement > 10)
        #expect(try await alerts().map(\.number) == [1, 2, 3])
    }

    @Test func `ingest and look-back raise the same alerts once, whoever comes first`() async throws {
        try await add(try indicator(url, at: 3_000))
        let batch = try [message(1, at: 2_000, links: [url]), message(2, at: 4_000, links: [url])].enumerated().map {
            let end = ConsumerPosition(segment: 1, offset: $0 + 1)
            return IngestEntry(json: Array(try JSONEncoder().encode($1)), end: end)
        }
        _ = try await store.write { try Ingest.messages(batch, upTo: batch[1].end, at: 5_000, in: $0) }
        #expect(try await alerts().count == 2)
        #expect(try await lookBack().alerts == 0)
    }

    @Test func `more clicks, URLs and indicators than are held at once are all met`() async throws {
        let links = (0..<700).map { "https://many.example/\($0)" }
        let clicks = (1...1_100 as ClosedRange<UInt64>).map { click($0, on: links[0], of: 1) }
        try await keep([message(1, links: links)], clicks)
        try await add(try indicator("many.example", .domain))
        for number in 1...150 { try await add(try indicator("h\(number).example", .domain)) }
        let report = try await lookBack()
        #expect(report.indicators == 151 && report.urls == 700)
        // One for the message and one for the user who clicked its link eleven hundred times.
        #expect(report.alerts == 2)
    }

    @Test func `each user and message has one alert, however many clicks and links`() async throws {
        let links = (0..<3).map { "https://many.example/\($0)" }
        let recipients = ["a@example.net", "b@example.net"]
        var clicks: [ClickRecord] = []
        for message in 1...2 as ClosedRange<UInt64> {
            for recipient in 1...2 {
                for link in links {
                    let number = UInt64(clicks.count + 1)
                    clicks.append(click(number, on: link, of: message, recipient: recipient))
                }
            }
        }
        try await keep((1...2).map { message($0, links: links, recipients: recipients) }, clicks)
        try await add(try indicator("many.example", .domain))
        #expect(try await lookBack().alerts == 5)
        let titles = try await alerts().filter { $0.kind == "url_click" }.map {
            $0.title.prefix(2) + ($0.reference ?? "")
        }
        #expect(Set(titles).count == 4)
    }

    @Test func `clicks before the window raise none, but the delivery does`() async throws {
        try await keep(
            [message(1, links: [url])],
            [
                click(1, on: url, of: 1, at: 5_000), click(2, on: url, of: 2, at: 4_999),
                click(3, on: url, of: 3, at: 6_000),
            ])
        try await add(try indicator(url, at: 7_000))
        _ = try await LookBack(database: store, window: .seconds(4), now: { 9_000 }).run()
        let clicked = try await alerts().filter { $0.kind == "url_click" }.map(\.reference)
        #expect(clicked == [1, 3].map { reference($0).description })
        #expect(try await alerts().count == 3)
    }

    @Test func `what is vouched for is left alone by feeds, not by people`() async throws {
        try await keep([message(1, links: [url, "https://evil.example/other"], files: [digest("a")])])
        try await add(try indicator("www.evil.example", .domain, .clean, source: "allow"))
        try await add(try indicator(digest("a"), .file, .clean, source: "allow"))
        try await add(try indicator("evil.example", .domain, source: "feed"))
        try await add(try indicator(digest("a"), .file, source: "feed"))
        #expect(try await lookBack().urls == 1)
        #expect(
            try await alerts().map(\.title)
                == ["A malicious link was delivered: https://evil.example/other (says feed)"])
        try await add(try indicator(url))
        #expect(try await lookBack().urls == 1)
    }

    @Test func `no write transaction holds more than a few hundred rows`() async throws {
        let links = (0..<1_500).map { "https://many.example/\($0)" }
        try await keep([message(1, links: links)])
        try await add(try indicator("many.example", .domain))
        let counting = CountingDatabase(store)
        #expect(try await lookBack(in: counting).urls == 1_500)
        #expect(counting.longest < 1_500)
    }
}
