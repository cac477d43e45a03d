// SPDX-License-Identifier: Apache-2.0

import Bytes

/// How the bytes of a part stand for characters.
///
/// Ranges are over the part's own bytes, so a part is never converted as a whole; only charsets that keep ASCII as it
/// is can be read this way. All others have to be converted to UTF-8 first.
package enum TextCharset: Hashable, Sendable {
    case utf8
    /// With ISO-8859-1 and US-ASCII, which the Encoding Standard reads the same way.
    case windows1252

    /// The charset of a label (Encoding Standard, section 4.2), nil for one that this module cannot scan.
    package init?(label: some Collection<UInt8>) {
        let labels: [(TextCharset, [StaticString])] = [
            (.utf8, ["utf-8", "utf8", "unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "x-unicode20utf8"]),
            (
                .windows1252,
                [
                    "us-ascii", "ascii", "iso-8859-1", "iso8859-1", "iso_8859-1", "iso88591", "latin1", "l1",
                    "windows-1252", "cp1252", "x-cp1252", "cp819", "ibm819", "ansi_x3.4-1968", "iso-ir-100",
                    "csisolatin1", "iso_8859-1:1987",
                ]
            ),
        ]
        for (charset, names) in labels where names.contains(where: label.equalsIgnoringCase) {
            self = charset
            return
        }
        return nil
    }

    /// The characters of 0x80 to 0x9F; the five without one stay controls.
    private static let upperControls: [UInt16] = [
        0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,
        0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
        0x0153, 0x9D, 0x017E, 0x0178,
    ]

    /// The code point of one byte of windows-1252.
    static func windows1252CodePoint(_ byte: UInt8) -> UInt32 {
        0x80...0x9F ~= byte ? UInt32(upperControls[Int(byte - 0x80)]) : UInt32(byte)
    }

    /// The byte of windows-1252 for a code point, if there is one.
    private static func windows1252Byte(_ codePoint: UInt32) -> UInt8? {
        if let index = upperControls.firstIndex(where: { UInt32($0) == codePoint }) { return UInt8(0x80 + index) }
        return codePoint < 0x100 && !(0x80...0x9F ~= codePoint) ? UInt8(codePoint) : nil
    }

    /// The character at a place, with the number of bytes it takes: a byte that begins no valid UTF-8 is U+FFFD.
    func character(_ text: Span<UInt8>, at place: Int, before end: Int) -> (codePoint: UInt32, length: Int) {
        let lead = text[place]
        guard lead.isNonASCII else { return (UInt32(lead), 1) }
        guard self == .utf8 else { return (Self.windows1252CodePoint(lead), 1) }
        let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
        guard (0xC2...0xF4) ~= lead, end &- place >= length else { return (0xFFFD, 1) }
        var value = UInt32(lead) & (0xFF >> UInt32(length + 1))
        for offset in 1..<length {
            guard text[place &+ offset] & 0xC0 == 0x80 else { return (0xFFFD, 1) }
            value = value << 6 | UInt32(text[place &+ offset] & 0x3F)
        }
        let least: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
        return value < least || Unicode.Scalar(value) == nil ? (0xFFFD, 1) : (value, length)
    }

    /// The characters of such bytes, in UTF-8.
    func decoded(_ bytes: [UInt8]) -> [UInt8] {
        guard self != .utf8, bytes.contains(where: \.isNonASCII) else { return bytes }
        var out: [UInt8] = []
        for byte in bytes { out.appendUTF8(Self.windows1252CodePoint(byte)) }
        return out
    }

    /// A URL of a document in this charset as a URL of a document in UTF-8.
    ///
    /// A browser encodes the query in the document's charset (URL Standard, query state with an encoding), and the
    /// rest in UTF-8. The URL travels without its document, so the query's characters become percent-encoded bytes.
    func urlForUTF8(_ url: [UInt8]) -> [UInt8] {
        guard self != .utf8, let query = url.firstIndex(of: .questionMark), url[query...].contains(where: \.isNonASCII)
        else { return url }
        let fragment = url.firstIndex(of: .numberSign) ?? url.endIndex
        guard query < fragment else { return url }
        var out = Array(url[..<query])
        for scalar in url[query..<fragment].text.unicodeScalars {
            if scalar.isASCII {
                out.append(UInt8(truncatingIfNeeded: scalar.value))
            } else if let byte = Self.windows1252Byte(scalar.value) {
                out.append(0x25)
                out.append(contentsOf: Hex.encode([byte]).map { $0.isASCIILetter ? $0 & 0xDF : $0 })
            } else {
                out.append(contentsOf: "%26%23\(scalar.value)%3B".utf8)
            }
        }
        return out + url[fragment...]
    }
}
