// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Names and strings of PDF (ISO 32000-1, section 7.3), read from a place; `end` is where reading goes on.
package enum PDFText {
    /// Longest name (annex C).
    private static let nameSize = 127

    /// The name at a slash, with `#xx` undone: `/U#52I` is `/URI`.
    package static func name(_ bytes: [UInt8], at start: Int) -> (bytes: [UInt8], end: Int) {
        var name: [UInt8] = []
        var place = start + 1
        while place < bytes.count, name.count < nameSize, bytes[place].isPDFRegular {
            if bytes[place] == UInt8(ascii: "#"), place + 2 < bytes.count, let high = bytes[place + 1].hexValue,
                let low = bytes[place + 2].hexValue
            {
                name.append(high << 4 | low)
                place += 3
            } else {
                name.append(bytes[place])
                place += 1
            }
        }
        return (name, place)
    }

    /// The string at a bracket, with its escapes undone; one that does not close ends at the limit.
    package static func literal(_ bytes: [UInt8], at start: Int, limit: Int) -> (bytes: [UInt8], end: Int) {
        var text: [UInt8] = []
        var (place, depth) = (start + 1, 1)
        while place < bytes.count, text.count < limit {
            let byte = bytes[place]
            place += 1
            switch byte {
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"):
                depth -= 1
                if depth == 0 { return (text, place) }
            case UInt8(ascii: "\\"):
                escape(bytes, &place, into: &text)
                continue
            default: break
            }
            text.append(byte)
        }
        return (text, place)
    }

    private static func escape(_ bytes: [UInt8], _ place: inout Int, into text: inout [UInt8]) {
        guard place < bytes.count else { return }
        let byte = bytes[place]
        place += 1
        switch byte {
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case 0x0D: if place < bytes.count, bytes[place] == 0x0A { place += 1 }
        case 0x0A: break
        case 0x30...0x37:
            var value = Int(byte - 0x30)
            for _ in 0..<2 {
                guard place < bytes.count, (0x30...0x37).contains(bytes[place]) else { break }
                value = value << 3 | Int(bytes[place] - 0x30)
                place += 1
            }
            text.append(UInt8(truncatingIfNeeded: value))
        default: text.append(byte)
        }
    }

    /// The string between angle brackets; what is no digit is passed over, and a last odd digit stands for its tens.
    package static func hexadecimal(_ bytes: [UInt8], at start: Int, limit: Int) -> (bytes: [UInt8], end: Int) {
        var text: [UInt8] = []
        var place = start + 1
        var high: UInt8?
        while place < bytes.count, text.count < limit, bytes[place] != UInt8(ascii: ">") {
            if let value = bytes[place].hexValue {
                if let first = high { text.append(first << 4 | value) }
                high = high == nil ? value : nil
            } else if bytes[place] > 0x20 {
                // No string after all; what follows may be one.
                return (text, place)
            }
            place += 1
        }
        if let high { text.append(high << 4) }
        return (text, min(place + 1, bytes.count))
    }

    /// The end of the comment or the string there; nil where neither begins.
    package static func endOfPassage(_ bytes: [UInt8], at place: Int, limit: Int) -> Int? {
        switch bytes[place] {
        case UInt8(ascii: "%"): bytes.span.index(of: 0x0A, or: 0x0D, or: 0x0A, from: place, to: bytes.count)
        case UInt8(ascii: "("): literal(bytes, at: place, limit: limit).end
        default: nil
        }
    }

    /// The whole number that stands alone behind white space; nil for a reference to one, and for none.
    static func number(_ bytes: [UInt8], in range: Range<Int>) -> Int? {
        var pair = PDFNumberPair()
        var place = range.lowerBound
        while place < range.upperBound, bytes[place] <= 0x20 || bytes[place].isASCIIDigit {
            place = pair.step(bytes, at: place)
        }
        return pair.object == nil ? pair.last : nil
    }
}

/// The last two numbers before a word: those of the object in `12 0 obj` and `12 0 R` (section 7.3.10).
package struct PDFNumberPair {
    private var first: Int?
    private(set) var last: Int?

    package init() {}

    /// The number of the object; nil where there are not two numbers.
    package var object: Int? { last == nil ? nil : first }

    /// Goes past white space or a number; past anything else, which has no numbers before it.
    ///
    /// Answers where reading goes on.
    package mutating func step(_ bytes: [UInt8], at place: Int) -> Int {
        switch bytes[place] {
        case 0x00...0x20: return place + 1
        case 0x30...0x39: return take(bytes, at: place)
        default:
            (first, last) = (nil, nil)
            return place + 1
        }
    }

    private mutating func take(_ bytes: [UInt8], at start: Int) -> Int {
        var (place, value) = (start, 0)
        while place < bytes.count, bytes[place].isASCIIDigit {
            // Larger than any object's number: stays so.
            value = min(value * 10 + Int(bytes[place] - 0x30), 1 << 40)
            place += 1
        }
        (first, last) = (last, value)
        return place
    }
}

/// How bytes of a PDF are gone through: as who reads them in their order does, or so that what stands in a comment or a
/// string counts too, because a reader that comes by a table of places begins anywhere.
package enum PDFPass: CaseIterable {
    case inOrder, anywhere
}

extension [UInt8] {
    package func has(_ wanted: [UInt8], at place: Int) -> Bool {
        guard place >= 0, count - place >= wanted.count else { return false }
        for offset in wanted.indices where self[place + offset] != wanted[offset] { return false }
        return true
    }
}

extension UInt8 {
    /// Neither white space nor a delimiter (section 7.2.2).
    package var isPDFRegular: Bool {
        switch self {
        case 0x00, 0x09, 0x0A, 0x0C, 0x0D, 0x20, 0x28, 0x29, 0x3C, 0x3E, 0x5B, 0x5D, 0x7B, 0x7D, 0x2F, 0x25: false
        default: true
        }
    }
}
