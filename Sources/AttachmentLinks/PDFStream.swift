// SPDX-License-Identifier: Apache-2.0

import Bytes

/// A stream of a PDF: its dictionary's names, and where its bytes are.
struct PDFStream {
    /// The dictionary's names in their order.
    private let names: [[UInt8]]
    let content: Range<Int>

    /// Bytes before the word `stream` that may be its dictionary.
    private static let dictionarySize = 8 * 1_024
    private static let start = ("stream" as StaticString).bytes
    private static let end = ("endstream" as StaticString).bytes
    private static let object = ("obj" as StaticString).bytes

    /// The next stream; its length is not believed, it ends at the word that ends it.
    static func next(in bytes: [UInt8], from place: Int) -> PDFStream? {
        var place = place
        while let found = bytes.firstPlace(of: start, in: place..<bytes.count) {
            place = found + start.count
            guard place < bytes.count, bytes[place] <= 0x20, !bytes.has(end, at: found - 3) else { continue }
            var first = place
            if bytes[first] == 0x0D { first += 1 }
            if first < bytes.count, bytes[first] == 0x0A { first += 1 }
            let last = bytes.firstPlace(of: end, in: first..<bytes.count) ?? bytes.count
            return PDFStream(names: dictionary(bytes, before: found), content: first..<max(first, last))
        }
        return nil
    }

    /// The names between the word `obj` before and this place.
    private static func dictionary(_ bytes: [UInt8], before end: Int) -> [[UInt8]] {
        var start = end
        let least = max(0, end - dictionarySize)
        while start > least, !bytes.has(object, at: start) { start -= 1 }
        var names: [[UInt8]] = []
        var place = start
        while place < end {
            if bytes[place] == UInt8(ascii: "/") {
                let name = PDFText.name(bytes, at: place)
                names.append(name.bytes)
                place = name.end
            } else {
                place += 1
            }
        }
        return names
    }

    private func has(_ name: StaticString) -> Bool { names.contains(name.bytes) }

    /// The filters in the order in which they are undone.
    var filters: [[UInt8]] {
        guard let key = names.firstIndex(where: { $0 == ("Filter" as StaticString).bytes || $0 == [0x46] }) else {
            return []
        }
        return Array(names[(key + 1)...].prefix { PDFFilter(name: $0) != nil }.prefix(8))
    }

    var isEmbeddedFile: Bool { has("EmbeddedFile") }

    /// Pictures, fonts, colours and tables of places hold no link.
    var isWorthReading: Bool {
        !(has("Image") && has("Width")) && !has("XRef") && !has("Length1") && !has("FontFile3") && !has("ICCBased")
            && !has("Metadata") && !has("CIDFontType0C")
    }

    /// The bytes with all filters undone.
    func decoded(_ bytes: [UInt8], limit: Int) -> (bytes: [UInt8], isCut: Bool, isUnread: Bool) {
        var out = Array(bytes[content].prefix(filters.isEmpty ? limit : 4 * limit))
        for name in filters {
            guard let filter = PDFFilter(name: name), let step = filter.decoded(out, limit: limit) else {
                return ([], false, true)
            }
            out = step
            if out.count >= limit { return (out, true, false) }
        }
        return (out, false, false)
    }
}

/// How a stream is written (section 7.4).
enum PDFFilter {
    case flate, asciiHex, ascii85, runLength
    /// Known, and not undone.
    case other

    init?(name: [UInt8]) {
        switch name.text {
        case "FlateDecode", "Fl": self = .flate
        case "ASCIIHexDecode", "AHx": self = .asciiHex
        case "ASCII85Decode", "A85": self = .ascii85
        case "RunLengthDecode", "RL": self = .runLength
        case "LZWDecode", "LZW", "Crypt", "JBIG2Decode", "JPXDecode", "DCTDecode", "DCT", "CCITTFaxDecode", "CCF":
            self = .other
        default: return nil
        }
    }

    /// Nil when it cannot be undone.
    func decoded(_ bytes: [UInt8], limit: Int) -> [UInt8]? {
        switch self {
        case .flate: Inflater.inflated(bytes, limit: limit)
        case .asciiHex: PDFText.hexadecimal([0x3C] + bytes, at: 0, limit: limit).bytes
        case .ascii85: Self.ascii85(bytes, limit: limit)
        case .runLength: Self.runs(bytes, limit: limit)
        case .other: nil
        }
    }

    private static func ascii85(_ bytes: [UInt8], limit: Int) -> [UInt8] {
        var out: [UInt8] = []
        var (value, digits) = (0 as UInt32, 0)
        for byte in bytes where out.count < limit {
            if byte == UInt8(ascii: "~") { break }
            if byte == UInt8(ascii: "z"), digits == 0 {
                out += [0, 0, 0, 0]
            } else if (0x21...0x75).contains(byte) {
                value = value &* 85 &+ UInt32(byte - 0x21)
                digits += 1
                if digits == 5 {
                    out += (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
                    (value, digits) = (0, 0)
                }
            }
        }
        guard digits > 1 else { return out }
        for _ in digits..<5 { value = value &* 85 &+ 84 }
        return out + (0..<digits - 1).map { UInt8(truncatingIfNeeded: value >> UInt32(24 - 8 * $0)) }
    }

    private static func runs(_ bytes: [UInt8], limit: Int) -> [UInt8] {
        var out: [UInt8] = []
        var place = 0
        while place + 1 < bytes.count, bytes[place] != 128, out.count < limit {
            let length = Int(bytes[place])
            if length < 128 {
                let end = min(place + 2 + length, bytes.count)
                out += bytes[(place + 1)..<end]
                place = end
            } else {
                out += [UInt8](repeating: bytes[place + 1], count: 257 - length)
                place += 2
            }
        }
        return out
    }
}
