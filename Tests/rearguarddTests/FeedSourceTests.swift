// SPDX-License-Identifier: Apache-2.0

import Feeds
import Settings
import Testing
import Verdicts

@testable import rearguardd

struct `Feeds of the configuration` {
    private func sources(_ text: String) throws -> [FeedSource] {
        let text = "click:\n  url: https://links.example.org\nfeeds:\n  sources:\n\(text)"
        return try Configuration(text: Array(text.utf8), file: "test").feeds.sources.map { try FeedSource($0) }
    }

    @Test func `every format, role, verdict and kind of the configuration is one of the module's`() {
        #expect(FeedSettings.Format.allCases.map(\.rawValue) == FeedFormat.allCases.map(\.rawValue))
        #expect(FeedSettings.Role.allCases.map(\.rawValue) == FeedRole.allCases.map(\.rawValue))
        #expect(FeedSettings.Kind.allCases.map(\.rawValue) == Indicator.Kind.allCases.map(\.rawValue))
        for verdict in FeedSettings.Verdict.allCases { #expect(Verdict(rawValue: verdict.rawValue) != nil) }
    }

    @Test func `a feed has the module's defaults where it says nothing`() throws {
        let feed = try #require(try sources("    - {name: a, format: urls, location: /etc/list}\n").first)
        var expected = FeedSource(name: "a", format: .urls, location: "/etc/list")
        expected.columns = FeedColumns(value: "1")
        #expect(feed == expected)
    }

    @Test func `all it says is taken over`() throws {
        let feed = try #require(
            try sources(
                """
                    - name: a
                      format: csv
                      location: "https://feeds.example/x?y=1"
                      role: guard
                      verdict: suspicious
                      confidence: 40
                      confidence_at_least: 10
                      every: 5 min
                      expires: 30 d
                      size: 1 MiB
                      change_limit: 20
                      mail_limit: 1
                      timeout: 10 s
                      kind: domain
                      value_column: host
                      kind_column: type
                      reason_column: note

                """
            ).first)
        #expect(feed.role == .shield && feed.verdict == .suspicious && feed.confidence == 40)
        #expect(
            feed.every == .seconds(300) && feed.expiresAfter == .seconds(30 * 86_400) && feed.sizeLimit == 1_048_576)
        #expect(feed.columns == FeedColumns(value: "host", kind: "type", reason: "note") && feed.kind == .domain)
    }
}
