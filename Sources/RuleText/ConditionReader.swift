// SPDX-License-Identifier: Apache-2.0

import Bytes

/// What a string or an earlier rule requires, for conditions that name it.
struct KnownRequirement {
    let requirement: Requirement
    let literals: Int

    init(_ requirement: Requirement) {
        self.requirement = requirement
        literals = requirement.literalCount
    }
}

/// Reads a condition, and answers what must be so that it can be true.
///
/// Precedences are libyara's (grammar.y): or, and, not/defined, equality and text operators, comparison, bits, sums.
struct ConditionReader {
    /// Brackets, `not`s and loops within one another.
    ///
    /// Keeps the stack small; rules of people have a dozen.
    static let depthLimit = 100
    /// Tokens looked at for one rule, loops over strings counted anew for each string: keeps the work linear.
    static let stepLimit = 1_000_000
    /// Literals of one requirement: 256 keys of some two hundred strings.
    ///
    /// Asking for more takes longer than scanning.
    static let literalLimit = 60_000

    /// Literals of all strings and rules that a condition names, each as often as it is named: keeps the work linear.
    static let useLimit = 600_000

    /// Why nothing is known about a rule, though it was read.
    enum Problem: Error {
        case tooDeep
        case tooLong
        case tooManyLiterals
        case notUnderstood
    }

    let text: [UInt8]
    let rule: RuleText
    /// What the rules before this one require, by name; private ones too.
    let known: [String: KnownRequirement]
    var rest: ArraySlice<RuleToken>
    var depth = 0
    private var steps = 0
    /// Names that loops have given to something else.
    var variables: [String] = []
    /// The string that `$` means in the body of a loop.
    var current: Requirement?
    private var requirements: [Int: KnownRequirement] = [:]
    private var uses = 0

    static func requirement(
        of rule: RuleText, in text: [UInt8], known: [String: KnownRequirement]
    ) throws(Problem) -> Requirement {
        var reader = ConditionReader(text: text, rule: rule, known: known)
        let requirement = try reader.readOr().requirement
        guard reader.rest.isEmpty else { throw .notUnderstood }
        return requirement
    }

    private init(text: [UInt8], rule: RuleText, known: [String: KnownRequirement]) {
        self.text = text
        self.rule = rule
        self.known = known
        rest = rule.condition
    }

    // MARK: operators, the loosest first

    mutating func readOr() throws(Problem) -> ConditionValue {
        try enter()
        defer { depth -= 1 }
        var value = try readAnd()
        while try takeWord("or") {
            let other = try readAnd()
            value = .truth(.any(of: [value.requirement, other.requirement]))
        }
        return value
    }

    private mutating func readAnd() throws(Problem) -> ConditionValue {
        var value = try readNot()
        while try takeWord("and") {
            let other = try readNot()
            value = .truth(.all(of: [value.requirement, other.requirement]))
        }
        return value
    }

    private mutating func readNot() throws(Problem) -> ConditionValue {
        if isWord("not") || isWord("defined") {
            try enter()
            defer { depth -= 1 }
            _ = try take()
            _ = try readNot()
            return .truth(.always)
        }
        return try readEquality()
    }

    private static let textOperators: Set<String> = [
        "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "iequals", "matches",
    ]

    private mutating func readEquality() throws(Problem) -> ConditionValue {
        var value = try readComparison()
        while true {
            if isSign("=", "=") || isSign("!", "=") {
                let isEqual = isSign("=", "=")
                _ = try take()
                value = ConditionValue.compared(value, isEqual ? .equal : .notEqual, try readComparison())
            } else if let word = rest.first, word.kind == .word, Self.textOperators.contains(text[word.range].text) {
                _ = try take()
                _ = try readComparison()
                value = .truth(.always)
            } else {
                return value
            }
        }
    }

    private mutating func readComparison() throws(Problem) -> ConditionValue {
        var value = try readSum(0)
        while case .sign(let first, let second)? = rest.first?.kind, first == "<" || first == ">",
            second == 0 || second == "="
        {
            _ = try take()
            let order: ConditionValue.Order =
                first == "<" ? (second == 0 ? .less : .lessOrEqual) : (second == 0 ? .greater : .greaterOrEqual)
            value = ConditionValue.compared(value, order, try readSum(0))
        }
        return value
    }

    /// Bits, shifts, sums and products by their rank.
    mutating func readSum(_ rank: Int) throws(Problem) -> ConditionValue {
        var value = try readUnary()
        while let sign = arithmetic(), sign.rank >= rank {
            _ = try take()
            let other = try readSum(sign.rank + 1)
            value = ConditionValue.computed(value, sign.byte, other)
        }
        return value
    }

    private func arithmetic() -> (byte: UInt8, rank: Int)? {
        guard case .sign(let first, let second)? = rest.first?.kind else { return nil }
        switch (first, second) {
        case ("|", 0): return (first, 0)
        case ("^", 0): return (first, 1)
        case ("&", 0): return (first, 2)
        case ("<", first), (">", first): return (first, 3)
        case ("+", 0), ("-", 0): return (first, 4)
        case ("*", 0), ("\\", 0): return (first, 5)
        case ("%", 0): return isWord("of", 1) ? nil : (first, 5)
        default: return nil
        }
    }

    private mutating func readUnary() throws(Problem) -> ConditionValue {
        guard isSign("-") || isSign("~") else { return try readPrimary() }
        try enter()
        defer { depth -= 1 }
        let sign = isSign("-")
        _ = try take()
        guard case .number(let number) = try readUnary(), sign, number != .min else { return .unknown }
        return .number(-number)
    }

    // MARK: what stands alone

    private mutating func readPrimary() throws(Problem) -> ConditionValue {
        let value = try readOperand()
        guard isWord("of") || (isSign("%") && isWord("of", 1)) else { return value }
        let isPercent = isSign("%")
        if isPercent { _ = try take() }
        return try readOf(Quantifier(value, isPercent: isPercent))
    }

    mutating func readOperand() throws(Problem) -> ConditionValue {
        let token = try take()
        switch token.kind {
        case .number(let number): return number.map { .number($0) } ?? .unknown
        case .fraction, .text, .regex: return .unknown
        case .string(let sign): return try readString(sign, token)
        case .sign(let first, 0) where first == "(":
            let value = try readOr()
            try expect(")")
            return value
        case .word: return try readWord(token)
        default: throw .notUnderstood
        }
    }

    private mutating func readString(_ sign: UInt8, _ token: RuleToken) throws(Problem) -> ConditionValue {
        let name = text[token.range]
        let requirement = name.isEmpty ? current ?? .always : .any(of: try strings { $0.name == Array(name) })
        switch sign {
        case "$":
            try readPlace()
            return .truth(requirement)
        case "#":
            try readPlace()
            return .count(requirement)
        default:
            if try takeSign("[") {
                _ = try readOr()
                try expect("]")
            }
            return .unknown
        }
    }

    /// `at …`, `in (… .. …)`: where a string is asked for says nothing more about whether it is there.
    mutating func readPlace() throws(Problem) {
        if try takeWord("at") {
            _ = try readSum(0)
        } else if try takeWord("in") {
            try readRange()
        }
    }

    mutating func readRange() throws(Problem) {
        try expect("(")
        while true {
            _ = try readOr()
            if try takeSign(",") { continue }
            guard try takeSign(".", ".") else { break }
        }
        try expect(")")
    }

    private mutating func readWord(_ token: RuleToken) throws(Problem) -> ConditionValue {
        let word = text[token.range].text
        if variables.contains(word) { return try readMember() }
        switch word {
        case "true": return .truth(.always)
        case "false": return .truth(.never)
        case "filesize": return .size
        case "for": return try readFor()
        case "all", "any", "none": return try readOf(Quantifier(word: word))
        default: break
        }
        if let read = HeadRead(word), isSign("(") {
            _ = try take()
            let offset = try readOr()
            try expect(")")
            return .read(read, offset: offset.constant)
        }
        if let rule = known[word], !isSign("."), !isSign("["), !isSign("(") {
            return .truth(try use(rule))
        }
        return try readMember()
    }

    /// `.field`, `[index]`, `(arguments)` behind a name: what modules say is not known here.
    private mutating func readMember() throws(Problem) -> ConditionValue {
        while true {
            if try takeSign(".") {
                guard try take().kind == .word else { throw .notUnderstood }
            } else if try takeSign("[") {
                _ = try readOr()
                try expect("]")
            } else if try takeSign("(") {
                guard try !takeSign(")") else { continue }
                repeat { _ = try readOr() } while try takeSign(",")
                try expect(")")
            } else {
                return .unknown
            }
        }
    }

    // MARK: what is named

    /// What the strings that are meant require, each worked out once.
    mutating func strings(_ isMeant: (RuleString) -> Bool) throws(Problem) -> [Requirement] {
        var found: [Requirement] = []
        for number in rule.strings.indices where isMeant(rule.strings[number]) {
            let string =
                requirements[number] ?? KnownRequirement(StringReader.requirement(of: rule.strings[number], in: text))
            requirements[number] = string
            found.append(try use(string))
        }
        return found
    }

    mutating func use(_ known: KnownRequirement) throws(Problem) -> Requirement {
        uses += max(1, known.literals)
        guard uses <= Self.useLimit else { throw .tooManyLiterals }
        return known.requirement
    }

    // MARK: tokens

    mutating func enter() throws(Problem) {
        depth += 1
        guard depth <= Self.depthLimit else { throw .tooDeep }
    }

    mutating func take() throws(Problem) -> RuleToken {
        steps += 1
        guard steps <= Self.stepLimit else { throw .tooLong }
        guard let token = rest.popFirst() else { throw .notUnderstood }
        return token
    }

    func isWord(_ word: String, _ ahead: Int = 0) -> Bool {
        let place = rest.startIndex + ahead
        guard place < rest.endIndex, rest[place].kind == .word else { return false }
        return text[rest[place].range].elementsEqual(word.utf8)
    }

    func isSign(_ first: Unicode.Scalar, _ second: Unicode.Scalar = "\0") -> Bool {
        guard case .sign(let one, let other)? = rest.first?.kind else { return false }
        return one == first && other == second
    }

    mutating func takeWord(_ word: String) throws(Problem) -> Bool {
        guard isWord(word) else { return false }
        _ = try take()
        return true
    }

    mutating func takeSign(_ first: Unicode.Scalar, _ second: Unicode.Scalar = "\0") throws(Problem) -> Bool {
        guard isSign(first, second) else { return false }
        _ = try take()
        return true
    }

    mutating func expect(_ sign: Unicode.Scalar) throws(Problem) {
        guard try takeSign(sign) else { throw .notUnderstood }
    }
}
