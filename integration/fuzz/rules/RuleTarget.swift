// SPDX-License-Identifier: Apache-2.0

// Rule text under the fuzzer: whole files, and single strings and conditions put into a rule.
//
// The first byte chooses what the rest is. A rule taken out of its file with what it depends on must mean the same.

import Bytes
import RuleText

/// What libFuzzer calls with each input.
@c(LLVMFuzzerTestOneInput)
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    guard let choice = bytes.first else { return 0 }
    let rest = Array(bytes.dropFirst())
    switch choice % 4 {
    case 0: check(rest)
    case 1: check(("rule a { strings: $a = " as StaticString).bytes + rest + (" condition: $a }" as StaticString).bytes)
    case 2:
        check(("rule a { strings: $a = \"abcd\" $b = \"efgh\" condition: " as StaticString).bytes + rest + [0x7D])
    default:
        check(("private rule b { condition: true } rule a { condition: b or " as StaticString).bytes + rest + [0x7D])
    }
    return 0
}

private func check(_ text: [UInt8]) {
    guard let file = try? RuleFile(text) else { return }
    let needs = file.needs(in: text)
    guard needs.count == file.rules.count else { fatalError("a need for each rule") }
    for (number, need) in needs.enumerated().prefix(20) {
        _ = need.requirement.isMet(by: text)
        guard need.requirement.isIndexed == (need.slowReason == nil) else { fatalError("slow without a reason") }
        checkAlone(number, of: file, text)
    }
}

private func checkAlone(_ number: Int, of file: RuleFile, _ text: [UInt8]) {
    let alone = file.text(ofOnly: [number], in: text)
    // A name of a module is copied as it is, and may be none.
    guard file.imports.isEmpty else { return }
    guard let again = try? RuleFile(alone) else { fatalError("a rule taken out of its file is no rule") }
    let isThere = again.identities(in: alone, digest: digest).contains(
        file.identities(in: text, digest: digest)[number])
    // Of two rules of one name (which libyara refuses) either may be the one that is meant.
    let isOnly = file.rules.count { $0.identifier == file.rules[number].identifier } == 1
    if isOnly, Set(file.rules.map(\.identifier)).count == file.rules.count, !isThere {
        fatalError("a rule taken out of its file means something else")
    }
}

/// FNV-1a: enough to tell two texts apart by chance.
private func digest(_ bytes: [UInt8]) -> [UInt8] {
    let hash = bytes.reduce(14_695_981_039_346_656_037 as UInt64) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
    return (0..<8).map { UInt8(truncatingIfNeeded: hash >> UInt64($0 * 8)) }
}
