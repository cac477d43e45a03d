// SPDX-License-Identifier: Apache-2.0

// What a look-back costs at scale, with generated data: so many distinct URLs in the store, so many new indicators, of
// which one in a thousand covers something; clicks on some of those. Run by integration/bench/lookback/run.

import Foundation
import Mail
import Records
import Rescans
import SQLiteDatabase
import Store
import URLSyntax
import Verdicts

@main struct LookBackBench {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        let urls = arguments.first ?? 5_000_000
        let indicators = arguments.dropFirst().first ?? 100_000
        let directory = FileManager.default.temporaryDirectory.appending(path: "look-back-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appending(path: "store.sqlite").path(percentEncoded: false)
        let store = try SQLiteStore(path: path)
        try await Migrator.migrate(store)
        try await fill(store, urls)
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        print("urls \(urls)")
        print("store_mib \(size / 1_024 / 1_024)")
        try await accuse(store, indicators, urls)
        try await lookBack(store, indicators)
        try await ingestMeanwhile(store)
    }

    /// Message n carries 50 URLs, each of them its own; a few clicks on the first of each message.
    private static func fill(_ store: SQLiteStore, _ urls: Int) async throws {
        let begin = ContinuousClock.now
        let perMessage = 50
        for first in stride(from: 0, to: urls / perMessage, by: 500) {
            let numbers = first..<min(first + 500, urls / perMessage)
            try await store.write { transaction in
                for number in numbers {
                    var record = MessageRecord(
                        reference: MessageReference(bits: UInt64(number + 1)), stamp: "s", at: 1_000, queueID: "Q",
                        sender: "a@example.org", recipients: ["b@example.net"], size: 1, rewriting: .rewritten)
                    record.links = (0..<perMessage).map { place in
                        LinkRecord(
                            ordinal: place, url: url(number * perMessage + place), part: "1", place: .html,
                            rewritten: true)
                    }
                    try MessageStore.insert(record, in: transaction)
                    guard number % 10 == 0 else { continue }
                    let click = ClickRecord(
                        id: MessageReference(bits: UInt64(number + 1)).description, at: 2_000,
                        reference: record.reference, ordinal: 0, recipient: 1, url: url(number * perMessage),
                        outcome: .allowed, verdict: "unknown", indicators: [], method: "GET", client: "192.0.2.1",
                        userAgent: nil)
                    try ClickStore.insert(click, in: transaction)
                }
            }
        }
        print("fill_s \((ContinuousClock.now - begin) / .seconds(1))")
    }

    /// Hosts have fifty URLs each; half of them below a second name.
    private static func url(_ number: Int) -> String {
        let host = number / 50
        return "https://\(number % 2 == 0 ? "www." : "")\(name(host))/a/\(number)?id=\(number)"
    }

    /// A thousandth of the hosts is below each `shopN.example`.
    private static func name(_ host: Int) -> String { "h\(host).shop\(host % 997).example" }

    /// One indicator in a thousand is about something here, by domain or by URL.
    private static func accuse(_ store: SQLiteStore, _ count: Int, _ urls: Int) async throws {
        for first in stride(from: 0, to: count, by: 2_000) {
            let range = first..<min(first + 2_000, count)
            let items = try range.map { number -> FeedItem in
                let isHere = number % 1_000 == 0
                let host = Int.random(in: 0..<max(1, urls / 50))
                let value =
                    isHere
                    ? number % 2_000 == 0 ? "http://\(name(host))/" : url(host * 50)
                    : "http://x\(number).shop\(number % 997).example/login/\(number)"
                return FeedItem(
                    kind: .url, pattern: try IndicatorPattern.pattern(of: .url, value: value), value: value,
                    verdict: .malicious, reason: nil, expiresAt: nil)
            }
            try await store.write { try FeedItems.put(items, of: "feed", in: $0) }
        }
        var after: String? = ""
        while let place = after {
            after = try await store.write {
                try FeedItems.admit("feed", after: place, limit: 2_000, at: 5_000, in: $0).last
            }
        }
    }

    private static func lookBack(_ store: SQLiteStore, _ count: Int) async throws {
        let begin = ContinuousClock.now
        let report = try await LookBack(database: store, now: { 6_000 }).run()
        print("indicators \(report.indicators)")
        print("urls_covered \(report.urls)")
        print("alerts \(report.alerts)")
        print("look_back_s \((ContinuousClock.now - begin) / .seconds(1))")
    }

    /// One broad indicator over a thousandth of everything, while another writer takes turns with it.
    private static func ingestMeanwhile(_ store: SQLiteStore) async throws {
        let pattern = "shop1.example/"
        _ = try await store.write { transaction in
            try IndicatorStore.add(
                Indicator(
                    number: 0, kind: .domain, pattern: pattern, value: pattern, verdict: .malicious, source: "admin",
                    reason: nil, createdAt: 7_000, expiresAt: nil), in: transaction
            ).indicator
        }
        let looking = Task {
            let begin = ContinuousClock.now
            let report = try await LookBack(database: store, now: { 8_000 }).run()
            return (report, ContinuousClock.now - begin)
        }
        var longest = Duration.zero
        for number in 0..<200 {
            let begin = ContinuousClock.now
            try await store.write { transaction in
                try AuditStore.append(
                    actor: "bench", verb: "wait", object: "\(number)", detail: nil, at: 1, in: transaction)
            }
            longest = max(longest, ContinuousClock.now - begin)
            try await Task.sleep(for: .milliseconds(5))
        }
        let (report, spent) = try await looking.value
        print("broad_urls \(report.urls)")
        print("broad_s \(spent / .seconds(1))")
        print("longest_wait_of_a_writer_ms \(longest / .milliseconds(1))")
    }
}
