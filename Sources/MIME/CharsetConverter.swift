// SPDX-License-Identifier: Apache-2.0

import Bytes
import Glibc

/// Text in any charset as UTF-8, by the converters of glibc, which most mail programs on Unix use too.
///
/// A converter that stops at bytes it does not know loses nothing here: those become U+FFFD, one for each unit, and
/// conversion goes on behind them in the same state, as browsers do. UTF-7 and HZ are read here: glibc's UTF-7 gives up at
/// characters that clients read, and it has no HZ.
enum CharsetConverter {
    /// Sets in which ASCII bytes may be half of another character, or in which ASCII is something else.
    static let convertedNames: Set<String> = Set(
        glibcNames.keys.filter { !singleByteNames.contains($0) } + ["utf-7", "hz"])

    /// The Encoding Standard's name, with glibc's where it is another; only what stands here is ever opened, because a
    /// sender must not choose freely among a library's two hundred converters.
    private static let glibcNames: [String: String] = [
        "gbk": "GB18030", "gb18030": "GB18030", "big5": "BIG5-HKSCS", "shift_jis": "CP932", "euc-kr": "UHC",
        "johab": "JOHAB", "iso-2022-jp": "ISO-2022-JP-3", "iso-2022-kr": "ISO-2022-KR",
        "iso-2022-cn": "ISO-2022-CN-EXT", "utf-16le": "UTF-16LE", "utf-16be": "UTF-16BE", "utf-32": "UTF-32",
        "utf-32le": "UTF-32LE", "utf-32be": "UTF-32BE", "ebcdic-us": "EBCDIC-US", "ibm037": "IBM037",
        "ibm1047": "IBM1047", "ibm500": "IBM500", "ibm1140": "IBM1140", "ibm1141": "IBM1141", "ibm1148": "IBM1148",
        "ibm273": "IBM273", "ibm277": "IBM277", "ibm278": "IBM278", "ibm280": "IBM280", "ibm284": "IBM284",
        "ibm285": "IBM285", "ibm297": "IBM297", "ibm871": "IBM871", "ibm1026": "IBM1026", "ibm420": "IBM420",
        "ibm424": "IBM424", "ibm870": "IBM870", "ibm875": "IBM875", "ibm880": "IBM880", "ibm1025": "IBM1025",
        "euc-jp": "EUC-JP-MS", "euc-tw": "EUC-TW", "ibm866": "IBM866", "koi8-r": "KOI8-R", "koi8-u": "KOI8-U",
        "koi8-t": "KOI8-T", "macintosh": "MACINTOSH", "x-mac-cyrillic": "MAC-CYRILLIC", "windows-874": "CP874",
        "windows-1250": "CP1250", "windows-1251": "CP1251", "windows-1253": "CP1253", "windows-1254": "CP1254",
        "windows-1255": "CP1255", "windows-1256": "CP1256", "windows-1257": "CP1257", "windows-1258": "CP1258",
        "iso-8859-2": "ISO-8859-2", "iso-8859-3": "ISO-8859-3", "iso-8859-4": "ISO-8859-4", "iso-8859-5": "ISO-8859-5",
        "iso-8859-6": "ISO-8859-6", "iso-8859-7": "ISO-8859-7", "iso-8859-8": "ISO-8859-8",
        "iso-8859-8-i": "ISO-8859-8", "iso-8859-10": "ISO-8859-10", "iso-8859-13": "ISO-8859-13",
        "iso-8859-14": "ISO-8859-14", "iso-8859-15": "ISO-8859-15",
        "iso-8859-16": "ISO-8859-16", "cp437": "CP437", "cp850": "CP850",
        "cp852": "CP852", "cp855": "CP855", "cp857": "CP857", "cp858": "CP858", "cp860": "CP860", "cp862": "CP862",
        "cp863": "CP863", "cp865": "CP865", "cp737": "CP737", "cp775": "CP775",
    ]

    /// Those that agree with ASCII and have one byte for every character.
    static let singleByteNames: Set<String> = [
        "iso-8859-15", "ibm866", "koi8-r", "koi8-u", "koi8-t", "macintosh", "x-mac-cyrillic", "windows-874",
        "windows-1250", "windows-1251", "windows-1253", "windows-1254", "windows-1255", "windows-1256", "windows-1257",
        "windows-1258", "iso-8859-2", "iso-8859-3", "iso-8859-4", "iso-8859-5", "iso-8859-6", "iso-8859-7",
        "iso-8859-8", "iso-8859-8-i", "iso-8859-10", "iso-8859-13", "iso-8859-14", "iso-8859-16", "cp437", "cp850",
        "cp852", "cp855", "cp857", "cp858", "cp860", "cp862", "cp863", "cp865", "cp737", "cp775",
    ]

    /// Whether text in that set shows through as ASCII to a reader who ignores the charset.
    static func showsASCII(_ name: String) -> Bool {
        !name.hasPrefix("utf-16") && !name.hasPrefix("utf-32") && !name.hasPrefix("ibm") && name != "ebcdic-us"
    }

    /// Nil for a set that cannot be converted here.
    static func utf8(_ bytes: [UInt8], from name: String) -> [UInt8]? {
        switch name {
        case "utf-7": return UTF7.utf8(bytes)
        case "hz": return HZ.gb18030(bytes).flatMap { convert($0, from: "GB18030", unit: 1) }
        default:
            guard let glibc = glibcNames[name] else { return nil }
            return convert(bytes, from: glibc, unit: name.hasPrefix("utf-32") ? 4 : name.hasPrefix("utf-16") ? 2 : 1)
        }
    }

    /// What is no character in UTF-8.
    private static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

    /// `unit`: bytes that are passed over where the converter stops.
    private static func convert(_ bytes: [UInt8], from name: String, unit: Int) -> [UInt8]? {
        guard let descriptor = unsafe iconv_open("UTF-8", name), Int(bitPattern: descriptor) != -1 else {
            return nil
        }
        defer { unsafe _ = iconv_close(descriptor) }
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count + bytes.count / 2)
        // Most texts fit; a character of four bytes at least must.
        var chunk = [UInt8](repeating: 0, count: min(64 * 1_024, bytes.count * 2 + 64))
        var input = bytes
        var position = 0
        while true {
            let step = unsafe step(descriptor, &input, from: position, into: &chunk)
            out.append(contentsOf: chunk[..<step.written])
            position += step.read
            if step.stop == E2BIG { continue }
            guard position < input.count else { break }
            // An impossible or a cut-off character; a reader who does not move on would read for ever.
            out.append(contentsOf: replacement)
            position += step.stop == EINVAL ? input.count - position : min(unit, input.count - position)
        }
        // What a converter holds back to join with what follows.
        let held = unsafe flush(descriptor, into: &chunk)
        out.append(contentsOf: chunk[..<held])
        return out
    }

    private static func step(
        _ descriptor: iconv_t, _ input: inout [UInt8], from start: Int, into chunk: inout [UInt8]
    ) -> (read: Int, written: Int, stop: Int32) {
        let available = input.count - start
        let room = chunk.count
        return unsafe input.withUnsafeMutableBytes { source in
            unsafe chunk.withUnsafeMutableBytes { target in
                var from = unsafe source.baseAddress?.advanced(by: start).assumingMemoryBound(to: CChar.self)
                var left = available
                var to = unsafe target.baseAddress?.assumingMemoryBound(to: CChar.self)
                var free = room
                errno = 0
                let result = unsafe iconv(descriptor, &from, &left, &to, &free)
                let stop: Int32 = result == Int.max.magnitude || result > Int.max ? errno : 0
                return (available - left, room - free, stop)
            }
        }
    }
}

extension CharsetConverter {
    private static func flush(_ descriptor: iconv_t, into chunk: inout [UInt8]) -> Int {
        let room = chunk.count
        return unsafe chunk.withUnsafeMutableBytes { target in
            var to = unsafe target.baseAddress?.assumingMemoryBound(to: CChar.self)
            var free = room
            unsafe _ = iconv(descriptor, nil, nil, &to, &free)
            return room - free
        }
    }
}

/// UTF-7 (RFC 2152), read leniently: what is not base64 stands for itself.
private enum UTF7 {
    static func utf8(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "+") else {
                out.append(contentsOf: bytes[index] < 0x80 ? [bytes[index]] : [0xEF, 0xBF, 0xBD])
                index += 1
                continue
            }
            var end = index + 1
            while end < bytes.count, Base64.isValue(bytes[end]) { end += 1 }
            if end == index + 1 {
                out.append(UInt8(ascii: "+"))
                if end < bytes.count, bytes[end] == UInt8(ascii: "-") { end += 1 }
            } else {
                let units = Base64.decode(bytes, in: index + 1..<end).bytes
                out.append(
                    contentsOf: CharsetConverter.utf8(Array(units.prefix(units.count & ~1)), from: "utf-16be") ?? [])
                if end < bytes.count, bytes[end] == UInt8(ascii: "-") { end += 1 }
            }
            index = end
        }
        return out
    }
}

/// HZ (RFC 1843): GB 2312 in seven bits between `~{` and `~}`.
private enum HZ {
    /// The same text with eighth bits instead of the shifts.
    static func gb18030(_ bytes: [UInt8]) -> [UInt8]? {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        var isShifted = false
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0
            switch (byte, next) {
            case (UInt8(ascii: "~"), UInt8(ascii: "{")): isShifted = true
            case (UInt8(ascii: "~"), UInt8(ascii: "}")): isShifted = false
            case (UInt8(ascii: "~"), UInt8(ascii: "~")) where !isShifted: out.append(byte)
            case (UInt8(ascii: "~"), .lineFeed) where !isShifted: break
            case (0x21...0x7E, 0x21...0x7E) where isShifted: out += [byte | 0x80, next | 0x80]
            default:
                // A line end ends the shift (RFC 1843, section 3).
                if byte == .lineFeed { isShifted = false }
                out.append(byte)
                index -= 1
            }
            index += 2
        }
        return out
    }
}
