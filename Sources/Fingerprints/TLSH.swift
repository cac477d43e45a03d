// SPDX-License-Identifier: Apache-2.0

import Bytes

/// A locality-sensitive digest (Oliver, Cheng, Chen: "TLSH - A Locality Sensitive Hash", 2013), in the form that services
/// publish: 128 buckets, a checksum of one byte, `T1` in front.
///
/// Two contents that differ in little have values of a small distance: 0 is (nearly always) the same, up to 30 is near,
/// over 70 is unrelated. It proves nothing; what is near to something bad is worth a look.
package struct TLSH: Hashable, Sendable {
    /// Content below this has no value: too little to tell apart.
    package static let minimalSize = 50

    let checksum: UInt8
    /// The logarithm of the size, in steps that grow.
    let length: UInt8
    /// First and second quartile as hundredths of the third, modulo 16.
    let q1: UInt8
    let q2: UInt8
    /// Two bits a bucket, four buckets a byte, the last byte first: below which quartile the bucket is.
    let code: [UInt8]

    /// The value of the content; nil when it is too short or too uniform to have one.
    package init?(of content: [UInt8]) {
        var taking = TLSHTaking()
        taking.update(content.span)
        guard let value = taking.value() else { return nil }
        self = value
    }

    /// The value that is written so: 70 hexadecimal digits, `T1` before them or not.
    package init?(text: some Collection<UInt8>) {
        let digits = text.starts(with: ("T1" as StaticString).bytes) ? Array(text.dropFirst(2)) : Array(text)
        guard digits.count == 70, let bytes = Hex.decode(digits) else { return nil }
        let head = bytes.prefix(3).map(\.nibblesSwapped)
        self.init(checksum: head[0], length: head[1], q1: head[2] & 15, q2: head[2] >> 4, code: Array(bytes[3...]))
    }

    init(checksum: UInt8, length: UInt8, q1: UInt8, q2: UInt8, code: [UInt8]) {
        self.checksum = checksum
        self.length = length
        self.q1 = q1
        self.q2 = q2
        self.code = code
    }

    /// As it is published: `T1` and 70 capital hexadecimal digits.
    package var text: String {
        let head = [checksum.nibblesSwapped, length.nibblesSwapped, (q2 << 4 | q1).nibblesSwapped]
        return "T1" + Hex.encode(head + code).text.uppercased()
    }

    /// How different the contents are; without `length`, size does not count (for what has something appended).
    package func distance(to other: TLSH, countingLength: Bool = true) -> Int {
        var sum = checksum == other.checksum ? 0 : 1
        if countingLength {
            let difference = Self.ringDistance(length, other.length, 256)
            sum += difference <= 1 ? difference : difference * 12
        }
        for difference in [Self.ringDistance(q1, other.q1, 16), Self.ringDistance(q2, other.q2, 16)] {
            sum += difference <= 1 ? difference : (difference - 1) * 12
        }
        return sum + codeDistance(to: other)
    }

    /// The buckets' part alone, which an index can bound from below.
    private func codeDistance(to other: TLSH) -> Int {
        var sum = 0
        for (left, right) in zip(code, other.code) { sum += Int(Self.pairDistances[Int(left) << 8 | Int(right)]) }
        return sum
    }

    private static func ringDistance(_ left: UInt8, _ right: UInt8, _ size: Int) -> Int {
        let difference = abs(Int(left) - Int(right))
        return min(difference, size - difference)
    }

    /// For each two code bytes: of their four pairs of bits, the sum of the differences, where 3 counts as 6.
    private static let pairDistances: [UInt8] = (0..<65_536).map { both in
        (0..<4).reduce(into: 0 as UInt8) { sum, place in
            let difference = abs((both >> (8 + 2 * place)) & 3 - (both >> (2 * place)) & 3)
            sum += difference == 3 ? 6 : UInt8(difference)
        }
    }
}

extension UInt8 {
    fileprivate var nibblesSwapped: UInt8 { self << 4 | self >> 4 }
}
