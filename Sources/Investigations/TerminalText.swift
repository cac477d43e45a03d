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
