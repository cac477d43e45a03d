// SPDX-License-Identifier: Apache-2.0

import Bytes

/// An IPv6 address: eight pieces of 16 bits (WHATWG URL Standard, section 3.5).
package struct IPv6Address: Hashable, Sendable {
    package let pieces: [UInt16]

    /// Reads what stands between the brackets.
    init?(_ text: ArraySlice<UInt8>) {
        var reader = IPv6Reader(text: Array(text))
        guard let pieces = reader.read() else { return nil }
        self.pieces = pieces
    }

    /// Small digits, the longest run of zero pieces as `::` (RFC 5952).
    var serialized: [UInt8] {
        let run = longestZeroRun
        var out = ""
        var index = 0
        while index < 8 {
            if let run, index == run.lowerBound {
                out += index == 0 ? "::" : ":"
                index = run.upperBound
                continue
            }
            out += String(pieces[index], radix: 16)
            if index < 7 { out += ":" }
            index += 1
        }
        return Array(out.utf8)
    }

    private var longestZeroRun: Range<Int>? {
        var best: Range<Int>?
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, pieces[end] == 0 { end += 1 }
            if end - start > max(1, best?.count ?? 1) { best = start..<end }
            start = max(end, start + 1)
        }
        return best
    }
}

/// The reading of one IPv6 address, step by step as the standard has it.
private struct IPv6Reader {
    let text: [UInt8]
    var position = 0
    var pieces = [UInt16](repeating: 0, count: 8)
    var index = 0
    var compress: Int?

    init(text: [UInt8]) {
        self.text = text
    }

    private func byte(_ offset: Int = 0) -> UInt8? {
        position + offset < text.count ? text[position + offset] : nil
    }

    mutating func read() -> [UInt16]? {
        if byte() == UInt8(ascii: ":") {
            guard byte(1) == UInt8(ascii: ":") else { return nil }
            position += 2
            index = 1
            compress = 1
            return readPieces(shift: 1)
        }
        return readPieces(shift: 0)
    }

    /// `shift` is 1 when the address begins with `::`: the standard counts that as one piece.
    private mutating func readPieces(shift: Int) -> [UInt16]? {
        while position < text.count {
            guard index < 8 else { return nil }
            if byte() == UInt8(ascii: ":") {
                guard compress == nil else { return nil }
                position += 1
                index += 1
                compress = index
                continue
            }
            let start = position
            var value: UInt32 = 0
            while position - start < 4, let digit = byte()?.hexValue {
                value = value << 4 | UInt32(digit)
                position += 1
            }
            if byte() == UInt8(ascii: ".") {
                guard position > start else { return nil }
                position = start
                guard readIPv4() else { return nil }
                break
            }
            if byte() == UInt8(ascii: ":") {
                position += 1
                guard position < text.count else { return nil }
            } else if position < text.count {
                return nil
            }
            pieces[index] = UInt16(truncatingIfNeeded: value)
            index += 1
        }
        return expanded()
    }

    /// The last 32 bits in dotted decimal.
    private mutating func readIPv4() -> Bool {
        guard index <= 6 else { return false }
        for part in 0..<4 {
            if part > 0 {
                guard byte() == UInt8(ascii: ".") else { return false }
                position += 1
            }
            guard let value = readDecimal() else { return false }
            pieces[index] = pieces[index] << 8 | value
            if part == 1 || part == 3 { index += 1 }
        }
        return position == text.count
    }

    private mutating func readDecimal() -> UInt16? {
        var value: UInt16?
        while let digit = byte(), digit.isASCIIDigit {
            guard value != 0 else { return nil }  // no leading zeros
            let next = (value ?? 0) * 10 + UInt16(digit - 0x30)
            guard next <= 255 else { return nil }
            value = next
            position += 1
        }
        return value
    }

    /// Moves what stands after `::` to the end.
    private mutating func expanded() -> [UInt16]? {
        guard let compress else { return index == 8 ? pieces : nil }
        var swaps = index - compress
        index = 7
        while index != 0, swaps > 0 {
            pieces.swapAt(index, compress + swaps - 1)
            index -= 1
            swaps -= 1
        }
        return pieces
    }
}
