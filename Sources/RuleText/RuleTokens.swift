// SPDX-License-Identifier: Apache-2.0

import Bytes

/// One token of rule text: what it is, and where.
struct RuleToken: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case word
        /// `"…"`, the range without the quotation marks, escapes as written.
        case text
        /// `/…/`, the range without the slashes and flags; `i` and `s` as 1 and 2.
        case regex(flags: UInt8)
        /// `{ … }` behind an equals sign, the range without the braces.
        case hex
        /// A whole number; nil when it does not fit 64 bits.
        case number(Int64?)
        /// A number with a fraction.
        case fraction
        /// `$name`, `#name`, `@name`, `!name`: the sign, the range without it.
        case string(UInt8)
        /// A sign or pair of signs.
        case sign(UInt8, UInt8)
    }

    let kind: Kind
    let range: Range<Int>
}

/// Rule text, token by token; comments and blanks are gone.
///
/// Each byte is looked at a bounded number of times. What a word means, the readers above decide.
struct RuleTokens {
    /// Tokens of one text: beyond it the text is no rule file that a person or a program keeps for people.
    static let limit = 4_000_000

    private let text: [UInt8]
    private var place = 0
    private(set) var tokens: [RuleToken] = []

    static func read(_ text: [UInt8]) throws(RuleTextError) -> [RuleToken] {
        var reader = RuleTokens(text: text)
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { reader.place = 3 }
        while try reader.readOne() {
            guard reader.tokens.count <= limit else { throw RuleTextError("more than \(limit) tokens", reader.place) }
        }
        return reader.tokens
    }

    private init(text: [UInt8]) {
        self.text = text
    }

    private func byte(_ ahead: Int = 0) -> UInt8 {
        place + ahead < text.count ? text[place + ahead] : 0
    }

    private mutating func add(_ kind: RuleToken.Kind, _ range: Range<Int>) {
        tokens.append(RuleToken(kind: kind, range: range))
    }

    /// Takes one token, comment or blank; false at the end.
    private mutating func readOne() throws(RuleTextError) -> Bool {
        guard place < text.count else { return false }
        switch byte() {
        case " ", "\t", "\r", "\n": place += 1
        case "/": try readSlash()
        case "\"": try readText()
        case "{" where isBehindEquals: try readHex()
        case "$", "#", "@": readString()
        case "!" where byte(1) != "=": readString()
        case let first where first.isASCIIDigit: readNumber()
        case let first where isWord(first): readWord()
        default: readSign()
        }
        return true
    }

    private func isWord(_ byte: UInt8) -> Bool { byte.isASCIIAlphanumeric || byte == "_" }

    /// Only a definition has a single equals sign.
    private var isBehindEquals: Bool { tokens.last?.kind == .sign(UInt8(ascii: "="), 0) }

    private mutating func readSlash() throws(RuleTextError) {
        switch byte(1) {
        case "/":
            while place < text.count, text[place] != "\n" { place += 1 }
        case "*":
            try skipComment()
        default:
            try readRegex()
        }
    }

    private mutating func skipComment() throws(RuleTextError) {
        let begin = place
        place += 2
        while place + 1 < text.count {
            if text[place] == "*", text[place + 1] == "/" {
                place += 2
                return
            }
            place += 1
        }
        throw RuleTextError("a comment without its end", begin)
    }

    private mutating func readRegex() throws(RuleTextError) {
        let range = try upTo(UInt8(ascii: "/"), "a regular expression")
        var flags: UInt8 = 0
        while byte() == "i" || byte() == "s" {
            flags |= byte() == "i" ? 1 : 2
            place += 1
        }
        add(.regex(flags: flags), range)
    }

    private mutating func readText() throws(RuleTextError) {
        add(.text, try upTo(UInt8(ascii: "\""), "a text"))
    }

    /// What stands between here and the next such sign that has no backslash before it, on this line.
    private mutating func upTo(_ end: UInt8, _ what: String) throws(RuleTextError) -> Range<Int> {
        let begin = place
        place += 1
        while place < text.count, text[place] != "\n" {
            if text[place] == end {
                place += 1
                return begin + 1..<place - 1
            }
            place += text[place] == "\\" && place + 1 < text.count ? 2 : 1
        }
        throw RuleTextError("\(what) without its end", begin)
    }

    private mutating func readHex() throws(RuleTextError) {
        let begin = place
        place += 1
        while place < text.count {
            switch byte() {
            case "}":
                place += 1
                add(.hex, begin + 1..<place - 1)
                return
            case "/" where byte(1) == "*": try skipComment()
            case "/" where byte(1) == "/": while place < text.count, text[place] != "\n" { place += 1 }
            default: place += 1
            }
        }
        throw RuleTextError("a hexadecimal string without its end", begin)
    }

    private mutating func readString() {
        let sign = byte()
        place += 1
        add(.string(sign), wordRange())
    }

    private mutating func readWord() {
        add(.word, wordRange())
    }

    private mutating func wordRange() -> Range<Int> {
        let begin = place
        while place < text.count, isWord(text[place]) { place += 1 }
        return begin..<place
    }

    private mutating func readNumber() {
        let range = wordRange()
        if byte() == ".", byte(1).isASCIIDigit {
            place += 1
            add(.fraction, range.lowerBound..<wordRange().upperBound)
        } else {
            add(.number(RuleNumber.value(of: text[range])), range)
        }
    }

    private mutating func readSign() {
        let isPair =
            switch byte() {
            case "<", ">": byte(1) == "=" || byte(1) == byte()
            case "=", "!": byte(1) == "="
            case ".": byte(1) == "."
            default: false
            }
        add(.sign(byte(), isPair ? byte(1) : 0), place..<place + (isPair ? 2 : 1))
        place += isPair ? 2 : 1
    }
}

/// Whole numbers as rules write them: decimal with KB or MB, 0x…, 0o….
enum RuleNumber {
    static func value(of digits: ArraySlice<UInt8>) -> Int64? {
        let text = digits.lowercased
        if text.starts(with: "0x".utf8) { return value(text.dropFirst(2), base: 16) }
        if text.starts(with: "0o".utf8) { return value(text.dropFirst(2), base: 8) }
        let unit: Int64 =
            text.suffix(2).elementsEqual("kb".utf8) ? 1_024 : text.suffix(2).elementsEqual("mb".utf8) ? 1_048_576 : 1
        guard let number = value(unit == 1 ? text[...] : text.dropLast(2), base: 10) else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit)
        return overflow ? nil : product
    }

    private static func value(_ digits: ArraySlice<UInt8>, base: Int64) -> Int64? {
        guard !digits.isEmpty else { return nil }
        var value: Int64 = 0
        for digit in digits {
            guard let number = digit.hexValue, number < base else { return nil }
            let (scaled, overflow) = value.multipliedReportingOverflow(by: base)
            let (sum, carry) = scaled.addingReportingOverflow(Int64(number))
            guard !overflow, !carry else { return nil }
            value = sum
        }
        return value
    }
}

/// Why a text cannot be read as rules, and where.
package struct RuleTextError: Error, Hashable, Sendable, CustomStringConvertible {
    package let reason: String
    /// In bytes from the start of the text.
    package let offset: Int

    init(_ reason: String, _ offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    package var description: String { "\(reason) at byte \(offset)" }
}
