// SPDX-License-Identifier: Apache-2.0

import Feeds
import Investigations
import Testing
import Verdicts

@testable import rearguard

struct `What the command prints` {
    @Test func `is a table whose columns stand below each other in a terminal, whatever the letters`() {
        var table = Table(["A", "B", "C"])
        table.add(["日本", "x", "end"])
        table.add(["e\u{301}t\u{301}", "👍👍👍", "end"])
        table.add(["plain", nil, "end"])
        #expect(
            table.description == """
                A      B       C
                日本   x       end
                e\u{301}t\u{301}     👍👍👍  end
                plain  -       end
                """)
    }

    @Test func `keeps the space before a word and leaves none at the end of a line`() {
        var table = Table(["FIELD", "VALUE"])
        table.add(["  sha256", "ab"])
        table.add(["", ""])
        #expect(table.description == "FIELD     VALUE\n  sha256  ab\n")
    }

    @Test func `cuts long cells but for the last, and shows what would move the cursor`() {
        let long = String(repeating: "x", count: 200)
        var table = Table(["A", "B"])
        table.add([long, long])
        table.add(["\u{1B}[2J", "a\nb\u{202E}"])
        let lines = table.description.split(separator: "\n")
        #expect(lines[1] == "\(long.prefix(80))…  \(long)")
        #expect(lines[2].hasPrefix(#"\u{1B}[2J "#) && lines[2].hasSuffix(#"  a\u{A}b\u{202E}"#))
    }
}

struct `Indicators as files` {
    private func indicator(_ value: String, _ kind: Indicator.Kind = .url, reason: String? = nil) -> Indicator {
        Indicator(
            number: 1, kind: kind, pattern: value, value: value, verdict: .malicious, source: "admin", reason: reason,
            createdAt: 0, expiresAt: 86_400_000)
    }

    @Test func `CSV has quotes where it needs them, and nothing a spreadsheet would run`() {
        let writer = IndicatorWriter(format: .csv)
        let line = writer.line(indicator("http://evil.example/a,b", reason: "=1+1 \"x\""), isFirst: true)
        #expect(
            line == "url,\"http://evil.example/a,b\",malicious,\"'=1+1 \"\"x\"\"\",1970-01-02T00:00:00Z,admin\n")
    }

    @Test func `STIX has one id for one indicator, and its pattern reads back`() {
        let writer = IndicatorWriter(format: .stix)
        let line = writer.line(indicator("http://evil.example/it's"), isFirst: true)
        #expect(line == writer.line(indicator("http://evil.example/it's"), isFirst: true))
        #expect(line.contains(#""pattern":"[url:value = 'http://evil.example/it\\'s']""#))
        #expect(line.contains(#""valid_until":"1970-01-02T00:00:00Z""#))
        #expect(writer.line(indicator("x"), isFirst: false).hasPrefix(",\n"))
    }
}
