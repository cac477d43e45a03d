// SPDX-License-Identifier: Apache-2.0

import Bytes
import Signatures
import Testing

@Suite struct RuleSetTests {
    private func scan(_ rules: StaticString, _ object: StaticString, deadline: Duration = .seconds(10)) throws
        -> RuleScan
    {
        let set = try RuleSet([RuleSource(name: "test.yar", text: rules.bytes)])
        return try RuleScanner(set).scan(object.bytes.span, deadline: deadline)
    }

    @Test func `a rule that holds is told with tags and meta`() throws {
        let found = try scan(
            """
            rule Dropper : invoice loader {
                meta: author = "A. N." level = 3 sure = true
                strings: $a = "powershell -enc"
                condition: $a
            }
            rule Other { condition: filesize > 1MB }
            """, "cmd /c powershell -enc AAAA")
        #expect(found.problem == nil)
        #expect(found.matches.map(\.rule.description) == ["test.yar:Dropper"])
        #expect(found.matches.first?.tags == ["invoice", "loader"])
        #expect(found.matches.first?.meta.map(\.key) == ["author", "level", "sure"])
        #expect(found.matches.first?.meta.map(\.value) == [.text("A. N."), .number(3), .flag(true)])
    }

    @Test func `private rules serve others and are not told`() throws {
        let found = try scan(
            "private rule Inner { strings: $a = \"abc\" condition: $a } rule Outer { condition: Inner }", "xabcx")
        #expect(found.matches.map(\.rule.identifier) == ["Outer"])
    }

    @Test func `an empty object is scanned as any other`() throws {
        let found = try scan("rule Empty { condition: filesize == 0 }", "")
        #expect(found.matches.count == 1)
    }

    @Test func `an error has its file and line`() throws {
        let good = RuleSource(name: "good.yar", text: ("rule A { condition: true }" as StaticString).bytes)
        let bad = RuleSource(name: "sub/bad.yar", text: ("rule B {\n condition:\n  $nothing }" as StaticString).bytes)
        let error = #expect(throws: RuleSetError.self) { try RuleSet([good, bad]) }
        #expect(error?.description == "sub/bad.yar:3: undefined string \"$nothing\"")
    }

    @Test func `libyara reads no file for an include`() throws {
        let source = RuleSource(name: "a.yar", text: ("include \"/etc/hostname\"" as StaticString).bytes)
        let error = #expect(throws: RuleSetError.self) { try RuleSet([source]) }
        #expect(error?.faults.first?.line == 1)
        #expect(error?.faults.first?.message.contains("include") == true)
    }

    @Test func `rules of one name in two files are two rules`() throws {
        let text = ("rule A { condition: true }" as StaticString).bytes
        let set = try RuleSet([RuleSource(name: "a.yar", text: text), RuleSource(name: "b.yar", text: text)])
        #expect(set.names.map(\.description) == ["a.yar:A", "b.yar:A"])
    }

    @Test(.timeLimit(.minutes(1))) func `a scan ends at its deadline and says so`() throws {
        let rules: StaticString = "rule Slow { condition: for all i in (0..4000000000) : ( i >= 0 ) }"
        let set = try RuleSet([RuleSource(name: "slow.yar", text: rules.bytes)])
        let object: [UInt8] = [0x61]
        let begin = ContinuousClock.now
        let found = try RuleScanner(set).scan(object.span, deadline: .milliseconds(50))
        #expect(found.problem == .deadline)
        #expect(ContinuousClock.now - begin < .seconds(20))
    }

    @Test func `a string that matches all over is a finding of its own`() throws {
        let rules: StaticString = "rule Many { strings: $a = \"ab\" condition: #a > 2000000 }"
        let set = try RuleSet([RuleSource(name: "many.yar", text: rules.bytes)])
        var object: [UInt8] = []
        for _ in 0..<1_100_000 { object += [0x61, 0x62] }
        let found = try RuleScanner(set).scan(object.span, deadline: .seconds(60))
        #expect(found.problem == .tooManyMatches(string: "$a"))
    }

    @Test func `scanners of several workers share one set`() async throws {
        let rules: StaticString = "rule Word { strings: $a = \"needle\" condition: $a }"
        let set = try RuleSet([RuleSource(name: "w.yar", text: rules.bytes)])
        let hits = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let scanner = try RuleScanner(set)
                    return (0..<200).count { number in
                        let object = Array((number % 2 == 0 ? "a needle in it" : "nothing here").utf8)
                        return !scanner.scan(object.span, deadline: .seconds(5)).matches.isEmpty
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(hits == 400)
    }
}
