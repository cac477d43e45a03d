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
        for (name, text) in try RuleCorpus.files() {
            let needs = try RuleFile(text).needs(in: text)
            for need in needs where need.slowReason != nil {
                reasons[need.slowReason ?? .noLiteral, default: 0] += 1
                #expect(need.slowReason != .notUnderstood, "\(name): \(need.identifier)")
            }
            count += needs.count
        }
        // What analysts write nearly always names a text: a reader that lost them would send all to the slow lane.
        #expect(count > 2_500)
        #expect(reasons.values.reduce(0, +) * 10 < count, "\(reasons)")
    }
}
