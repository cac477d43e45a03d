// SPDX-License-Identifier: Apache-2.0

/// Text made safe for HTML text and for quoted attribute values.
///
/// Works on Unicode scalars. The template engine's own escaping works on Characters and lets a `"` or a `<` through when
/// a combining mark follows it (`"` + U+0301 is one Character), so it is not used.
package enum HTMLText {
    /// The text with `& < > " '` as references, and with controls, bidirectional overrides and what nobody sees as U+FFFD.
    package static func escape(_ text: String) -> String {
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out.append(contentsOf: "&amp;".unicodeScalars)
            case "<": out.append(contentsOf: "&lt;".unicodeScalars)
            case ">": out.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": out.append(contentsOf: "&quot;".unicodeScalars)
            case "'": out.append(contentsOf: "&#39;".unicodeScalars)
            default: out.append(isDeceptive(scalar) ? "\u{FFFD}" : scalar)
            }
        }
        return String(out)
    }

    /// Controls but tab and line feed, marks that change the direction of what is shown (UAX 9), and characters that are
    /// shown as nothing (UTS 39, section 3.1: Default_Ignorable_Code_Point).
    ///
    /// U+200C, U+200D and variation selectors stay: some scripts are not written without them, and pages have their texts from
    /// the site.
    private static func isDeceptive(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: false
        case 0x00...0x1F, 0x7F...0x9F: true
        case 0x061C, 0x2028...0x202E, 0x2066...0x2069: true
        case 0x00AD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B...0x180F, 0x200B, 0x200E, 0x200F, 0x2060...0x2065:
            true
        case 0x206A...0x206F, 0x3164, 0xFEFF, 0xFFA0, 0xFFF0...0xFFFB, 0x1BCA0...0x1BCA3, 0x1D173...0x1D17A: true
        case 0xE0000...0xE0FFF: true
        default: false
        }
    }
}
