// SPDX-License-Identifier: Apache-2.0

import Bytes
import Fingerprints
import Foundation
import Testing

/// The published values, where the corpus lies beside the project.
private enum Corpus {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../shared/corpus/fuzzyhash").standardizedFileURL
    static let isThere = FileManager.default.fileExists(atPath: folder.appending(path: "hashes.tsv").path)

    static func rows(_ name: String) throws -> [[String]] {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8).split(separator: "\n").dropFirst().map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
    }

    static func content(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: name)))
    }
}

@Suite struct TLSHTests {
    private let pangram = Array("The quick brown fox jumps over the lazy dog. 0123456789 ÄÖÜ! ".utf8)

    @Test(.enabled(if: Corpus.isThere, "no corpus beside the project")) func `values are the published ones`() throws {
        let rows = try Corpus.rows("hashes.tsv")
        #expect(rows.count > 300)
        for row in rows {
            let value = TLSH(of: try Corpus.content(row[0]))
            #expect((value?.text ?? "TNULL") == row[3], "\(row[0])")
        }
    }

    @Test(.enabled(if: Corpus.isThere, "no corpus beside the project")) func `distances are the published ones`() throws
    {
        var values: [String: TLSH] = [:]
        for row in try Corpus.rows("hashes.tsv") { values[row[0]] = TLSH(text: row[3].utf8) }
        var compared = 0
        for row in try Corpus.rows("pairs.tsv") {
            guard let left = values[row[0]], let right = values[row[1]] else { continue }
            #expect(left.distance(to: right) == Int(row[2]), "\(row[0]) \(row[1])")
            #expect(left.distance(to: right, countingLength: false) == Int(row[3]), "\(row[0]) \(row[1])")
            #expect(right.distance(to: left) == left.distance(to: right))
            compared += 1
        }
        #expect(compared > 1_000)
    }

    @Test func `content in pieces of any size has the value of the whole`() throws {
        let content = (0..<5_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
        let whole = try #require(TLSH(of: content))
        for size in [1, 2, 3, 4, 5, 7, 1_000] {
            var taking = TLSHTaking()
            for start in stride(from: 0, to: content.count, by: size) {
                taking.update(content.span.extracting(start..<min(start + size, content.count)))
            }
            #expect(taking.value() == whole)
        }
    }

    @Test func `what is too short or too uniform has no value`() {
        #expect(TLSH(of: []) == nil)
        #expect(TLSH(of: Array(pangram.prefix(49))) == nil)
        #expect(TLSH(of: [UInt8](repeating: 0x41, count: 100_000)) == nil)
    }

    @Test func `the text form gives the same value back, with the prefix and without`() throws {
        let value = try #require(TLSH(of: (0..<8).flatMap { _ in pangram } + Array("end".utf8)))
        #expect(TLSH(text: value.text.utf8) == value)
        #expect(TLSH(text: value.text.dropFirst(2).lowercased().utf8) == value)
        #expect(value.text.utf8.count == 72)
    }

    @Test(arguments: [
        "", "T1", "TNULL", "T1" + String(repeating: "0", count: 69), "T1" + String(repeating: "G", count: 70),
    ])
    func `what is no value is refused`(text: String) {
        #expect(TLSH(text: text.utf8) == nil)
    }
}
