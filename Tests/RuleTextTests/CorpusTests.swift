// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import RuleText
import Testing

/// The rule sets beside the project: every file is read, and nearly every rule can use the index.
@Suite(.enabled(if: RuleCorpus.isPresent, "../shared/corpus/attach/yara or xz is not here"))
struct CorpusTests {
    @Test func `every rule of the corpus is read`() throws {
        var reasons: [RuleNeed.SlowReason: Int] = [:]
        var count = 0
        let strings = Array("strings:".utf8)
        for (name, text) in try RuleCorpus.files() {
            let file = try RuleFile(text)
            for (rule, need) in zip(file.rules, file.needs(in: text)) {
                #expect(need.slowReason != .notUnderstood, "\(name): \(need.identifier)")
                // Four of ten rules there name no string: they compare digests and fields of programs.
                guard text[rule.range].firstRange(of: strings) != nil else { continue }
                if let reason = need.slowReason { reasons[reason, default: 0] += 1 }
                count += 1
            }
        }
        // What analysts write nearly always names a text: a reader that lost them would send all to the slow lane.
        #expect(count > 1_200)
        #expect(reasons.values.reduce(0, +) * 10 < count, "\(reasons)")
    }
}
