// SPDX-License-Identifier: Apache-2.0

import Bytes

/// What an HTML or XML text says about its own charset: `<meta charset>`, `<meta http-equiv>` with `charset=`, and the
/// XML declaration.
enum CharsetDeclarations {
    private static let meta = ("meta" as StaticString).bytes
    private static let xml = ("?xml" as StaticString).bytes
    private static let charset = ("charset" as StaticString).bytes
    private static let encoding = ("encoding" as StaticString).bytes
    private static let labelMarks = ("-_:.+()" as StaticString).bytes

    /// Browsers look at the first 1,024 bytes (HTML Standard, prescan), some clients at all of the head.
    private static let prescan = 8 * 1_024

    /// The first charset declared; a 16-bit one cannot be true and counts as UTF-8 (HTML Standard, prescan).
    static func first(in text: [UInt8]) -> Charset? {
        guard let label = labels(in: text, to: min(text.count, prescan)).first else { return nil }
        let charset = Charset(label: Array(text[label]))
        if case .converted(let name) = charset, name.hasPrefix("utf-16") { return .utf8 }
        return charset
    }

    /// The text with UTF-8 in the place of every charset that is declared.
    static func inUTF8(_ text: [UInt8]) -> [UInt8] {
        let patches = labels(in: text, to: text.count).map {
            Patch(range: $0, replacement: ("utf-8" as StaticString).bytes)
        }
        return (try? patches.applied(to: text)) ?? text
    }

    /// Where the labels stand: behind `charset=` in a meta tag, behind `encoding=` in an XML declaration.
    private static func labels(in text: [UInt8], to end: Int) -> [Range<Int>] {
        let span = text.span
        var found: [Range<Int>] = []
        var index = 0
        while index < end {
            index = span.index(of: UInt8(ascii: "<"), from: index, to: end) &+ 1
            guard index < end else { break }
            let word: [UInt8]
            if span.hasWord(at: index, Self.meta) {
                word = Self.charset
            } else if span.hasWord(at: index, Self.xml) {
                word = Self.encoding
            } else {
                continue
            }
            while index < end, span[index] != UInt8(ascii: ">") {
                if span.hasWord(at: index, word), let label = label(span, after: index &+ word.count) {
                    found.append(label)
                    index = label.upperBound
                } else {
                    index &+= 1
                }
            }
        }
        return found
    }

    /// The label behind an equals sign, with or without quotes.
    private static func label(_ span: borrowing Span<UInt8>, after start: Int) -> Range<Int>? {
        var index = start
        func isSpace(_ byte: UInt8) -> Bool { byte.isFoldingSpace || byte == 0x0C }
        while index < span.count, isSpace(span[index]) { index &+= 1 }
        guard index < span.count, span[index] == UInt8(ascii: "=") else { return nil }
        index &+= 1
        while index < span.count,
            isSpace(span[index]) || span[index] == UInt8(ascii: "\"") || span[index] == UInt8(ascii: "'")
        {
            index &+= 1
        }
        let first = index
        while index < span.count, isLabel(span[index]) { index &+= 1 }
        return index > first ? first..<index : nil
    }

    private static func isLabel(_ byte: UInt8) -> Bool {
        byte.isASCIIAlphanumeric || labelMarks.contains(byte)
    }
}
