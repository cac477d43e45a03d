// SPDX-License-Identifier: Apache-2.0

import Bytes
import RuleText
import Testing

/// One rule, and whether an object may be a match of it.
struct NeedCase: Sendable, CustomTestStringConvertible {
    let rule: String
    var candidates: [String] = []
    var others: [String] = []

    var testDescription: String { rule }

    static let all: [NeedCase] = [
        .init(rule: "strings: $a = \"Needle\" condition: $a", candidates: ["a needle", "NEEDLE"], others: ["need le"]),
        .init(
            rule: "strings: $a = \"abcd\" $b = \"efgh\" condition: $a and $b", candidates: ["efgh abcd"],
            others: ["abcd"]),
        .init(rule: "strings: $a = \"abcd\" $b = \"efgh\" condition: $a or $b", candidates: ["efgh"], others: ["abc"]),
        .init(
            rule: "strings: $a = \"abcd\" $b = \"efgh\" condition: $a and not $b", candidates: ["abcd efgh", "abcd"],
            others: ["efgh"]),
        .init(
            rule: "strings: $a1 = \"abcd\" $a2 = \"efgh\" $b = \"ijkl\" condition: 2 of ($a*)",
            candidates: ["abcd efgh"],
            others: ["abcd ijkl"]),
        .init(
            rule: "strings: $ = \"abcd\" $ = \"efgh\" condition: all of them", candidates: ["abcd efgh"],
            others: ["abcd"]),
        .init(
            rule: "strings: $ = \"abcd\" $ = \"efgh\" $ = \"ijkl\" condition: 50% of them", candidates: ["abcd efgh"],
            others: ["abcd"]),
        .init(
            rule: "strings: $a = \"abcd\" condition: #a > 2 or filesize > 100", candidates: ["abcd"], others: ["abc"]),
        .init(rule: "strings: $a = \"abcd\" condition: #a < 2", candidates: ["", "abcd"]),
        .init(
            rule: "strings: $a = \"abcd\" condition: for any of them : ( # > 2 and @ > 10 )", candidates: ["abcd"],
            others: ["abc"]),
        .init(
            rule: "strings: $a = \"abcd\" condition: for all i in (1..#a) : ( @a[i] < 10 )", candidates: ["", "abcd"]),
        .init(
            rule: "strings: $a = \"abcd\" condition: for any i in (0..9) : ( $a at i )", candidates: ["abcd"],
            others: ["abc"]),
        .init(rule: "strings: $a = \"abcd\" condition: none of them", candidates: ["", "abcd"]),
        .init(rule: "strings: $a = \"ab\" wide condition: $a", candidates: ["a\0b\0"], others: ["ab"]),
        .init(
            rule: "strings: $a = \"abcd\" wide ascii condition: $a", candidates: ["a\0b\0c\0d\0", "abcd"],
            others: ["a\0b"]),
        .init(rule: "strings: $a = \"abcd\" xor(1) condition: $a", candidates: ["`cbe"], others: ["abcd"]),
        .init(
            rule: "strings: $a = \"This program\" base64 condition: $a", candidates: ["VGhpcyBwcm9ncmFt"],
            others: ["This program"]),
        .init(
            rule: "strings: $a = { 61 62 63 64 ?? 65 66 67 68 } condition: $a", candidates: ["abcd-efgh"],
            others: ["abcd-efg"]),
        .init(
            rule: "strings: $a = { 61 62 ( 63 | 78 ) 64 } condition: $a", candidates: ["abcd", "abxd"], others: ["abyd"]
        ),
        .init(
            rule: "strings: $a = { 61 62 63 64 [2-4] ( 65 66 67 68 | ?? ) } condition: $a", candidates: ["abcd"],
            others: ["abc"]),
        .init(
            rule: "strings: $a = /pow(er|der) ?shell[0-9]+evil/ condition: $a", candidates: ["powder shell1evil"],
            others: ["power shell1evi"]),
        .init(rule: "strings: $a = /abc[dD]ef{2}/ condition: $a", candidates: ["abcdeff"], others: ["abcde"]),
        .init(rule: "strings: $a = /(abcd)*efgh/ condition: $a", candidates: ["efgh"], others: ["abcd"]),
        .init(rule: "strings: $a = /(abcd)+/ wide condition: $a", candidates: ["a\0b\0c\0d\0"], others: ["abcd"]),
        .init(rule: "condition: filesize == 4", candidates: ["abcd"], others: ["abc"]),
        .init(rule: "condition: filesize < 1KB and uint16(0) == 0x6261", candidates: ["ab"], others: ["ba"]),
        .init(
            rule: "condition: uint32be(0) == 0x61626364 or filesize > 2 * 2", candidates: ["abcd", "xxxxx"],
            others: ["dcba"]),
        .init(rule: "condition: false or filesize * 2 == 8", candidates: ["", "abcd"]),
        .init(rule: "condition: false", others: ["", "abcd"]),
    ]
}

@Suite struct RequirementTests {
    @Test(arguments: NeedCase.all) func `an object that cannot match is no candidate`(_ example: NeedCase) throws {
        let text = Array("import \"pe\" rule test { \(example.rule) }".utf8)
        let need = try #require(try RuleFile(text).needs(in: text).first)
        #expect(need.slowReason != .notUnderstood)
        for object in example.candidates { #expect(need.requirement.isMet(by: Array(object.utf8)), "\(object)") }
        for object in example.others { #expect(!need.requirement.isMet(by: Array(object.utf8)), "\(object)") }
    }

    private func needs(_ text: String) throws -> [RuleNeed] {
        try RuleFile(Array(text.utf8)).needs(in: Array(text.utf8))
    }

    @Test func `a rule needs what the rules it names need`() throws {
        let needs = try needs(
            """
            private rule a { strings: $x = "abcd" condition: $x }
            rule b { condition: a and filesize < 10 }
            rule c { condition: any of (a*) }
            """)
        #expect(needs[1].requirement == .all([.literal(Array("abcd".utf8)), .size(0...9)]))
        #expect(needs[2].requirement == .literal(Array("abcd".utf8)))
    }

    @Test func `what a global rule needs, all need`() throws {
        let needs = try needs(
            "rule a { condition: true } global private rule g { strings: $x = \"abcd\" condition: $x }")
        #expect(needs.map(\.requirement) == [.literal(Array("abcd".utf8)), .literal(Array("abcd".utf8))])
        #expect(needs[0].slowReason == nil)
    }

    @Test(arguments: [
        ("strings: $a = \"abc\" condition: $a", RuleNeed.SlowReason.noLiteral),
        ("strings: $a = /[a-z]{8}/ condition: $a", .noLiteral),
        ("condition: pe.number_of_sections == 3", .noLiteral),
        ("condition: \(String(repeating: "(", count: 5_000))true\(String(repeating: ")", count: 5_000))", .tooDeep),
        ("condition: \(String(repeating: "not ", count: 5_000))true", .tooDeep),
        ("condition: true true", .notUnderstood),
    ]) func `a rule without a use for the index says why`(_ rule: String, _ reason: RuleNeed.SlowReason) throws {
        #expect(try needs("rule a { \(rule) }").map(\.slowReason) == [reason])
    }

    @Test func `more literals than are worth asking for go the slow way`() throws {
        let strings = (0..<300).map { "$a\($0) = \"string number \($0)\" xor" }.joined(separator: "\n")
        let needs = try needs("rule a { strings: \(strings) condition: any of them }")
        #expect(needs.map(\.slowReason) == [.tooManyLiterals])
    }

    @Test func `rules that name all before them do not double with each`() throws {
        let rules = (0..<500).map { "rule r\($0) { strings: $a = \"string \($0)\" condition: $a or any of (r*) }" }
        let first = "rule r { strings: $a = \"string\" xor condition: $a }\n"
        #expect(try needs(first + rules.joined(separator: "\n")).count == 501)
    }

    @Test func `rules that name one another in a long chain end as too deep`() throws {
        let rules = (1..<5_000).map {
            "rule r\($0) { strings: $a = \"string\" $b = \"other\" condition: r\($0 - 1) and $a or $b }"
        }
        let needs = try needs("rule r0 { condition: true }\n" + rules.joined(separator: "\n"))
        #expect(needs.contains { $0.slowReason == .tooDeep })
    }

    @Test func `a loop over many strings with a long body ends`() throws {
        let strings = (0..<3_000).map { "$a\($0) = \"string number \($0)\"" }.joined(separator: "\n")
        let body = (0..<1_000).map { "# > \($0)" }.joined(separator: " or ")
        let needs = try needs("rule a { strings: \(strings) condition: for any of them : ( \(body) ) }")
        #expect(needs.map(\.slowReason) == [.tooLong])
    }

    @Test(arguments: ["rule", "rule a {", "rule a { strings: $a condition: $a }", "/* x", "rule a { condition: \"x }"])
    func `a text that is none is an error with its place`(_ text: String) {
        #expect(throws: RuleTextError.self) { try RuleFile(Array(text.utf8)) }
    }
}
