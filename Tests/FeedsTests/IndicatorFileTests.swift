// SPDX-License-Identifier: Apache-2.0

import Feeds
import Foundation
import Testing
import Verdicts

struct `Files of indicators` {
    private func read(_ text: String, _ format: IndicatorFile.Format) throws -> (
        entries: [IndicatorFile.Entry], bad: [IndicatorFile.BadEntry]
    ) {
        let url = FileManager.default.temporaryDirectory.appending(path: "indicators-\(UUID().uuidString)")
        try Data(text.utf8).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        let handle = try FileHandle(forReadingFrom: url)
        var all: (entries: [IndicatorFile.Entry], bad: [IndicatorFile.BadEntry]) = ([], [])
        try IndicatorFile(format: format, at: 1_795_726_800_000).read(handle) {
            all.entries += $0
            all.bad += $1
        }
        return all
    }

    @Test func `CSV is read by its first row, in any order`() throws {
        let found = try read(
            """
            verdict,value,kind,reason,expires
            suspicious,evil.example,domain,"a, b",2027-01-31T00:00:00Z
            ,http://b.example/,,,
            bad,http://c.example/,,,
            malicious,http://d.example/,ipv4,,
            malicious,http://e.example/,,,tomorrow
            malicious,,,,
            """, .csv)
        #expect(found.entries.map(\.value) == ["evil.example", "http://b.example/"])
        #expect(found.entries.map(\.kind) == [.domain, .url])
        #expect(found.entries.map(\.verdict) == [.suspicious, nil])
        #expect(found.entries[0].reason == "a, b" && found.entries[0].expiresAt == 1_801_353_600_000)
        #expect(found.bad.map(\.place) == ["line 4", "line 5", "line 6", "line 7"])
    }

    @Test func `a quote that nothing closes loses no line behind it`() throws {
        let found = try read("value,reason\na.example,\"x\nb.example,\"y\"\nc.example,z\n", .csv)
        #expect(found.entries.map(\.value) == ["b.example", "c.example"] && found.bad.map(\.place) == ["line 2"])
    }

    @Test func `CSV without a heading is a list of values`() throws {
        let found = try read("evil.example,x\nhttp://b.example/\n", .csv)
        #expect(found.entries.map(\.kind) == [.domain, .url])
    }

    @Test func `JSON lines are read line by line, a bad one costs itself`() throws {
        let found = try read(
            """
            {"kind":"url","value":"http://evil.example/","verdict":"malicious","more":{"value":"x"}}
            {"value":
            {"value":"\(String(repeating: "a", count: 64))"}

            """, .jsonl)
        #expect(found.entries.map(\.kind) == [.url, .file])
        #expect(found.bad.map(\.place) == ["line 2"])
    }

    @Test func `a STIX bundle and a plain list are taken too`() throws {
        let bundle = #"{"objects":[{"type":"indicator","pattern":"[domain-name:value='evil.example']","name":"kit"}]}"#
        #expect(try read(bundle, .stix).entries.map(\.value) == ["evil.example"])
        #expect(try read("# x\nevil.example\n\nb.example", .list).entries.map(\.place) == ["line 2", "line 4"])
        #expect(throws: FeedFault.self) { try read("{", .stix) }
        let later = #"{"objects":[{"type":"indicator","pattern":"[domain-name:value='evil.example']","valid_from":"#
        #expect(
            try read(later + #""2026-11-26T21:00:01Z"}]}"#, .stix).bad.map(\.reason) == [
                "valid_from lies in the future"
            ])
        #expect(try read(later + #""2026-11-26T21:00:00Z"}]}"#, .stix).entries.map(\.value) == ["evil.example"])
    }

    @Test(
        arguments: [
            ("a.csv", .csv), ("a.b.JSONL", .jsonl), ("a.json", .stix), ("a.txt", .list), ("-", .list),
        ] as [(String, IndicatorFile.Format)])
    func `the name tells the format`(name: String, format: IndicatorFile.Format) {
        #expect(IndicatorFile.format(ofName: name) == format)
    }
}
