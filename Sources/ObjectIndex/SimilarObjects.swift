// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Which stored objects resemble one: every TLSH digest within a distance of another, exactly.
///
/// A TLSH digest has a head (length, two quartile ratios, a checksum) and a body of 128 values of two bits. A distance of
/// 30 leaves the heads little room: digests stand sorted by head, and only those of some hundred heads are looked at, all
/// side by side in memory. A body takes some dozen operations on four words. Road not taken: parts of the body as keys
/// (multi-index): 30 differences can lie in 30 of its 32 bytes, so that the keys would have to be single bytes.
package struct SimilarObjects: Sendable {
    /// A digest that is near enough, and the number that was given with it.
    package struct Neighbour: Hashable, Sendable {
        package let number: Int64
        package let distance: Int

        package init(number: Int64, distance: Int) {
            self.number = number
            self.distance = distance
        }
    }

    /// Where the digests of each head begin; one more at the end.
    private var starts = [Int32](repeating: 0, count: 65_537)
    private var bodies: [SIMD4<UInt64>] = []
    private var checksums: [UInt8] = []
    private var numbers: [Int64] = []

    /// How many digests there are.
    package var count: Int { numbers.count }

    /// Sorts the digests by head; at most 2^31 of them.
    package init(_ digests: [(digest: SimilarityDigest, number: Int64)]) {
        for (digest, _) in digests { starts[digest.head + 1] += 1 }
        for head in 1..<starts.count { starts[head] += starts[head - 1] }
        var next = starts
        bodies = [SIMD4<UInt64>](repeating: .zero, count: digests.count)
        checksums = [UInt8](repeating: 0, count: digests.count)
        numbers = [Int64](repeating: 0, count: digests.count)
        for (digest, number) in digests {
            let place = Int(next[digest.head])
            next[digest.head] += 1
            bodies[place] = digest.body
            checksums[place] = digest.checksum
            numbers[place] = number
        }
    }

    /// All digests at most this far from the given one, the nearest first.
    package func neighbours(of digest: SimilarityDigest, within limit: Int) -> [Neighbour] {
        var found: [Neighbour] = []
        for (head, distance) in digest.heads(within: limit) {
            for place in Int(starts[head])..<Int(starts[head + 1]) {
                var whole = distance + (checksums[place] == digest.checksum ? 0 : 1)
                guard whole <= limit else { continue }
                whole += SimilarityDigest.distance(bodies[place], digest.body)
                if whole <= limit { found.append(Neighbour(number: numbers[place], distance: whole)) }
            }
        }
        return found.sorted { ($0.distance, $0.number) < ($1.distance, $1.number) }
    }
}

/// A TLSH digest (128 buckets, one byte of checksum), taken apart for comparing.
package struct SimilarityDigest: Hashable, Sendable {
    let checksum: UInt8
    private let length: UInt8
    private let ratios: UInt8
    let body: SIMD4<UInt64>

    /// From its text: 70 hexadecimal digits, with or without `T1` before them.
    package init?(text: some Collection<UInt8>) {
        let digits = text.starts(with: "T1".utf8) ? Array(text.dropFirst(2)) : Array(text)
        guard digits.count == 70, let bytes = Hex.decode(digits) else { return nil }
        // The text has the two digits of a head byte in reverse.
        func turned(_ byte: UInt8) -> UInt8 { byte << 4 | byte >> 4 }
        (checksum, length, ratios) = (turned(bytes[0]), turned(bytes[1]), turned(bytes[2]))
        var body = SIMD4<UInt64>.zero
        for place in 0..<32 { body[place / 8] |= UInt64(bytes[3 + place]) << UInt64(place % 8 * 8) }
        self.body = body
    }

    /// Length and ratios as one number.
    var head: Int { Int(length) << 8 | Int(ratios) }

    /// How far two digests are apart, as libtlsh says.
    package func distance(to other: SimilarityDigest) -> Int {
        let head =
            Self.lengthCost(Self.gap(Int(length), Int(other.length), 256))
            + Self.ratioCost(Self.gap(Int(ratios & 15), Int(other.ratios & 15), 16))
            + Self.ratioCost(Self.gap(Int(ratios >> 4), Int(other.ratios >> 4), 16))
        return head + (checksum == other.checksum ? 0 : 1) + Self.distance(body, other.body)
    }

    /// Every head at most this far away, with its distance.
    func heads(within limit: Int) -> [(head: Int, distance: Int)] {
        var heads: [(Int, Int)] = []
        for length in 0..<256 {
            let first = Self.lengthCost(Self.gap(Int(self.length), length, 256))
            guard first <= limit else { continue }
            for ratios in 0..<256 {
                let cost =
                    first + Self.ratioCost(Self.gap(Int(self.ratios & 15), ratios & 15, 16))
                    + Self.ratioCost(Self.gap(Int(self.ratios >> 4), ratios >> 4, 16))
                if cost <= limit { heads.append((length << 8 | ratios, cost)) }
            }
        }
        return heads
    }

    /// The shorter way round.
    private static func gap(_ one: Int, _ other: Int, _ range: Int) -> Int {
        let gap = abs(one - other)
        return min(gap, range - gap)
    }

    private static func lengthCost(_ gap: Int) -> Int { gap <= 1 ? gap : gap * 12 }
    private static func ratioCost(_ gap: Int) -> Int { gap <= 1 ? gap : (gap - 1) * 12 }

    /// The sum over all two-bit values of their difference, where a difference of 3 counts as 6.
    ///
    /// Of two values, the bits that differ tell it: the lower alone 1, the higher alone 2, both 6 (0 and 3) or 1 (1 and 2).
    @inline(__always) static func distance(_ one: SIMD4<UInt64>, _ other: SIMD4<UInt64>) -> Int {
        let lows = SIMD4<UInt64>(repeating: 0x5555_5555_5555_5555)
        let differing = one ^ other
        let low = differing & lows
        let high = differing &>> 1 & lows
        let both = low & high
        let far = both & ~(one ^ one &>> 1)
        // As sums of up to 6 in fields of four bits, which hold 15.
        let once = low ^ high & low | both & ~far
        let sum = fields(once) &+ fields(high ^ both) &* 2 &+ fields(far) &* 6
        let mask = SIMD4<UInt64>(repeating: 0x0F0F_0F0F_0F0F_0F0F)
        let bytes = (sum & mask) &+ (sum &>> 4 & mask)
        // Eight bytes of up to 24 each add up in the highest one; two words would not fit there.
        return (0..<4).reduce(0) { $0 + Int((bytes[$1] &* ones) >> 56) }
    }

    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// Two neighbouring single bits added up, in fields of four bits.
    @inline(__always) private static func fields(_ bits: SIMD4<UInt64>) -> SIMD4<UInt64> {
        let mask = SIMD4<UInt64>(repeating: 0x3333_3333_3333_3333)
        return (bits & mask) &+ (bits &>> 2 & mask)
    }
}
