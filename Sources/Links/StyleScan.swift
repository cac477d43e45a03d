// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The parts of a style sheet that load something from elsewhere (CSS Syntax Level 3, as far as that takes it).
///
/// Other sheets and fonts: `@import` up to its semicolon, `@font-face` with its block. Pictures: what `url()` names, and
/// the strings of `image-set()`. Escapes in names count (`@\69mport`), comments do not hide a rule and strings do not end
/// one.
struct StyleScan {
    enum Finding {
        /// A whole rule that loads a sheet or a font.
        case rule(Range<Int>)
        /// The address of a picture, without quotes, and what it says.
        case picture(Range<Int>, [UInt8])
    }

    /// Bytes that one character of a name takes at most: a backslash, six digits, a space.
    private static let escapeLength = 8

    private var position: Int
    private let end: Int
    /// Open parentheses since `image-set(`, with its own; 0 outside.
    private var setDepth = 0

    init(range: Range<Int>) {
        position = range.lowerBound
        end = range.upperBound
    }

    /// Whether a picture may be named there: most styles have none, and are not gone through.
    static func mayNamePicture(_ css: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var place = css.index(of: 0x28, from: range.lowerBound, to: range.upperBound)
        guard place < range.upperBound else { return false }
        while place < range.upperBound {
            // The last letters of `url` and of `image-set`.
            if place > range.lowerBound, [0x6C, 0x74].contains(css[place &- 1] | 0x20) { return true }
            place = css.index(of: 0x28, from: place &+ 1, to: range.upperBound)
        }
        return css.index(of: .reverseSolidus, from: range.lowerBound, to: range.upperBound) < range.upperBound
    }

    mutating func next(in css: Span<UInt8>) -> Finding? {
        while position < end {
            let byte = css[position]
            switch byte {
            case .solidus: if !skipComment(css) { position &+= 1 }
            case .quotationMark, .apostrophe:
                if let string = string(css), setDepth == 1 { return .picture(string, decoded(css, string)) }
            case 0x40: if let rule = rule(css) { return rule }
            case 0x28, 0x29:
                position &+= 1
                if setDepth > 0 { setDepth &+= byte == 0x28 ? 1 : -1 }
            case _ where Self.isName(byte):
                let name = name(css)
                if position < end, css[position] == 0x28, let picture = function(name, css) { return picture }
            default: position &+= 1
            }
        }
        return nil
    }

    /// At an `@`.
    private mutating func rule(_ css: Span<UInt8>) -> Finding? {
        let start = position
        position &+= 1
        let keyword = name(css)
        if isNamed("import", keyword, css) {
            skip(css) { $0 == .semicolon }
            return .rule(start..<position)
        }
        if isNamed("font-face", keyword, css) {
            skip(css) { $0 == 0x7D }
            return .rule(start..<position)
        }
        if isNamed("namespace", keyword, css) { skip(css) { $0 == .semicolon } }
        return nil
    }

    /// At the parenthesis behind a name.
    private mutating func function(_ name: Range<Int>, _ css: Span<UInt8>) -> Finding? {
        position &+= 1
        if setDepth > 0 { setDepth &+= 1 }
        if isNamed("url", name, css) {
            let address = address(css)
            return .picture(address, decoded(css, address))
        }
        if isNamed("image-set", name, css) || isNamed("-webkit-image-set", name, css) { setDepth = 1 }
        return nil
    }

    /// What stands in `url(…)`; goes up to its end or the closing parenthesis.
    private mutating func address(_ css: Span<UInt8>) -> Range<Int> {
        while position < end, css[position].isHTMLSpace { position &+= 1 }
        if let string = string(css) { return string }
        let start = position
        while position < end, css[position] != 0x29, !css[position].isHTMLSpace {
            position &+= css[position] == .reverseSolidus ? 2 : 1
        }
        position = min(position, end)
        return start..<position
    }

    // MARK: Characters

    private static func isName(_ byte: UInt8) -> Bool {
        byte.isASCIIAlphanumeric || byte == .hyphen || byte == .reverseSolidus || byte == 0x5F || byte.isNonASCII
    }

    private mutating func skipComment(_ css: Span<UInt8>) -> Bool {
        guard css[position] == .solidus, position &+ 1 < end, css[position &+ 1] == 0x2A else { return false }
        position &+= 2
        while position < end, !(css[position] == 0x2A && position &+ 1 < end && css[position &+ 1] == .solidus) {
            position &+= 1
        }
        position = min(position &+ 2, end)
        return true
    }

    /// The string that begins here, without its quotes; a line break ends a bad one.
    private mutating func string(_ css: Span<UInt8>) -> Range<Int>? {
        guard position < end, css[position] == .quotationMark || css[position] == .apostrophe else { return nil }
        let quote = css[position]
        position &+= 1
        let start = position
        while position < end, css[position] != quote, css[position] != .lineFeed {
            position &+= css[position] == .reverseSolidus ? 2 : 1
        }
        let last = min(position, end)
        position = min(position &+ 1, end)
        return start..<last
    }

    /// Goes up to behind a byte, over strings and comments.
    private mutating func skip(_ css: Span<UInt8>, to isEnd: (UInt8) -> Bool) {
        while position < end {
            if skipComment(css) || string(css) != nil { continue }
            position &+= 1
            if isEnd(css[position &- 1]) { return }
        }
    }

    /// The name here.
    private mutating func name(_ css: Span<UInt8>) -> Range<Int> {
        let start = position
        while position < end, Self.isName(css[position]) {
            position &+= css[position] == .reverseSolidus ? 2 : 1
            // White space ends an escape of digits, and the name goes on behind it.
            if position < end, css[position].isHTMLSpace, endsEscape(css, start) { position &+= 1 }
        }
        position = min(position, end)
        return start..<position
    }

    /// Whether an escape of hexadecimal digits stands before this place.
    private func endsEscape(_ css: Span<UInt8>, _ start: Int) -> Bool {
        var place = position
        while place > start, position &- place < 6, css[place &- 1].isASCIIHexDigit { place &-= 1 }
        return place < position && place > start && css[place &- 1] == .reverseSolidus
    }

    /// Whether the name is this one, its escapes undone (section 4.3.7).
    private func isNamed(_ name: StaticString, _ range: Range<Int>, _ css: Span<UInt8>) -> Bool {
        let length = name.utf8CodeUnitCount
        guard range.count >= length, range.count <= length &* Self.escapeLength else { return false }
        if range.count == length { return css.bytes(range).equalsIgnoringCase(name) }
        return decoded(css, range).equalsIgnoringCase(name)
    }

    /// The characters of an address, in UTF-8.
    private func decoded(_ css: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
        var out: [UInt8] = []
        var place = range.lowerBound
        while place < range.upperBound {
            let byte = css[place]
            place &+= 1
            guard byte == .reverseSolidus, place < range.upperBound else {
                out.append(byte)
                continue
            }
            out += Self.escaped(css, &place, range.upperBound)
        }
        return out
    }

    /// What stands behind a backslash.
    private static func escaped(_ css: Span<UInt8>, _ place: inout Int, _ end: Int) -> [UInt8] {
        var value: UInt32 = 0
        var digits = 0
        while place < end, digits < 6, let digit = css[place].hexValue {
            value = value << 4 | UInt32(digit)
            digits &+= 1
            place &+= 1
        }
        guard digits > 0 else {
            place &+= 1
            return css[place &- 1] == .lineFeed ? [] : [css[place &- 1]]
        }
        if place < end, css[place].isHTMLSpace { place &+= 1 }
        var out: [UInt8] = []
        out.appendUTF8(Unicode.Scalar(value) == nil || value == 0 ? 0xFFFD : value)
        return out
    }
}
