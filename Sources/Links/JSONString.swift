// SPDX-License-Identifier: Apache-2.0

import Bytes
import URLSyntax

/// What is asked of the strings around a URL in JSON.
enum JSONString {
    /// Up to the end of the string when the URL stands at its beginning, for then the string is the URL.
    static func extent(of link: Range<Int>, in text: Span<UInt8>) -> Range<Int> {
        guard link.lowerBound > 0, text[link.lowerBound &- 1] == .quotationMark else { return link }
        var end = link.upperBound
        while end < text.count, text[end] != .quotationMark {
            if text[end] <= .space || text[end] == .lessThan { return link }
            end &+= 1
        }
        return link.lowerBound..<end
    }

    /// Names of terms, which nobody opens.
    static func isVocabulary(_ url: WebURL) -> Bool {
        let host = url.hostBytes
        return host.equalsIgnoringCase("schema.org") || host.equalsIgnoringCase("www.schema.org")
    }

    /// Whether the key before the string that begins here is that of a picture.
    static func isPicture(_ text: Span<UInt8>, before start: Int) -> Bool {
        var place = start &- 2  // before the quote
        while place >= 0, text[place].isHTMLSpace || text[place] == .colon || text[place] == 0x5B { place &-= 1 }
        guard place > 0, text[place] == .quotationMark else { return false }
        let end = place
        while place > 0, end &- place < 16, text[place &- 1] != .quotationMark { place &-= 1 }
        return HTMLLinkScan.pictures.contains(text.bytes(place..<end).lowercased)
    }
}

extension MappedText {
    /// A JSON text with the escapes of its strings undone (RFC 8259, section 7).
    init(json text: Span<UInt8>, _ range: Range<Int>) {
        self.init(sourceStart: range.lowerBound)
        bytes.reserveCapacity(range.count)
        var copied = range.lowerBound
        var place = copied
        while place < range.upperBound {
            guard text[place] == .reverseSolidus, place &+ 1 < range.upperBound,
                let (codePoint, length) = Self.jsonEscape(text, at: place &+ 1, before: range.upperBound)
            else {
                place &+= 1
                continue
            }
            append(text, copied..<place)
            replace(place..<place &+ 1 &+ length, byCodePoint: codePoint)
            place &+= 1 &+ length
            copied = place
        }
        append(text, copied..<range.upperBound)
    }

    private static func jsonEscape(_ text: Span<UInt8>, at place: Int, before end: Int) -> (UInt32, Int)? {
        switch text[place] {
        case .solidus, .reverseSolidus: return (UInt32(text[place]), 1)
        case .quotationMark: return (0x201D, 1)  // must not look like the string's end
        case 0x6E, 0x72, 0x74, 0x62, 0x66: return (0x20, 1)
        case 0x75:
            guard place &+ 4 < end else { return nil }
            var value: UInt32 = 0
            for offset in 1...4 {
                guard let digit = text[place &+ offset].hexValue else { return nil }
                value = value << 4 | UInt32(digit)
            }
            return (value == 0x22 ? 0x201D : value, 5)
        default: return nil
        }
    }

    private mutating func replace(_ source: Range<Int>, byCodePoint codePoint: UInt32) {
        let start = bytes.count
        bytes.appendUTF8(codePoint)
        edits.append(Edit(decoded: start..<bytes.count, source: source))
    }
}
