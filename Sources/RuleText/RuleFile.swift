// SPDX-License-Identifier: Apache-2.0

// RuleText: reads YARA rules as text, to know what their bytes must have before libyara is asked.
//
// libyara compiles and decides; it does not tell what a rule needs. We want to know three things of a rule, and all
// come from one reading of its text: what other text gives it its meaning (`identities`, so that a changed rule can be told
// from one that only moved or got another comment), what any match must contain (`Requirement`, for the index of
// objects), and, when that is nothing, why (the slow lane). The reader is our own because no other gives these; it is
// bounded, linear, never traps, and where it does not understand it says "anything may match", which costs time and
// loses nothing. That no requirement is too strong is what the differential test against libyara shows.
//
//     bytes → RuleTokens → RuleFile (rules, their strings, their conditions as tokens)
//     strings: StringReader → HexString, RegularExpression → BytePattern → Requirement
//     conditions: ConditionReader → Requirement
//
// Conditions are not made into a tree first: each operator needs to know of its sides only what they require, so the
// reader answers that while it reads. `not` turns a requirement into nothing known, since a negation of "must have" is
// no "must have".
//
// Roads not taken: libyara's compiled form (the literals there are cut to four bytes and chosen for its own automaton),
// and plyara (a process in another language for each rule file).

import Bytes

/// The rules of one text, in their order.
package struct RuleFile: Sendable {
    /// Modules the text imports, in their order.
    package let imports: [String]
    /// Texts it asks to be put in: the name as written, and the range to replace.
    package let includes: [Include]
    package let rules: [RuleText]
    /// For each rule, the numbers of those it may name.
    let named: [[Int]]

    /// A line that stands for another text.
    package struct Include: Hashable, Sendable {
        package let name: [UInt8]
        package let range: Range<Int>
    }

    /// Reads the text; an error means that nothing is known about any rule in it.
    package init(_ text: [UInt8]) throws(RuleTextError) {
        var reader = RuleFileReader(text: text, tokens: try RuleTokens.read(text))
        try reader.read()
        imports = reader.imports
        includes = reader.includes
        rules = reader.rules
        named = Self.named(by: rules, in: text)
    }
}

/// One rule as written.
package struct RuleText: Hashable, Sendable {
    package let identifier: String
    package let isPrivate: Bool
    package let isGlobal: Bool
    /// Where it stands, `private` and `global` included.
    package let range: Range<Int>
    /// Its tokens without tags and meta entries: what it looks for, and no word about it.
    let body: [RuleToken]
    let strings: [RuleString]
    let condition: ArraySlice<RuleToken>
}

/// One string definition of a rule.
struct RuleString: Hashable, Sendable {
    /// Without the dollar sign; empty for one without a name.
    let name: [UInt8]
    let value: RuleToken
    let modifiers: ArraySlice<RuleToken>
}

/// Takes tokens apart into imports, includes and rules.
private struct RuleFileReader {
    let text: [UInt8]
    let tokens: [RuleToken]
    private(set) var imports: [String] = []
    private(set) var includes: [RuleFile.Include] = []
    private(set) var rules: [RuleText] = []
    private var place = 0

    init(text: [UInt8], tokens: [RuleToken]) {
        self.text = text
        self.tokens = tokens
    }

    mutating func read() throws(RuleTextError) {
        while place < tokens.count {
            if takeWord("import") {
                imports.append(text[try takeText()].text)
            } else if takeWord("include") {
                let begin = tokens[place - 1].range.lowerBound
                let name = try takeText()
                includes.append(.init(name: Array(text[name]), range: begin..<name.upperBound + 1))
            } else {
                try readRule()
            }
        }
    }

    private mutating func readRule() throws(RuleTextError) {
        let begin = place
        var (isPrivate, isGlobal) = (false, false)
        while true {
            if takeWord("private") { isPrivate = true } else if takeWord("global") { isGlobal = true } else { break }
        }
        guard takeWord("rule"), let name = takeWord() else { throw failure("a rule was expected") }
        let head = tokens[begin..<place]
        while place < tokens.count, !isSign("{") { place += 1 }
        try take("{")
        if isSection("meta") { skipSection() }
        let bodyStart = place
        var strings: [RuleString] = []
        if isSection("strings") {
            place += 2
            while !isSection("condition") { strings.append(try readString()) }
        }
        guard isSection("condition") else { throw failure("a condition was expected") }
        place += 2
        let condition = place
        while place < tokens.count, !isSign("}") { place += 1 }
        let end = place
        try take("}")
        rules.append(
            RuleText(
                identifier: text[name].text, isPrivate: isPrivate, isGlobal: isGlobal,
                range: tokens[begin].range.lowerBound..<tokens[end].range.upperBound,
                body: Array(head + tokens[bodyStart..<end]), strings: strings, condition: tokens[condition..<end]))
    }

    private mutating func readString() throws(RuleTextError) -> RuleString {
        guard place < tokens.count, tokens[place].kind == .string(UInt8(ascii: "$")) else {
            throw failure("a string was expected")
        }
        let name = Array(text[tokens[place].range])
        place += 1
        try take("=")
        guard place < tokens.count else { throw failure("a value was expected") }
        let value = tokens[place]
        place += 1
        let begin = place
        while place < tokens.count, !isSection("condition"), tokens[place].kind != .string(UInt8(ascii: "$")) {
            place += 1
        }
        return RuleString(name: name, value: value, modifiers: tokens[begin..<place])
    }

    // MARK: tokens

    private func isWord(_ word: String, at place: Int) -> Bool {
        place < tokens.count && tokens[place].kind == .word && text[tokens[place].range].elementsEqual(word.utf8)
    }

    private func isSign(_ sign: Unicode.Scalar, at place: Int) -> Bool {
        guard place < tokens.count, case .sign(let first, 0) = tokens[place].kind else { return false }
        return first == sign
    }

    private func isSign(_ sign: Unicode.Scalar) -> Bool { isSign(sign, at: place) }

    private func isSection(_ word: String) -> Bool { isWord(word, at: place) && isSign(":", at: place + 1) }

    private mutating func skipSection() {
        place += 2
        while place < tokens.count, !isSection("strings"), !isSection("condition") { place += 1 }
    }

    private mutating func takeWord(_ word: String) -> Bool {
        guard isWord(word, at: place) else { return false }
        place += 1
        return true
    }

    private mutating func takeWord() -> Range<Int>? {
        guard place < tokens.count, tokens[place].kind == .word else { return nil }
        place += 1
        return tokens[place - 1].range
    }

    private mutating func takeText() throws(RuleTextError) -> Range<Int> {
        guard place < tokens.count, tokens[place].kind == .text else { throw failure("a name in quotes was expected") }
        place += 1
        return tokens[place - 1].range
    }

    private mutating func take(_ sign: Unicode.Scalar) throws(RuleTextError) {
        guard isSign(sign) else { throw failure("\(sign) was expected") }
        place += 1
    }

    private func failure(_ reason: String) -> RuleTextError {
        RuleTextError(reason, place < tokens.count ? tokens[place].range.lowerBound : text.count)
    }
}
