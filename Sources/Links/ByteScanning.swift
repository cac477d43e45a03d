// SPDX-License-Identifier: Apache-2.0

import Bytes

// The loops that skip: small, so that the compiler keeps them in registers. `end` never lies behind the span.
extension Span<UInt8> {
    /// The place of the first byte in `start..<end` that is no HTML white space, or `end`.
    @inline(__always)
    func skipSpace(from start: Int, to end: Int) -> Int {
        var place = start
        while place < end, self[place].isHTMLSpace { place &+= 1 }
        return place
    }

    /// Whether these bytes stand at the place, before `end`, in whatever ASCII case.
    func has(_ word: [UInt8], at place: Int, before end: Int) -> Bool {
        guard place >= 0, end &- place >= word.count else { return false }
        for offset in 0..<word.count where self[place &+ offset].lowercased != word[offset] { return false }
        return true
    }

    /// A copy of the bytes in the range.
    func bytes(_ range: Range<Int>) -> [UInt8] {
        var out: [UInt8] = []
        out.append(contentsOf: self, in: range)
        return out
    }
}

extension [UInt8] {
    /// Appends the UTF-8 form of a code point; what is no scalar value becomes U+FFFD.
    mutating func appendUTF8(_ codePoint: UInt32) {
        let scalar = Unicode.Scalar(codePoint) ?? "\u{FFFD}"
        append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }
}

extension UInt8 {
    /// TAB, LF, FF, CR or space: CR too, since we do not normalise the line ends of the document first.
    @inline(__always)
    var isHTMLSpace: Bool { self <= 0x20 && (1 &<< UInt64(self)) & (0x1_0000_3600 as UInt64) != 0 }
}
