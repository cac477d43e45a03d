// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import ObjectIndex
import TestTools
import Testing

@Suite struct SimilarObjectsTests {
    private static let corpus = URL(filePath: #filePath)
        .appending(path: "../../../../shared/corpus/fuzzyhash").standardizedFileURL
    static var isPresent: Bool { FileManager.default.fileExists(atPath: corpus.appending(path: "pairs.tsv").path) }

    private static func rows(_ name: String) throws -> [[String]] {
        try String(contentsOf: corpus.appending(path: name), encoding: .utf8).split(separator: "\n").dropFirst()
            .map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
    }

    @Test(.enabled(if: isPresent, "the corpus is not here")) func `distances are libtlsh's`() throws {
        var digests: [String: SimilarityDigest] = [:]
        for row in try Self.rows("hashes.tsv") { digests[row[0]] = SimilarityDigest(text: row[3].utf8) }
        var count = 0
        for row in try Self.rows("pairs.tsv") {
            guard let one = digests[row[0]], let other = digests[row[1]], let distance = Int(row[2]) else { continue }
            #expect(one.distance(to: other) == distance, "\(row)")
            #expect(other.distance(to: one) == distance)
            count += 1
        }
        #expect(count > 1_000)
    }

    /// Digests of a few families: bodies that differ in some places, heads that lie near.
    private func digests(_ count: Int) -> [SimilarityDigest] {
        var random = FixedNumbers(seed: 9)
        let families = (0..<20).map { _ in random.bytes(35) }
        return (0..<count).compactMap { number in
            var bytes = families[number % families.count]
            for _ in 0..<Int(random.next() % 12) {
                let place = Int(random.next() % 35)
                bytes[place] = bytes[place] &+ UInt8(truncatingIfNeeded: random.next() % 4)
            }
            return SimilarityDigest(text: Hex.encode(bytes))
        }
    }

    @Test(arguments: [0, 1, 12, 30, 60]) func `neighbours are exactly those that a look at all finds`(_ limit: Int) {
        let digests = digests(3_000)
        let index = SimilarObjects(digests.enumerated().map { ($1, Int64($0)) })
        var count = 0
        for digest in digests.prefix(60) {
            let expected = Set(digests.indices.filter { digests[$0].distance(to: digest) <= limit })
            let found = index.neighbours(of: digest, within: limit)
            #expect(Set(found.map { Int($0.number) }) == expected)
            #expect(found.allSatisfy { digests[Int($0.number)].distance(to: digest) == $0.distance })
            count += expected.count
        }
        #expect(count >= 60)
    }

    @Test(arguments: ["", "T1", "T1" + String(repeating: "0", count: 69), String(repeating: "g", count: 70)])
    func `what is no digest is none`(_ text: String) {
        #expect(SimilarityDigest(text: text.utf8) == nil)
    }
}
