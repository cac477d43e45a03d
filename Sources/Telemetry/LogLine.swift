// SPDX-License-Identifier: Apache-2.0

/// One line of the log in the making: level, event and fields.
struct LogLine {
    /// Bytes of a line with its LF: what syslog relays take without cutting.
    static let sizeLimit = 8 * 1_024
    /// Bytes of one value: a long one must not push the others out of the line.
    static let valueLimit = 2 * 1_024
    private static let cutMark = Array("…".utf8)

    private var text: [UInt8]
    private var isCut = false

    init(lead: String, level: String, event: String) {
        text = Array("\(lead)\(level) \(event)".utf8)
    }

    /// The line with its LF.
    var bytes: [UInt8] { text + [0x0A] }

    /// A field that does not fit any more ends the line with a mark; so do all after it.
    mutating func add(_ key: String, _ value: String) {
        guard !isCut else { return }
        let field = [0x20] + Self.name(key) + [UInt8(ascii: "=")] + Self.escaped(value)
        let room = Self.sizeLimit - text.count - Self.cutMark.count - 2
        if field.count <= room {
            text += field
        } else {
            text += [0x20] + Self.cutMark
            isCut = true
        }
    }

    /// Whether a text can stand as an event's name.
    static func isName(_ text: String) -> Bool {
        /// Our longest is half of it.
        let lengthLimit = 64
        return !text.isEmpty && text.utf8.count <= lengthLimit && text.utf8.allSatisfy(isNameByte)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || "._-".utf8.contains(byte)
    }

    private static func name(_ key: String) -> [UInt8] {
        key.isEmpty ? [UInt8(ascii: "_")] : key.utf8.prefix(64).map { isNameByte($0) ? $0 : UInt8(ascii: "_") }
    }

    /// The value as it stands when that is one word, else in double quotes.
    ///
    /// What could end the line, hide in it or turn its direction is written as `\n` or `\u{202e}`.
    static func escaped(_ value: String) -> [UInt8] {
        if let word = plainWord(value) { return word }
        var out: [UInt8] = []
        var isWord = !value.isEmpty
        for scalar in value.unicodeScalars {
            guard out.count < valueLimit else {
                out += cutMark
                break
            }
            switch scalar {
            case "\n": out += Array(#"\n"#.utf8)
            case "\r": out += Array(#"\r"#.utf8)
            case "\t": out += Array(#"\t"#.utf8)
            case "\"", "\\": out += [UInt8(ascii: "\\"), UInt8(ascii: scalar)]
            case _ where isHidden(scalar): out += Array("\\u{\(String(scalar.value, radix: 16))}".utf8)
            default: out += Array(String(scalar).utf8)
            }
            isWord = isWord && scalar.value > 0x20 && !"\"\\=".unicodeScalars.contains(scalar) && !isHidden(scalar)
        }
        return isWord ? out : [UInt8(ascii: "\"")] + out + [UInt8(ascii: "\"")]
    }

    /// Nearly every value: one word of printable ASCII with nothing to escape.
    private static func plainWord(_ value: String) -> [UInt8]? {
        let bytes = Array(value.utf8)
        guard !bytes.isEmpty, bytes.count < valueLimit else { return nil }
        let isPlain = bytes.allSatisfy {
            $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: "=")
        }
        return isPlain ? bytes : nil
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x7F { return scalar.value < 0x20 }
        return switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        case .spaceSeparator: scalar.value != 0x20
        default: false
        }
    }
}
