// SPDX-License-Identifier: Apache-2.0

/// One comparison of an earlier output with a literal: `messages.count > 0`, `verdict.verdict is malicious`.
package struct Condition: Hashable, Sendable, CustomStringConvertible {
    /// How the two are compared.
    package enum Comparison: String, Hashable, Sendable, CaseIterable {
        case isNot = "is not"
        case `is` = "is"
        case atLeast = ">="
        case atMost = "<="
        case over = ">"
        case under = "<"

        /// Whether texts can be compared so.
        package var fitsText: Bool { self == .is || self == .isNot }
    }

    package let reference: OutputReference
    package let comparison: Comparison
    package let literal: String

    /// The condition written as `text`; nil unless it is a reference, a comparison and a literal, with spaces between.
    package init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count >= 3, let reference = OutputReference(words[0]) else { return nil }
        let isNot = words[1] == "is" && words[2] == "not" && words.count > 3
        guard let comparison = Comparison(rawValue: isNot ? "is not" : String(words[1])) else { return nil }
        self.reference = reference
        self.comparison = comparison
        literal = words.dropFirst(isNot ? 3 : 2).joined(separator: " ")
    }

    /// Whether it holds for the output; never for one that is missing or of another type.
    package func holds(for value: JSONValue?) -> Bool {
        switch value {
        case .number(let number)?:
            guard let other = Int64(literal) else { return false }
            return switch comparison {
            case .is: number == other
            case .isNot: number != other
            case .atLeast: number >= other
            case .atMost: number <= other
            case .over: number > other
            case .under: number < other
            }
        case .text(let text)?:
            return switch comparison {
            case .is: text == literal
            case .isNot: text != literal
            case .atLeast, .atMost, .over, .under: false
            }
        default: return false
        }
    }

    package var description: String { "\(reference) \(comparison.rawValue) \(literal)" }
}
