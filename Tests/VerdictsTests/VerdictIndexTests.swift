// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import URLSyntax

@testable import Verdicts

/// An indicator with what matters to an index.
func indicator(_ number: Int64, _ kind: Indicator.Kind, _ pattern: String, _ verdict: Verdict) -> Indicator {
    Indicator(
        number: number, kind: kind, pattern: pattern, value: pattern, verdict: verdict, source: "test", reason: nil,
        createdAt: 0, expiresAt: nil)
}

func canonical(_ url: String) throws -> CanonicalURL {
    try #require(CanonicalURL(try WebURL.parse(Array(url.utf8))))
}

struct VerdictIndexTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.file("verdicts.index") }
    private let digest = String(repeating: "ab", count: 32)

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test func `an index without indicators knows nothing`() throws {
        try VerdictIndex.write([], to: path)
        let index = try VerdictIndex(path: path)
        #expect(index.count == 0)
        #expect(index.judge(try canonical("http://evil.example/")) == .unknown)
        #expect(index.judge(sha256Hex: digest) == .unknown)
    }

    @Test func `every indicator that covers a URL is found, the gravest verdict decides`() throws {
        try VerdictIndex.write(
            [
                indicator(7, .url, "www.evil.example/a/login", .suspicious),
                indicator(8, .domain, "evil.example/", .malicious),
                indicator(9, .url, "www.evil.example/b", .malicious), indicator(10, .domain, "example/", .malicious),
            ], to: path)
        let index = try VerdictIndex(path: path)
        let judgement = index.judge(try canonical("https://www.evil.example/a/login"))
        #expect(Set(judgement.findings.map(\.indicator)) == [7, 8])
        #expect(judgement.verdict == .malicious)
        #expect(index.judge(try canonical("https://evil.test/a/login")) == .unknown)
    }

    @Test func `a digest is found, and never taken for an expression`() throws {
        try VerdictIndex.write(
            [indicator(1, .file, digest, .malicious), indicator(2, .file, "evil.example/", .malicious)], to: path)
        let index = try VerdictIndex(path: path)
        #expect(index.judge(sha256Hex: digest).findings == [.init(indicator: 1, verdict: .malicious)])
        #expect(index.judge(sha256Hex: String(repeating: "ac", count: 32)) == .unknown)
        #expect(index.judge(try canonical("http://evil.example/")) == .unknown)
    }

    @Test func `a file is found by its SHA-1 and its MD5 too, and by these nothing vouches for it`() throws {
        let (sha1, md5) = (String(repeating: "cd", count: 20), String(repeating: "ef", count: 16))
        try VerdictIndex.write(
            [indicator(1, .file, sha1, .malicious), indicator(2, .file, md5, .clean)], to: path)
        let index = try VerdictIndex(path: path)
        #expect(index.judge(sha256Hex: digest) == .unknown)
        let judgement = index.judge(sha256Hex: digest, sha1Hex: sha1, md5Hex: md5)
        #expect(judgement.findings == [.init(indicator: 1, verdict: .malicious)])
        #expect(index.judge(sha256Hex: digest, md5Hex: md5) == .unknown)
    }

    @Test func `many indicators of one pattern are cut to the limit, the gravest stay`() throws {
        let many = (1...40).map { indicator($0, .file, digest, $0 == 40 ? .malicious : .suspicious) }
        try VerdictIndex.write(many, to: path)
        let judgement = try VerdictIndex(path: path).judge(sha256Hex: digest)
        #expect(judgement.findings.count == VerdictIndex.findingsLimit)
        #expect(judgement.findings.first == .init(indicator: 40, verdict: .malicious))
    }

    @Test func `all of many indicators are found, and what is not there is not`() throws {
        let hosts = (1...5_000).map { "h\($0).example/" }
        try VerdictIndex.write(hosts.enumerated().map { indicator(Int64($0 + 1), .domain, $1, .malicious) }, to: path)
        let index = try VerdictIndex(path: path)
        for (number, host) in hosts.enumerated() {
            #expect(index.judge(try canonical("http://\(host)x")).findings.map(\.indicator) == [Int64(number + 1)])
        }
        for number in 5_001...6_000 { #expect(index.judge(try canonical("http://h\(number).example/")) == .unknown) }
    }

    @Test func `every host form and path form is looked up, as the expressions say`() throws {
        for text in [
            "http://a.b.c.d.e.f.g.h.evil.example/1/2/3/4/5.html?q=1", "http://evil.example", "http://192.0.2.1/a/?b",
            "http://[2001:db8::1]/x/y?", "http://a.example/", "http://localhost/a/b/c/d/e/f", "http://a.b/c//d/?#x",
        ] {
            let url = try canonical(text)
            for (place, expression) in url.expressions.enumerated() {
                let found = indicator(Int64(place + 1), .url, String(decoding: expression, as: UTF8.self), .malicious)
                try VerdictIndex.write([found], to: path)
                #expect(try VerdictIndex(path: path).judge(url).findings.map(\.indicator) == [Int64(place + 1)])
            }
            let all = url.expressions.enumerated().map {
                indicator(Int64($0 + 1), .url, String(decoding: $1, as: UTF8.self), .malicious)
            }
            try VerdictIndex.write(all, to: path)
            let found = try VerdictIndex(path: path).judge(url).findings
            #expect(found.map(\.indicator) == all.map(\.number), "\(text), in the order of the expressions")
        }
    }

    @Test func `a host with many pages is searched, not walked through`() throws {
        let pages = (1...3_000).map { indicator($0, .url, "evil.example/\($0)", .malicious) }
        try VerdictIndex.write(pages, to: path)
        let index = try VerdictIndex(path: path)
        for number in 1...3_000 as ClosedRange<Int64> {
            #expect(index.judge(try canonical("http://evil.example/\(number)")).findings.map(\.indicator) == [number])
        }
        #expect(index.judge(try canonical("http://evil.example/3001")) == .unknown)
    }

    @Test(arguments: [1, 8, 9, 1_000, 100_000])
    func `an indicator takes less than 16 bytes, the header apart`(count: Int64) throws {
        try VerdictIndex.write((1...count).map { indicator($0, .domain, "h\($0).example/", .malicious) }, to: path)
        let size = try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
        #expect(size <= 16 * Int(count) + 8 * (VerdictIndexHeader.size + 4))
    }

    @Test func `what vouches beats feeds, and people beat both`() throws {
        func said(_ number: Int64, _ verdict: Verdict, by source: String, _ pattern: String) -> Indicator {
            var indicator = indicator(number, .domain, pattern, verdict)
            indicator.source = source
            return indicator
        }
        try VerdictIndex.write(
            [
                said(1, .malicious, by: "feed", "a.example/"), said(2, .clean, by: "allow", "a.example/"),
                said(3, .malicious, by: "admin", "bad.a.example/"), said(4, .clean, by: "admin", "b.example/"),
                said(5, .suspicious, by: "admin", "b.example/"), said(6, .malicious, by: "feed", "b.example/"),
            ], to: path)
        let index = try VerdictIndex(path: path)
        #expect(index.judge(try canonical("http://a.example/x")).verdict == .clean)
        #expect(index.judge(try canonical("http://bad.a.example/x")).verdict == .malicious)
        #expect(index.judge(try canonical("http://b.example/")).verdict == .suspicious)
        #expect(index.judge(try canonical("http://b.example/")).findings.count == 3)
    }

    @Test func `the key is another one at each writing`() throws {
        try VerdictIndex.write([indicator(1, .file, digest, .malicious)], to: path)
        let first = try Data(contentsOf: URL(filePath: path))
        try VerdictIndex.write([indicator(1, .file, digest, .malicious)], to: path)
        #expect(try Data(contentsOf: URL(filePath: path)) != first)
    }

    @Test func `an unknown verdict is left out, a number out of range refused`() throws {
        try VerdictIndex.write([indicator(1, .file, digest, .unknown)], to: path)
        #expect(try VerdictIndex(path: path).count == 0)
        for number in [0, -1, 1 << 48] as [Int64] {
            let error = #expect(throws: VerdictIndexError.self) {
                try VerdictIndex.write([indicator(number, .file, digest, .malicious)], to: path)
            }
            #expect(error?.code == .unwritable)
        }
    }

    @Test func `an index that cannot be written leaves the old one and no litter`() throws {
        let error = #expect(throws: VerdictIndexError.self) {
            try VerdictIndex.write([], to: directory.file("nowhere/verdicts.index"))
        }
        #expect(error?.code == .unwritable)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        #expect(throws: VerdictIndexError.self) { try VerdictIndex.write([], to: path) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() == ["verdicts.index"])
    }
}

struct DamagedIndexTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.file("verdicts.index") }

    init() throws {
        directory = try TemporaryDirectory()
        try VerdictIndex.write(
            (1...3).map { indicator($0, .domain, "h\($0).example/", .malicious) }, to: directory.file("verdicts.index"))
    }

    private func refusal(of bytes: Data) throws -> VerdictIndexError? {
        try bytes.write(to: URL(filePath: path))
        return #expect(throws: VerdictIndexError.self) { try VerdictIndex(path: path) }
    }

    @Test func `a missing file says so`() {
        let error = #expect(throws: VerdictIndexError.self) { try VerdictIndex(path: directory.file("none")) }
        #expect(error?.code == .missing)
    }

    @Test func `a directory is no index`() {
        let error = #expect(throws: VerdictIndexError.self) { try VerdictIndex(path: directory.path) }
        #expect(error?.code == .damaged)
    }

    @Test func `every single changed bit is noticed`() throws {
        let sound = try Data(contentsOf: URL(filePath: path))
        for place in sound.indices {
            var bytes = sound
            bytes[place] ^= 1 << UInt8(place % 8)
            #expect(try refusal(of: bytes)?.code == .damaged, "byte \(place)")
        }
    }

    @Test func `a file cut anywhere, or with more behind it, is refused`() throws {
        let sound = try Data(contentsOf: URL(filePath: path))
        for length in 0..<sound.count { #expect(try refusal(of: sound.prefix(length))?.code == .damaged) }
        for more in [1, 8, 16] { #expect(try refusal(of: sound + Data(count: more))?.code == .damaged) }
    }

    /// The file with a header that says something else, its own checksum made right again.
    private func forged(_ place: Int, _ value: UInt64) throws -> Data {
        let bytes = try Data(contentsOf: URL(filePath: path))
        var words = stride(from: 0, to: bytes.count, by: 8).map { start in
            (0..<8).reduce(0 as UInt64) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) }
        }
        words[place] = value
        let last = VerdictIndexHeader.size - 1
        words[last] = WordChecksum.code(of: words.span, count: last)
        return Data(words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) } })
    }

    @Test(arguments: [0, 4, .max, 1 << 60, UInt64(Int64.max), 1 << 32 - 1] as [UInt64], [2, 5, 6])
    func `a forged size is refused without reading beyond the file`(value: UInt64, place: Int) throws {
        let sound = try Data(contentsOf: URL(filePath: path))
        let bytes = try forged(place, value)
        guard bytes != sound else { return }
        #expect(try refusal(of: bytes)?.description.contains("claims") == true)
    }

    @Test func `a forged directory leads nowhere, and the search ends`() throws {
        let sound = try Data(contentsOf: URL(filePath: path))
        for start in [4, 1 << 20, UInt64(UInt32.max)] {
            var bytes = sound
            for offset in 0..<8 {
                let word = 0xFFFF_FFFF_0000_0000 | start
                bytes[8 * VerdictIndexHeader.size + offset] = UInt8(truncatingIfNeeded: word >> UInt64(8 * offset))
            }
            try bytes.write(to: URL(filePath: path))
            let part = try VerdictIndexPart(path: path)
            #expect(throws: VerdictIndexError.self) { try part.verify() }
            for number in 1...3 {
                #expect(
                    VerdictIndex(main: part, recent: nil).judge(try canonical("http://h\(number).example/")) == .unknown
                )
            }
        }
    }

    @Test func `a forged order of hashes ends the search all the same`() throws {
        for seed in 0..<200 as Range<UInt64> {
            let forged =
                [UInt64.max, 0, UInt64.max, seed, seed << 32, 5, 5, 5, 1, UInt64.max] + (0..<30).map { $0 ^ seed }
            let header = VerdictIndexHeader(count: forged.count, key: SipHash.Key(low: seed, high: 1), bucketBits: 0)
            let words = [UInt64](repeating: 0, count: header.hashes) + forged
            for hash in forged + [seed &* 0x9E37_79B9_7F4A_7C15, 0, .max] {
                let place = header.firstPlace(of: hash, within: 0..<forged.count, in: words.span)
                #expect((0...forged.count).contains(place))
            }
        }
    }
}
