// SPDX-License-Identifier: Apache-2.0

import Bytes

/// What the bytes of a text mean, as far as Rearguard must know.
///
/// Two questions are asked. May links be searched and replaced as ASCII bytes? Yes where every byte below 0x80 outside a
/// multi-byte character is ASCII and no `<`, `>`, quote or `&` can be the second half of one: UTF-8, the ISO-8859 and
/// windows-125x families, KOI8, EUC, Shift_JIS, GBK, Big5. And how do the bytes read? Known for UTF-8 and the Latin
/// sets; enough for records. Road not taken here: converting everything by iconv, which needs every converter's faults
/// understood before a byte of the message may be replaced by its result.
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
    /// A set in which the bytes of a tag or a URL may be anything.
    case opaque(name: String)

    /// What a label in a message means; white space, quotes and case do not matter.
    package init(label: [UInt8]) {
        let name = label.filter { $0 > .space && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "'") }
            .prefix(40).lowercasedText
        self =
            switch name {
            case "utf-8", "utf8", "unicode-1-1-utf-8", "utf-8-strict": .utf8
            case "", "us-ascii", "ascii", "ansi_x3.4-1968": .ascii
            case "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "windows-1252", "cp1252", "x-cp1252": .windows1252
            case "iso-8859-15", "iso8859-15", "iso_8859-15", "latin9", "latin-9": .latin9
            case _ where Self.opaqueBeginnings.contains { name.hasPrefix($0) }: .opaque(name: name)
            default: .otherASCII(name: name)
            }
    }

    /// 16- and 32-bit sets, sets that shift by ASCII bytes, EBCDIC, and Johab, whose second bytes may be `<`.
    private static let opaqueBeginnings = [
        "utf-16", "utf16", "utf-32", "utf32", "ucs-2", "ucs-4", "iso-10646", "iso10646", "unicode", "utf-7", "utf7",
        "x-unicode", "csunicode", "iso-2022", "iso2022", "csiso2022", "hz", "x-imap", "ibm0", "ibm2", "ibm3", "ibm4",
        "ibm5",
        "ibm11", "ebcdic", "x-ebcdic", "cp037", "cp1047", "cp1140", "cp500", "scsu", "bocu", "johab", "x-johab",
    ]

    /// The set in the message's words: the byte order mark of a 16- or 32-bit set outweighs the label.
    package func checked(against bytes: [UInt8]) -> Charset {
        guard bytes.count >= 2 else { return self }
        switch (bytes[0], bytes[1]) {
        case (0xFE, 0xFF), (0xFF, 0xFE): return .opaque(name: "utf-16")
        default: return self
        }
    }

    /// Whether links can be found and replaced as ASCII bytes.
    package var isScannable: Bool {
        if case .opaque = self { false } else { true }
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
        case .otherASCII(let name), .opaque(let name): name
        }
    }

    /// The bytes for people: what is no character becomes U+FFFD.
    package func text(_ bytes: [UInt8]) -> String {
        switch self {
        case .utf8: bytes.text
        case .ascii: String(validating: bytes, as: UTF8.self) ?? Charset.windows1252.text(bytes)
        case .windows1252: singleByteText(bytes) { Self.windows1252Upper[Int($0 & 31)] }
        case .latin9: singleByteText(bytes) { _ in 0xFFFD }
        case .otherASCII, .opaque:
            String(validating: bytes, as: UTF8.self)
                ?? String(decoding: bytes.map { $0 < 0x80 ? $0 : 0xFF }, as: UTF8.self)
        }
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
