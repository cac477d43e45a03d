// SPDX-License-Identifier: Apache-2.0

import Bytes

/// What the bytes of a text mean, as far as Rearguard must know.
///
/// Two questions are asked. May links be searched and replaced as ASCII bytes? Yes where every byte below 0x80 is ASCII
/// and none can be the second half of a character: UTF-8, the ISO-8859 and windows-125x families, KOI8, EUC-JP. All
/// others are converted to UTF-8 first (`CharsetConverter`), and a part in which a link changes is written anew. And how
/// do the bytes read? The converters of glibc know.
package enum Charset: Hashable, Sendable {
    case utf8
    /// US-ASCII or no label; what lies beyond is UTF-8 if it is valid, else windows-1252.
    case ascii
    /// windows-1252, which is also what ISO-8859-1 means in mail (WHATWG Encoding Standard).
    case windows1252
    /// ISO-8859-15.
    case latin9
    /// Another set that agrees with ASCII, or a label nobody knows: mail clients fall back to such a set.
    case otherASCII(name: String)
    /// A set in which ASCII bytes may be something else, and which can be converted.
    case converted(name: String)
    /// The same, but nothing here can convert it.
    case opaque(name: String)

    /// What a label in a message means; white space, quotes and case do not matter.
    package init(label: [UInt8]) {
        let text = label.drop { $0 <= .space || Self.isQuote($0) }
            .prefix { $0 > .space && $0 < 0x7F && !Self.isQuote($0) && $0 != UInt8(ascii: ";") }
        let label = text.prefix(40).lowercasedText
        self =
            switch Self.names[label] {
            case "utf-8": .utf8
            case "us-ascii": .ascii
            case "windows-1252": .windows1252
            case "iso-8859-15": .latin9
            case let name? where CharsetConverter.convertedNames.contains(name): .converted(name: name)
            case let name?: .otherASCII(name: name)
            case nil where label.isEmpty: .ascii
            case nil where Self.opaqueBeginnings.contains { label.hasPrefix($0) }: .opaque(name: label)
            case nil: .otherASCII(name: label)
            }
    }

    private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }

    /// Spellings that no table has, of 16- and 32-bit sets, sets that shift by ASCII bytes, and EBCDIC.
    private static let opaqueBeginnings = [
        "utf-16", "utf16", "utf-32", "utf32", "ucs", "iso-10646", "iso10646", "unicode", "utf-7", "utf7", "x-unicode",
        "csunicode", "iso-2022", "iso2022", "csiso2022", "hz", "x-imap", "ibm", "csibm", "ebcdic", "x-ebcdic",
        "csebcdic", "cp0", "cp1", "cp2", "cp3", "cp4", "cp5", "cp8", "cp9", "scsu", "bocu", "cesu", "x-ibm", "tscii",
    ]

    /// The set in the message's words: a byte order mark outweighs the label (Encoding Standard, section 6).
    package func checked(against bytes: [UInt8]) -> Charset {
        Self.mark(of: bytes)?.charset ?? self
    }

    /// What a byte order mark says, and how long it is.
    static func mark(of bytes: [UInt8]) -> (charset: Charset, length: Int)? {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return (.utf8, 3) }
        if bytes.starts(with: [0xFF, 0xFE]) { return (.converted(name: "utf-16le"), 2) }
        return bytes.starts(with: [0xFE, 0xFF]) ? (.converted(name: "utf-16be"), 2) : nil
    }

    /// Whether links can be found and replaced as ASCII bytes.
    package var isScannable: Bool {
        switch self {
        case .converted, .opaque: false
        case .utf8, .ascii, .windows1252, .latin9, .otherASCII: true
        }
    }

    /// Whether a byte over 0x7F may be taken for UTF-8.
    package var isReadAsUTF8: Bool { self == .utf8 || self == .ascii }

    /// For records.
    package var name: String {
        switch self {
        case .utf8: "utf-8"
        case .ascii: "us-ascii"
        case .windows1252: "windows-1252"
        case .latin9: "iso-8859-15"
        case .otherASCII(let name), .converted(let name), .opaque(let name): name
        }
    }

    /// The bytes for people: what is no character becomes U+FFFD.
    package func text(_ bytes: [UInt8]) -> String {
        switch self {
        case .utf8: bytes.text
        case .ascii: String(validating: bytes, as: UTF8.self) ?? Charset.windows1252.text(bytes)
        case .windows1252: singleByteText(bytes) { Self.windows1252Upper[Int($0 & 31)] }
        case .latin9: singleByteText(bytes) { _ in 0xFFFD }
        case .converted(let name): CharsetConverter.utf8(bytes, from: name)?.text ?? asciiText(bytes)
        case .otherASCII(let name):
            String(validating: bytes, as: UTF8.self) ?? CharsetConverter.utf8(bytes, from: name)?.text
                ?? asciiText(bytes)
        case .opaque: asciiText(bytes)
        }
    }

    private func asciiText(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.map { $0 < 0x80 ? $0 : 0xFF }, as: UTF8.self)
    }

    /// Latin-1 but for 0x80 to 0x9F and, in ISO-8859-15, eight more.
    private func singleByteText(_ bytes: [UInt8], upperControl: (UInt8) -> UInt16) -> String {
        let units = bytes.map { byte -> UInt16 in
            switch byte {
            case 0x80...0x9F: upperControl(byte)
            case _ where self == .latin9: Self.latin9Differences[byte] ?? UInt16(byte)
            default: UInt16(byte)
            }
        }
        return String(decoding: units, as: UTF16.self)
    }

    /// 0x80 to 0x9F of windows-1252.
    private static let windows1252Upper: [UInt16] = [
        0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008D,
        0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
        0x0153, 0x009D, 0x017E, 0x0178,
    ]

    /// Where ISO-8859-15 is not ISO-8859-1.
    private static let latin9Differences: [UInt8: UInt16] = [
        0xA4: 0x20AC, 0xA6: 0x0160, 0xA8: 0x0161, 0xB4: 0x017D, 0xB8: 0x017E, 0xBC: 0x0152, 0xBD: 0x0153, 0xBE: 0x0178,
    ]
}
