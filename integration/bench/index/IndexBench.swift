// SPDX-License-Identifier: Apache-2.0

// What the verdict index costs, by its own API: bytes an indicator, time to write, to merge, to open, to check, and to
// answer for one URL. Half of the indicators are domains, half pages; the URLs asked for have a query, two directories
// and three labels, as phishing has. Run by integration/bench/index/run.

import Foundation
import URLSyntax
import Verdicts

@main struct IndexBench {
    static func main() throws {
        let count = CommandLine.arguments.dropFirst().first.flatMap { Int64($0) } ?? 10_000_000
        let directory = FileManager.default.temporaryDirectory.appending(path: "index-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appending(path: "verdicts.index").path(percentEncoded: false)
        try write(count, to: path)
        try merge(count, path)
        try open(path)
        let index = try VerdictIndex(path: path)
        try judge(index, count)
    }

    private static func indicator(_ number: Int64) -> Indicator {
        let isDomain = number % 2 == 0
        let pattern = isDomain ? "h\(number).example/" : "www.h\(number).example/a/login.php"
        return Indicator(
            number: number, kind: isDomain ? .domain : .url, pattern: pattern, value: pattern, verdict: .malicious,
            source: "feed", reason: nil, createdAt: 0, expiresAt: nil)
    }

    private static func write(_ count: Int64, to path: String) throws {
        let begin = ContinuousClock.now
        var builder = VerdictIndexBuilder()
        for number in 1...count { try builder.add(indicator(number)) }
        let collected = ContinuousClock.now
        try builder.write(to: path, origin: 1, sequence: UInt64(count))
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        print("indicators \(count)")
        print("bytes_an_indicator \(String(format: "%.3f", Double(size) / Double(count)))")
        print("collect_ms \(milliseconds(collected - begin))")
        print("write_ms \(milliseconds(.now - collected))")
    }

    private static func merge(_ count: Int64, _ path: String) throws {
        let index = try VerdictIndex(path: path)
        let begin = ContinuousClock.now
        var builder = VerdictIndexBuilder(keyOf: index)
        for number in count + 1...count + 10_000 { try builder.add(indicator(number)) }
        for number in stride(from: Int64(7), through: min(count, 70_000), by: 7) { builder.withdraw(number) }
        let isMerged = try builder.merge(into: index, at: path, sequence: UInt64(count) + 20_000)
        print("merge_20000_changes_ms \(isMerged ? milliseconds(.now - begin) : "needs a complete writing")")
        let after = ContinuousClock.now
        var list = VerdictIndexBuilder(keyOf: index)
        try list.add(indicator(count + 20_001))
        try list.write(
            to: VerdictIndex.recentPath(beside: path), origin: 1, base: UInt64(count) + 20_000,
            sequence: UInt64(count) + 20_001)
        print("one_recent_change_ms \(milliseconds(.now - after))")
    }

    private static func open(_ path: String) throws {
        var begin = ContinuousClock.now
        let file = VerdictIndexFile(path: path)
        guard file.current() != nil else { fatalError("no index: \(String(describing: file.state().problem))") }
        print("open_ms \(milliseconds(.now - begin))")
        begin = .now
        _ = try VerdictIndex(path: path)
        print("open_and_check_all_ms \(milliseconds(.now - begin))")
    }

    /// `warm`: one URL again and again; `random`: another one each time, so that nothing is in the processor's caches.
    private static func judge(_ index: VerdictIndex, _ count: Int64) throws {
        var random = SystemRandomNumberGenerator()
        func url(_ text: String) throws -> CanonicalURL {
            guard let url = CanonicalURL(try WebURL.parse(Array(text.utf8))) else { fatalError(text) }
            return url
        }
        let rounds = 400_000
        var clean: [CanonicalURL] = []
        var deep: [CanonicalURL] = []
        var listed: [CanonicalURL] = []
        var pages: [CanonicalURL] = []
        for _ in 0..<rounds {
            let number = Int64.random(in: 1...count, using: &random)
            clean.append(try url("https://www.c\(number).shop.example/a/b/page.html?id=\(number)&s=mail"))
            deep.append(
                try url("https://a.b.c.d.e.f\(number).shop.test.example/a/b/c/d/e/page.html?id=\(number)&s=mail"))
            listed.append(try url("https://login.h\(number & ~1).example/a/b/page.html?id=1"))
            pages.append(try url("https://www.h\(number | 1).example/a/login.php?id=\(number)"))
        }
        for (name, urls) in [
            ("clean", clean), ("seven_hosts", deep), ("listed_domain", listed), ("listed_page", pages),
        ] {
            print("\(name)_warm_ns \(time(rounds) { index.judge(urls[0]).findings.count })")
            // Fetching a URL that was made long ago is not the index's work: what that alone takes is taken off.
            var place = 0
            let fetching = time(rounds) {
                defer { place += 1 }
                return Int(urls[place].host[0]) + Int(urls[place].path[0]) + Int(urls[place].query?.first ?? 0)
            }
            place = 0
            let spent = time(rounds) {
                defer { place += 1 }
                return index.judge(urls[place]).findings.count
            }
            print("\(name)_random_ns \(spent - fetching)")
        }
    }

    private static func time(_ rounds: Int, _ body: () -> Int) -> Int {
        var found = 0
        let begin = ContinuousClock.now
        for _ in 0..<rounds { found += body() }
        let spent = ContinuousClock.now - begin
        if found < 0 { print(found) }
        return Int(spent / .nanoseconds(1)) / rounds
    }

    private static func milliseconds(_ duration: Duration) -> String {
        String(format: "%.2f", duration / .milliseconds(1))
    }
}
