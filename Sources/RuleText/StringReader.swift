// SPDX-License-Identifier: Apache-2.0

import Bytes

/// What a string of a rule requires: every form in which its modifiers let it stand in the bytes.
struct StringReader {
    private let text: [UInt8]
    private let string: RuleString
    private var isWide = false
    private var isASCII = false
    private var keys: ClosedRange<UInt8>?
    private var isBase64 = false
    private var isWideBase64 = false
    private var alphabet = Base64Forms.standard

    /// `.always` where the string is not understood, or too short in one of its forms.
    static func requirement(of string: RuleString, in text: [UInt8]) -> Requirement {
        var reader = StringReader(text: text, string: string)
        guard reader.readModifiers() else { return .always }
        return reader.requirement()
    }

    private init(text: [UInt8], string: RuleString) {
        self.text = text
        self.string = string
    }

    private func requirement() -> Requirement {
        let range = string.value.range
        switch string.value.kind {
        case .hex: return HexString.pattern(text[range])?.requirement(asWide: false) ?? .always
        case .regex:
            guard let pattern = RegularExpression.pattern(text[range]) else { return .always }
            return .any(of: ((isWide ? [true] : []) + (isASCII || !isWide ? [false] : [])).map(pattern.requirement))
        case .text:
            guard let bytes = EscapedText.bytes(of: text[range]) else { return .always }
            return .any(of: forms(of: bytes).map { .text($0) })
        default: return .always
        }
    }

    /// All byte strings of which one must be there.
    private func forms(of bytes: [UInt8]) -> [[UInt8]] {
        var forms = (isWide ? [bytes.wide] : []) + (isASCII || !isWide ? [bytes] : [])
        if isBase64 || isWideBase64 {
            let encoded = forms.flatMap { Base64Forms.forms(of: $0, alphabet: alphabet) }
            forms = (isBase64 ? encoded : []) + (isWideBase64 ? encoded.map(\.wide) : [])
        }
        guard let keys else { return forms }
        return keys.flatMap { key in forms.map { form in form.map { $0 ^ key } } }
    }

    // MARK: modifiers

    /// False for one that is not known: it might change what the string matches.
    private mutating func readModifiers() -> Bool {
        var rest = string.modifiers
        while let word = rest.popFirst() {
            guard word.kind == .word else { return false }
            switch text[word.range].text {
            case "nocase", "fullword", "private": break
            case "wide": isWide = true
            case "ascii": isASCII = true
            case "xor": guard readKeys(&rest) else { return false }
            case "base64", "base64wide":
                if text[word.range].count == 6 { isBase64 = true } else { isWideBase64 = true }
                guard readAlphabet(&rest) else { return false }
            default: return false
            }
        }
        return true
    }

    /// `xor`, `xor(1)`, `xor(1-255)`.
    private mutating func readKeys(_ rest: inout ArraySlice<RuleToken>) -> Bool {
        keys = 0...255
        guard rest.takeSign("(") else { return true }
        guard let low = rest.takeNumber() else { return false }
        let high = rest.takeSign("-") ? rest.takeNumber() : low
        guard rest.takeSign(")"), let high, 0...255 ~= low, low...255 ~= high else { return false }
        keys = UInt8(low)...UInt8(high)
        return true
    }

    /// `base64`, `base64("…64 signs…")`.
    private mutating func readAlphabet(_ rest: inout ArraySlice<RuleToken>) -> Bool {
        guard rest.takeSign("(") else { return true }
        guard let value = rest.popFirst(), value.kind == .text, rest.takeSign(")"),
            let bytes = EscapedText.bytes(of: text[value.range]), bytes.count == 64
        else { return false }
        alphabet = bytes
        return true
    }
}

/// The text between quotation marks, its escapes undone.
enum EscapedText {
    static func bytes(of text: ArraySlice<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var place = text.startIndex
        while place < text.endIndex {
            let byte = text[place]
            place += 1
            guard byte == "\\" else {
                bytes.append(byte)
                continue
            }
            guard place < text.endIndex else { return nil }
            let letter = text[place]
            place += 1
            switch letter {
            case "n": bytes.append(0x0A)
            case "t": bytes.append(0x09)
            case "r": bytes.append(0x0D)
            case "\\", "\"": bytes.append(letter)
            case "x":
                guard place + 1 < text.endIndex, let high = text[place].hexValue, let low = text[place + 1].hexValue
                else { return nil }
                bytes.append(high << 4 | low)
                place += 2
            default: return nil
            }
        }
        return bytes
    }
}

/// What a byte string looks like inside a longer text in base64: one form for each place in a group of three.
enum Base64Forms {
    static let standard = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Signs that depend on neighbouring bytes are left out, as libyara does.
    static func forms(of bytes: [UInt8], alphabet: [UInt8]) -> [[UInt8]] {
        (0..<3).map { offset in
            let padded = [UInt8](repeating: 0, count: offset) + bytes
            let signs = (padded.count * 8) / 6
            let lead = offset == 0 ? 0 : offset + 1
            return signs > lead ? (lead..<signs).map { alphabet[sextet($0, of: padded)] } : []
        }
    }

    private static func sextet(_ number: Int, of bytes: [UInt8]) -> Int {
        let (byte, shift) = (number * 6 / 8, number * 6 % 8)
        let pair = UInt16(bytes[byte]) << 8 | UInt16(byte + 1 < bytes.count ? bytes[byte + 1] : 0)
        return Int(pair >> UInt16(10 - shift)) & 63
    }
}

extension [UInt8] {
    /// Each byte with a zero behind it: how UTF-16 has ASCII.
    fileprivate var wide: [UInt8] { flatMap { [$0, 0] } }
}

extension ArraySlice<RuleToken> {
    mutating func takeSign(_ sign: Unicode.Scalar) -> Bool {
        guard case .sign(let byte, 0)? = first?.kind, byte == sign else { return false }
        removeFirst()
        return true
    }

    fileprivate mutating func takeNumber() -> Int64? {
        guard case .number(let number)? = popFirst()?.kind else { return nil }
        return number
    }
}
