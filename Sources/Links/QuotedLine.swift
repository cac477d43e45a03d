// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Values in quoted-printable, as contact cards and calendars of the nineties have them (vCard 2.1, section 2.1.5):
/// `URL;ENCODING=QUOTED-PRINTABLE:http://example.org/=`, going on in the next line.
///
/// Every client that opens cards still reads them. One line more is part of the value for each `=` at a line's end.
enum QuotedLine {
    private static let mark = ("quoted-printable" as StaticString).bytes

    /// The value of the first such line at or behind `start`, which is the start of a line; nil when there is none.
    static func next(in text: Span<UInt8>, from start: Int) -> Range<Int>? {
        var line = start
        while line < text.count {
            let end = lineEnd(text, from: line)
            let colon = text.index(of: .colon, from: line, to: end)
            if colon < end, isMarked(text, line..<colon) { return colon &+ 1..<valueEnd(text, from: colon &+ 1) }
            line = end &+ 1
        }
        return nil
    }

    private static func isMarked(_ text: Span<UInt8>, _ head: Range<Int>) -> Bool {
        var place = head.lowerBound
        while place < head.upperBound {
            if text[place].lowercased == mark[0], text.has(mark, at: place, before: head.upperBound) { return true }
            place &+= 1
        }
        return false
    }

    private static func valueEnd(_ text: Span<UInt8>, from start: Int) -> Int {
        var end = lineEnd(text, from: start)
        while end > start, end < text.count, text[end &- 1] == .equalsSign {
            end = lineEnd(text, from: lineBreakEnd(text, at: end))
        }
        return end
    }

    private static func lineEnd(_ text: Span<UInt8>, from start: Int) -> Int {
        text.index(of: .lineFeed, or: .carriageReturn, or: .carriageReturn, from: start, to: text.count)
    }

    /// Where the next line begins behind this line end.
    static func lineBreakEnd(_ text: Span<UInt8>, at lineEnd: Int) -> Int {
        let isPair =
            text[lineEnd] == .carriageReturn && lineEnd &+ 1 < text.count && text[lineEnd &+ 1] == .lineFeed
        return lineEnd &+ (isPair ? 2 : 1)
    }

    private static let digits = ("0123456789ABCDEF" as StaticString).bytes

    /// The bytes as such a value has them: one line, whatever its length, for the mail has an encoding of its own.
    static func written(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count + 16)
        for byte in bytes {
            if byte < 0x20 || byte > 0x7E || byte == .equalsSign {
                out.append(.equalsSign)
                out.append(digits[Int(byte &>> 4)])
                out.append(digits[Int(byte & 15)])
            } else {
                out.append(byte)
            }
        }
        return out
    }
}

extension MappedText {
    /// A value in quoted-printable (RFC 2045, section 6.7), with soft line breaks undone.
    init(quoted text: Span<UInt8>, _ range: Range<Int>) {
        self.init(sourceStart: range.lowerBound)
        var copied = range.lowerBound
        var place = copied
        while place < range.upperBound {
            guard text[place] == .equalsSign, place &+ 1 < range.upperBound else {
                place &+= 1
                continue
            }
            if text[place &+ 1] == .lineFeed || text[place &+ 1] == .carriageReturn {
                let end = QuotedLine.lineBreakEnd(text, at: place &+ 1)
                append(text, copied..<place)
                drop(place..<end)
                (copied, place) = (end, end)
            } else if place &+ 2 < range.upperBound, let high = text[place &+ 1].hexValue,
                let low = text[place &+ 2].hexValue
            {
                append(text, copied..<place)
                replace(place..<place &+ 3, by: high &<< 4 | low)
                (copied, place) = (place &+ 3, place &+ 3)
            } else {
                place &+= 1
            }
        }
        append(text, copied..<range.upperBound)
    }
}
