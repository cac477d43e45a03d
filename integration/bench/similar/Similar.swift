// SPDX-License-Identifier: Apache-2.0

// A million TLSH digests, and the question which are within 30 of one: by the index, and by a look at all, in turn.
//
// Heads are spread as those of real files (length codes and quartile ratios about a middle), half of the bodies are of
// families that differ in a few places.
//
//     REARGUARD_BENCH=1 swift run -c release bench-similar [DIGESTS]

import Bytes
import Foundation
import ObjectIndex

@main struct SimilarBench {
    static func main() {
        let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1_000_000
        var random = SystemRandomNumberGenerator()
        let families = (0..<max(1, count / 40)).map { _ in bytes(&random) }
        var digests: [SimilarityDigest] = []
        while digests.count < count {
            let isOfFamily = Bool.random(using: &random)
            let bytes = isOfFamily ? changed(families.randomElement(using: &random) ?? [], &random) : bytes(&random)
            if let digest = SimilarityDigest(text: Hex.encode(bytes)) { digests.append(digest) }
        }
        var begin = ContinuousClock.now
        let index = SimilarObjects(digests.enumerated().map { ($1, Int64($0)) })
        print("digests \(count)")
        print("build_ms \(milliseconds(.now - begin))")
        var (quick, brute) = (Duration.zero, Duration.zero)
        var (found, rounds, longest) = (0, 50, Duration.zero)
        rounds = min(rounds, count)
        for _ in 0..<rounds {
            let asked = digests[Int.random(in: 0..<count, using: &random)]
            begin = .now
            let neighbours = index.neighbours(of: asked, within: 30)
            quick += .now - begin
            longest = max(longest, .now - begin)
            begin = .now
            var all = 0
            for digest in digests where digest.distance(to: asked) <= 30 { all += 1 }
            brute += .now - begin
            guard all == neighbours.count else { fatalError("\(all) are near, the index finds \(neighbours.count)") }
            found += all
        }
        print("neighbours_a_question \(found / rounds)")
        print("index_ms \(milliseconds(quick / rounds)) longest_ms \(milliseconds(longest))")
        print("look_at_all_ms \(milliseconds(brute / rounds))")
        print("ratio \(String(format: "%.1f", brute / quick))")
    }

    private static func bytes(_ random: inout SystemRandomNumberGenerator) -> [UInt8] {
        var bytes = (0..<35).map { _ in UInt8.random(in: 0...255, using: &random) }
        // The sum of four dice lies about its middle.
        func middling(_ limit: Int) -> Int {
            (0..<4).reduce(0) { sum, _ in sum + Int.random(in: 0..<limit, using: &random) } / 4
        }
        let length = UInt8(middling(160) + 20)
        bytes[1] = length << 4 | length >> 4
        bytes[2] = UInt8(middling(16) << 4 | middling(16))
        return bytes
    }

    private static func changed(_ bytes: [UInt8], _ random: inout SystemRandomNumberGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 0..<10, using: &random) where !bytes.isEmpty {
            bytes[Int.random(in: 3..<35, using: &random)] ^= UInt8(1 << Int.random(in: 0..<8, using: &random))
        }
        return bytes
    }

    private static func milliseconds(_ duration: Duration) -> String {
        String(format: "%.2f", duration / .milliseconds(1))
    }
}
