// SPDX-License-Identifier: Apache-2.0

// Looking for one byte, or for a few in a row, sixteen bytes at a time.
//
// Most of a message is looked through for the next `<`, quote or line end and for nothing else. A comparison of sixteen
// bytes costs what two of single bytes do. Road not taken: memchr, whose call costs more than most values are long.

extension Span<UInt8> {
    /// The place of the first such byte in `start..<end`, or `end`; `end` never lies behind the span.
    @inlinable @inline(__always)
    package func index(of byte: UInt8, from start: Int, to end: Int) -> Int {
        index(from: start, to: end, block: { $0 .== SIMD16(repeating: byte) }, byte: { $0 == byte })
    }

    /// The place of the first of three bytes, as `index(of:from:to:)`.
    @inlinable @inline(__always)
    package func index(of first: UInt8, or second: UInt8, or third: UInt8, from start: Int, to end: Int) -> Int {
        index(
            from: start, to: end,
            block: {
                ($0 .== SIMD16(repeating: first)) .| ($0 .== SIMD16(repeating: second))
                    .| ($0 .== SIMD16(repeating: third))
            },
            byte: { $0 == first || $0 == second || $0 == third })
    }

    /// The place of the first byte over 0x7F, as `index(of:from:to:)`.
    @inlinable @inline(__always)
    package func indexOfNonASCII(from start: Int, to end: Int) -> Int {
        index(from: start, to: end, block: { $0 .>= SIMD16(repeating: 0x80) }, byte: { $0 >= 0x80 })
    }

    /// The place of the first byte that fits; both closures must say the same.
    @inlinable @inline(__always)
    package func index(
        from start: Int, to end: Int, block: (SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>>, byte: (UInt8) -> Bool
    ) -> Int {
        precondition(start >= 0 && end <= count, "a search beyond the bytes")
        var place = start
        while place <= end &- 16 {
            // Within the bytes: `start` is not negative, and 16 bytes are left before `end`.
            let loaded = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: place, as: SIMD16<UInt8>.self)
            let found = unsafe unsafeBitCast(block(loaded), to: SIMD2<UInt64>.self)
            if found[0] != 0 { return place &+ found[0].trailingZeroBitCount &>> 3 }
            if found[1] != 0 { return place &+ 8 &+ found[1].trailingZeroBitCount &>> 3 }
            place &+= 16
        }
        while place < end, !byte(self[place]) { place &+= 1 }
        return place
    }

    /// Where these bytes stand first in `start..<end`; nil where they do not, or are none.
    package func range(of wanted: [UInt8], from start: Int, to end: Int) -> Range<Int>? {
        guard let first = wanted.first else { return nil }
        let last = end &- wanted.count
        var place = start
        while place <= last {
            place = index(of: first, from: place, to: end)
            guard place <= last else { return nil }
            var length = 1
            while length < wanted.count, self[place &+ length] == wanted[length] { length &+= 1 }
            if length == wanted.count { return place..<place &+ length }
            place &+= 1
        }
        return nil
    }
}

extension [UInt8] {
    /// One copy of the whole; a loop over the span costs a check and a call for every byte.
    @inlinable
    package mutating func append(contentsOf span: Span<UInt8>, in range: Range<Int>) {
        unsafe span.extracting(range).withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// Whether no byte is over 0x7F.
    package var isASCII: Bool { span.indexOfNonASCII(from: 0, to: count) == count }

    /// Where these bytes stand first; the standard library's search is generic and costs a call for each byte.
    package func range(of wanted: [UInt8]) -> Range<Int>? { span.range(of: wanted, from: 0, to: count) }
}

extension ArraySlice<UInt8> {
    /// Where these bytes stand first, as an index of the array.
    package func range(of wanted: [UInt8]) -> Range<Int>? {
        guard let found = span.range(of: wanted, from: 0, to: count) else { return nil }
        return found.lowerBound + startIndex..<found.upperBound + startIndex
    }
}
