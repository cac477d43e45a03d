// SPDX-License-Identifier: Apache-2.0

import Bytes

extension RuleFile {
    /// For each rule, a digest of what decides for which bytes it holds: equal for two rules that match the same by
    /// construction.
    ///
    /// The rule's name, strings and condition, the digests of the rules that it names and of all global ones, and the
    /// imports. Not in it: comments, blanks, tags, meta entries and the order of rules, which change often and change no
    /// match.
    package func identities(in text: [UInt8], digest: ([UInt8]) -> [UInt8]) -> [[UInt8]] {
        var own: [[UInt8]] = []
        for number in rules.indices {
            var bytes: [UInt8] = []
            for token in rules[number].body { Self.append(token.kind.tag, Array(text[token.range]), to: &bytes) }
            for other in Self.sorted(named[number].map { own[$0] }) { Self.append(1, other, to: &bytes) }
            own.append(digest(bytes))
        }
        var common: [UInt8] = []
        for name in Set(imports).sorted() { Self.append(1, Array(name.utf8), to: &common) }
        for rule in Self.sorted(rules.indices.filter { rules[$0].isGlobal }.map { own[$0] }) { common += rule }
        return own.map { digest($0 + common) }
    }

    private static func sorted(_ digests: [[UInt8]]) -> [[UInt8]] {
        digests.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// A text that says the same of these rules as the whole file: imports, what they depend on, and themselves.
    package func text(ofOnly numbers: Set<Int>, in text: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        for name in Set(imports).sorted() { bytes += Array("import \"\(name)\"\n".utf8) }
        for number in dependencies(of: numbers).sorted() { bytes += text[rules[number].range] + Array("\n".utf8) }
        return bytes
    }

    /// These rules, all global ones, and what any of them names, directly or not.
    private func dependencies(of numbers: Set<Int>) -> Set<Int> {
        var found = numbers.union(rules.indices.filter { rules[$0].isGlobal })
        var open = Array(found)
        while let number = open.popLast() {
            for other in named[number] where found.insert(other).inserted { open.append(other) }
        }
        return found
    }

    private static func append(_ tag: UInt8, _ content: [UInt8], to bytes: inout [UInt8]) {
        bytes.append(tag)
        for byte in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: content.count >> (byte * 8))) }
        bytes += content
    }

    /// For each rule, the earlier ones that its condition may name: any word that is such a name, or begins one before `*`.
    static func named(by rules: [RuleText], in text: [UInt8]) -> [[Int]] {
        var numbers: [[UInt8]: Int] = [:]
        return rules.enumerated().map { number, rule in
            var named: [Int] = []
            for place in rule.condition.indices where rule.condition[place].kind == .word {
                let word = Array(text[rule.condition[place].range])
                if let other = numbers[word] { named.append(other) }
                let isOpen = place + 1 < rule.condition.endIndex && rule.condition[place + 1].isStar
                if isOpen { named += numbers.filter { $0.key.starts(with: word) }.map(\.value) }
            }
            numbers[Array(rule.identifier.utf8)] = number
            return Set(named).sorted()
        }
    }
}

extension RuleToken {
    fileprivate var isStar: Bool { kind == .sign(UInt8(ascii: "*"), 0) }
}

extension RuleToken.Kind {
    /// Tells kinds apart whose content may be the same.
    fileprivate var tag: UInt8 {
        switch self {
        case .word: 2
        case .text: 3
        case .regex(let flags): 16 + flags
        case .hex: 6
        case .number: 7
        case .fraction: 8
        case .string(let sign): sign
        case .sign: 9
        }
    }
}
