// SPDX-License-Identifier: Apache-2.0

/// How a text is printed as YAML, and inside a message of ours.
enum YAMLScalar {
    /// In one line: as it stands where that is safe, else in double quotes.
    static func plain(_ text: String) -> String {
        guard needsQuotes(text) else { return text }
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": out += "\\\(scalar)"
            case _ where scalar.properties.generalCategory == .control || scalar.value > 0x7E:
                out += scalar.value > 0xFFFF ? "\\U" + hex(scalar.value, 8) : "\\u" + hex(scalar.value, 4)
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }

    /// The same within `[…]` and `{…}`, where more characters mean something.
    static func flow(_ text: String) -> String {
        let printed = plain(text)
        return printed.contains(":") && printed == text ? "\"\(text)\"" : printed
    }

    private static func needsQuotes(_ text: String) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last else { return true }
        let isPlain = text.utf8.allSatisfy { isAlphanumeric($0) || " _./@+-:".utf8.contains($0) }
        let isNull = ["null", "Null", "NULL"].contains(text)
        return !isPlain || isNull || !(isAlphanumeric(first) || first == UInt8(ascii: "/"))
            || !(isAlphanumeric(last) || last == UInt8(ascii: "/")) || text.contains(": ")
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10
    }

    private static func hex(_ value: UInt32, _ digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// Somebody's text inside a message of ours: short, and on one line.
    static func printable(_ text: some StringProtocol) -> String {
        let limit = 80
        let scalars = text.unicodeScalars.prefix(limit).map { scalar in
            scalar.properties.generalCategory == .control ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }
        return scalars.joined() + (text.unicodeScalars.count > limit ? "…" : "")
    }
}
