// SPDX-License-Identifier: Apache-2.0

import Bytes

/// One character reference as it stands in a document (HTML Standard, section 13.2.5.72 on).
struct CharacterReference: Hashable, Sendable {
    /// The bytes from the ampersand on that it is made of.
    var length: Int
    var first: UInt32
    /// The second code point, or 0.
    var second: UInt32

    /// The reference whose ampersand stands at `start`; nil when it is only an ampersand.
    ///
    /// In an attribute a name without a semicolon counts only when no letter, digit or equals sign follows:
    /// `?a=1&copy=2` is a query, not a copyright sign.
    init?(_ text: Span<UInt8>, at start: Int, before end: Int, inAttribute: Bool) {
        let place = start &+ 1
        guard place < end else { return nil }
        if text[place] == .numberSign {
            self.init(numberIn: text, at: start, before: end)
            return
        }
        guard let match = NamedReferences.standard.match(text, at: place, before: end) else { return nil }
        let behind = place &+ match.length
        if inAttribute, !match.hasSemicolon, behind < end,
            text[behind] == .equalsSign || text[behind].isASCIIAlphanumeric
        {
            return nil
        }
        self.init(length: match.length + 1, first: match.first, second: match.second)
    }

    init(length: Int, first: UInt32, second: UInt32 = 0) {
        self.length = length
        self.first = first
        self.second = second
    }

    private init?(numberIn text: Span<UInt8>, at start: Int, before end: Int) {
        var place = start &+ 2
        let isHex = place < end && text[place].lowercased == 0x78
        if isHex { place &+= 1 }
        let firstDigit = place
        var value: UInt32 = 0
        while place < end, let digit = Self.digit(text[place], isHex: isHex) {
            // Beyond Unicode it stays beyond, however many digits follow.
            value = min(value &* (isHex ? 16 : 10) &+ UInt32(digit), 0x110000)
            place &+= 1
        }
        guard place > firstDigit else { return nil }
        if place < end, text[place] == .semicolon { place &+= 1 }
        self.init(length: place &- start, first: Self.codePoint(value))
    }

    private static func digit(_ byte: UInt8, isHex: Bool) -> UInt8? {
        isHex ? byte.hexValue : byte.isASCIIDigit ? byte & 15 : nil
    }

    /// Numeric character reference end state: the numbers of C1 controls are read as windows-1252.
    private static func codePoint(_ value: UInt32) -> UInt32 {
        switch value {
        case 0, 0xD800...0xDFFF, 0x110000...: 0xFFFD
        case 0x80...0x9F: TextCharset.windows1252CodePoint(UInt8(truncatingIfNeeded: value))
        default: value
        }
    }
}
