// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The at-rules of a style sheet that load another sheet or a font (CSS Syntax Level 3, as far as that takes it).
///
/// `@import` up to its semicolon, `@font-face` with its block. Escapes in the keyword count (`@\69mport`), comments do not
/// hide a rule and strings do not end one. Road not taken: `url()` of pictures, which stay as all pictures do.
struct RemoteStyle {
    private var position: Int
    private let end: Int

    init(range: Range<Int>) {
        position = range.lowerBound
        end = range.upperBound
    }

    /// The next such rule.
    mutating func next(in css: Span<UInt8>) -> Range<Int>? {
        while position < end {
            let start = position
            if skipQuiet(css) { continue }
            position &+= 1
            guard css[start] == 0x40 else { continue }
            let keyword = keyword(css)
            if keyword.equalsIgnoringCase("import") {
                skip(css) { $0 == .semicolon }
                return start..<position
            }
            if keyword.equalsIgnoringCase("font-face") {
                skip(css) { $0 == 0x7D }
                return start..<position
            }
        }
        return nil
    }

    /// Goes over the comment or the string that begins here.
    private mutating func skipQuiet(_ css: Span<UInt8>) -> Bool {
        let byte = css[position]
        if byte == .solidus, position &+ 1 < end, css[position &+ 1] == 0x2A {
            position &+= 2
            while position < end, !(css[position] == 0x2A && position &+ 1 < end && css[position &+ 1] == .solidus) {
                position &+= 1
            }
            position = min(position &+ 2, end)
            return true
        }
        guard byte == .quotationMark || byte == .apostrophe else { return false }
        position &+= 1
        while position < end, css[position] != byte, css[position] != .lineFeed {
            position &+= css[position] == .reverseSolidus ? 2 : 1
        }
        position = min(position &+ 1, end)
        return true
    }

    /// Goes up to behind a byte, over strings and comments.
    private mutating func skip(_ css: Span<UInt8>, to isEnd: (UInt8) -> Bool) {
        while position < end {
            if skipQuiet(css) { continue }
            position &+= 1
            if isEnd(css[position &- 1]) { return }
        }
    }

    /// The name here, its escapes undone (section 4.3.7).
    private mutating func keyword(_ css: Span<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        while position < end, out.count < 32 {
            let byte = css[position]
            if byte.isASCIIAlphanumeric || byte == .hyphen {
                out.append(byte)
                position &+= 1
            } else if byte == .reverseSolidus, position &+ 1 < end {
                position &+= 1
                out.append(escaped(css))
            } else {
                break
            }
        }
        return out
    }

    private mutating func escaped(_ css: Span<UInt8>) -> UInt8 {
        var value: UInt32 = 0
        var digits = 0
        while position < end, digits < 6, let digit = css[position].hexValue {
            value = value << 4 | UInt32(digit)
            digits &+= 1
            position &+= 1
        }
        guard digits > 0 else {
            position &+= 1
            return css[position &- 1]
        }
        if position < end, css[position].isHTMLSpace { position &+= 1 }
        return value < 0x80 ? UInt8(truncatingIfNeeded: value) : 0xFF
    }
}
