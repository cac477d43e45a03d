// SPDX-License-Identifier: Apache-2.0

import Bytes

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
    func decoded(_ bytes: ArraySlice<UInt8>, limit: Int) -> [UInt8]? {
        switch self {
        case .flate: Inflater.inflated(bytes, limit: limit)
        case .asciiHex: PDFText.hexadecimal([0x3C] + bytes, at: 0, limit: limit).bytes
        case .ascii85: Self.ascii85(bytes, limit: limit)
        case .runLength: Self.runs(bytes, limit: limit)
        case .other: nil
        }
    }

    private static func ascii85(_ bytes: ArraySlice<UInt8>, limit: Int) -> [UInt8] {
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

    private static func runs(_ bytes: ArraySlice<UInt8>, limit: Int) -> [UInt8] {
        var out: [UInt8] = []
        var place = bytes.startIndex
        while place + 1 < bytes.endIndex, bytes[place] != 128, out.count < limit {
            let length = Int(bytes[place])
            if length < 128 {
                let end = min(place + 2 + length, bytes.endIndex)
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
