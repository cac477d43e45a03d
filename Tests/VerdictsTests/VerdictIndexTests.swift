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

    @Test(arguments: [0, 4, .max, 1 << 60, UInt64(Int64.max)] as [UInt64])
    func `a forged count is refused without reading beyond the file`(count: UInt64) throws {
        var bytes = try Data(contentsOf: URL(filePath: path))
        for offset in 0..<8 { bytes[16 + offset] = UInt8(truncatingIfNeeded: count >> UInt64(8 * offset)) }
        #expect(try refusal(of: bytes)?.description.contains("claims \(count) entries and has room for 3") == true)
    }

    @Test func `a forged order of hashes ends the search all the same`() throws {
        for seed in 0..<200 as Range<UInt64> {
            let forged = [UInt64.max, 0, UInt64.max, seed, seed << 32, 5, 5, 5, 1, UInt64.max]
            let words = [UInt64](repeating: 0, count: VerdictIndexHeader.size) + forged
            let header = VerdictIndexHeader(count: forged.count, key: SipHash.Key(low: seed, high: 1))
            for hash in forged + [seed &* 0x9E37_79B9_7F4A_7C15, 0, .max] {
                #expect((0...forged.count).contains(header.firstPlace(of: hash, in: words.span)))
            }
        }
    }
}
