// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Expressions over sets of strings and rules: `of` and `for`.
extension ConditionReader {
    mutating func readOf(_ quantifier: Quantifier) throws(Problem) -> ConditionValue {
        guard try takeWord("of") else { throw .notUnderstood }
        let set = try readSet()
        try readPlace()
        return .truth(quantifier.requirement(over: set))
    }

    mutating func readFor() throws(Problem) -> ConditionValue {
        try enter()
        defer { depth -= 1 }
        let quantifier: Quantifier
        if isWord("all") || isWord("any") || isWord("none") {
            quantifier = Quantifier(word: text[try take().range].text)
        } else {
            let value = try readSum(0)
            let isPercent = try takeSign("%")
            quantifier = Quantifier(value, isPercent: isPercent)
        }
        return try takeWord("of") ? try readForOf(quantifier) : try readForIn(quantifier)
    }

    /// The body is read once for each string, as libyara runs it.
    private mutating func readForOf(_ quantifier: Quantifier) throws(Problem) -> ConditionValue {
        let set = try readSet()
        try expect(":")
        try expect("(")
        let (begin, outer) = (rest, current)
        defer { current = outer }
        var bodies: [Requirement] = []
        for string in set.isEmpty ? [.always] : set {
            rest = begin
            current = string
            bodies.append(try readOr().requirement)
        }
        try expect(")")
        return .truth(quantifier.requirement(over: bodies))
    }

    private mutating func readForIn(_ quantifier: Quantifier) throws(Problem) -> ConditionValue {
        let outer = variables.count
        defer { variables.removeLast(variables.count - outer) }
        var names: [String] = []
        repeat { names.append(text[try take().range].text) } while try takeSign(",")
        guard try takeWord("in") else { throw .notUnderstood }
        if isSign("(") { try readRange() } else { _ = try readOperand() }
        variables += names
        try expect(":")
        try expect("(")
        let body = try readOr().requirement
        try expect(")")
        return .truth(quantifier.needsOne ? body : .always)
    }

    /// `them`, `($a, $b*)`, or rules by name: what each member requires.
    private mutating func readSet() throws(Problem) -> [Requirement] {
        if try takeWord("them") { return try strings { _ in true } }
        try expect("(")
        var set: [Requirement] = []
        repeat {
            let token = try take()
            let name = Array(text[token.range])
            let isOpen = try takeSign("*")
            if token.kind == .string(UInt8(ascii: "$")) {
                set += try strings { isOpen ? $0.name.starts(with: name) : $0.name == name }
            } else if token.kind == .word {
                for (other, rule) in known where isOpen ? other.utf8.starts(with: name) : Array(other.utf8) == name {
                    set.append(try use(rule))
                }
            } else {
                throw .notUnderstood
            }
        } while try takeSign(",")
        try expect(")")
        return set
    }
}
