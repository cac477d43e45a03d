// SPDX-License-Identifier: Apache-2.0

import Bytes

/// What one rule's matches must have, and whether an index can be asked for it.
package struct RuleNeed: Hashable, Sendable {
    package let identifier: String
    package let isPrivate: Bool
    /// `.always` where nothing is known.
    package let requirement: Requirement
    /// Why the index cannot tell candidates for this rule; nil when it can.
    package let slowReason: SlowReason?

    /// Why a rule has to be tried on every object (within bounds of size and first bytes, where it names some).
    package enum SlowReason: String, Hashable, Sendable {
        /// It can hold without any text of four bytes or more: by module, by size, by short or open strings.
        case noLiteral = "can hold without a literal of four bytes"
        case tooManyLiterals = "has more literals than asking for them is worth"
        case tooDeep = "is nested too deeply to be read"
        case tooLong = "takes too long to be read"
        case notUnderstood = "is not understood by our reader"
    }
}

extension RuleFile {
    /// What each rule needs, in their order; a global rule's need is every rule's.
    ///
    /// `text`: the bytes that the file was read from.
    package func needs(in text: [UInt8]) -> [RuleNeed] {
        var known: [String: KnownRequirement] = [:]
        var own: [(Requirement, RuleNeed.SlowReason?)] = []
        for rule in rules {
            let result = Self.requirement(of: rule, in: text, known: known)
            known[rule.identifier] = KnownRequirement(result.0)
            own.append(result)
        }
        let globals = zip(rules, own).filter(\.0.isGlobal).map(\.1.0)
        return zip(rules, own).map { rule, own in
            let whole = Requirement.all(of: [own.0] + (rule.isGlobal ? [] : globals))
            return RuleNeed(
                identifier: rule.identifier, isPrivate: rule.isPrivate, requirement: whole,
                slowReason: whole.isIndexed ? nil : own.1 ?? .noLiteral)
        }
    }

    private static func requirement(
        of rule: RuleText, in text: [UInt8], known: [String: KnownRequirement]
    ) -> (Requirement, RuleNeed.SlowReason?) {
        do throws(ConditionReader.Problem) {
            let requirement = try ConditionReader.requirement(of: rule, in: text, known: known)
            guard requirement.literalCount <= ConditionReader.literalLimit else { return (.always, .tooManyLiterals) }
            return requirement.depth <= ConditionReader.depthLimit ? (requirement, nil) : (.always, .tooDeep)
        } catch {
            switch error {
            case .tooDeep: return (.always, .tooDeep)
            case .tooLong: return (.always, .tooLong)
            case .tooManyLiterals: return (.always, .tooManyLiterals)
            case .notUnderstood: return (.always, .notUnderstood)
            }
        }
    }
}
