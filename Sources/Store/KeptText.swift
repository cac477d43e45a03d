// SPDX-License-Identifier: Apache-2.0

extension SQLValue {
    /// Text from outside, as it is kept: PostgreSQL takes no U+0000, SQLite ends the text there, JSON may hold one.
    package static func kept(_ text: String) -> SQLValue {
        guard text.utf8.contains(0) else { return .text(text) }
        return .text(text.unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : String($0) }.joined())
    }

    /// NULL for nil.
    package static func kept(_ text: String?) -> SQLValue { text.map { kept($0) } ?? .null }

    /// Text that an index holds: cut, because PostgreSQL refuses index entries over some 2,700 bytes.
    ///
    /// No address that mail reaches is so long (RFC 5321, section 4.5.3.1: 64 and 255 bytes).
    package static func indexed(_ text: String) -> SQLValue {
        guard text.utf8.count > indexedLimit else { return kept(text) }
        return kept(String(decoding: text.utf8.prefix(indexedLimit), as: UTF8.self))
    }

    private static let indexedLimit = 1_000
}

extension String {
    /// The text as part of a sentence for people: one line, nothing that hides or turns around what stands beside it.
    package func shown(limit: Int) -> String {
        var out = ""
        for (count, scalar) in unicodeScalars.enumerated() {
            guard count < limit else { return out + "…" }
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse:
                out.unicodeScalars.append("\u{FFFD}")
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
