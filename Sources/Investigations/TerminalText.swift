// SPDX-License-Identifier: Apache-2.0

/// Text of strangers made fit for a terminal: what would move the cursor, hide or turn text round is written out.
package enum TerminalText {
    /// The text with control, formatting and invisible characters as `\u{202E}`, cut after `limit` characters.
    package static func escaped(_ text: some StringProtocol, limit: Int = 300) -> String {
        var out = ""
        var kept = 0
        for scalar in text.unicodeScalars {
            guard kept < limit else { return out + "…" }
            kept += 1
            if isHarmless(scalar) {
                out.unicodeScalars.append(scalar)
            } else {
                out += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            }
        }
        return out
    }

    /// How many columns of a terminal the text takes.
    ///
    /// Letters of East Asian scripts and emoji take two, marks on another letter none (UAX 11).
    package static func width(_ text: some StringProtocol) -> Int {
        text.unicodeScalars.reduce(0) { $0 + width($1) }
    }

    private static func width(_ scalar: Unicode.Scalar) -> Int {
        if scalar.value < 0x300 { return 1 }
        if scalar.properties.generalCategory == .nonspacingMark { return 0 }
        return scalar.properties.isEmojiPresentation || wide.contains { $0.contains(scalar.value) } ? 2 : 1
    }

    /// Hangul, Han and kana with their neighbours, and full-width forms; between them all is wide or unassigned.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF,
        0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x17000...0x18CFF, 0x1B000...0x1B2FF, 0x20000...0x3FFFD,
    ]

    /// Not so: control characters (ESC, CR, C1), format characters (bidirectional overrides and isolates, zero width,
    /// tags), line and paragraph separators, private use and what is not assigned.
    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
        // Any number of these pile up on one letter and run into the lines above and below.
        case .enclosingMark: false
        default: true
        }
    }
}
