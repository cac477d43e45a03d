// SPDX-License-Identifier: Apache-2.0

/// A subject without what changes from copy to copy.
///
/// Folded away are numbers, `Re:` and `Fwd:` in many languages, tags of mailing lists, case and punctuation: `[ext] Re: Invoice no. 4711/B!` becomes `invoice no # b`.
package enum SubjectSkeleton {
    /// Code points that are looked at: senders choose how long a subject is.
    private static let sizeLimit = 300
    /// Code points of a bracketed tag, such as a mailing list's; what is longer is text.
    private static let tagLimit = 40
    /// With fewer letters, or a single word, half of all mail would be alike.
    private static let lettersNeeded = 6
    private static let wordsNeeded = 2

    /// What mail programs put before the subject of an answer or a forwarded message.
    private static let answers: Set<String> = [
        "re", "aw", "antw", "antwort", "sv", "vs", "vá", "odp", "ynt", "res", "rif", "ref", "fwd", "fw", "wg", "tr",
        "rv", "vb",
        "enc", "doorst", "pd", "továbbítás", "i",
    ]

    /// The skeleton; nil where it would say nothing.
    package static func of(_ subject: String?) -> String? {
        guard let subject else { return nil }
        var words = Words()
        var rest = Array(subject.unicodeScalars.prefix(sizeLimit))[...]
        while let scalar = rest.popFirst() {
            if scalar == "[", let end = rest.prefix(tagLimit).firstIndex(of: "]") {
                words.end()
                rest = rest[(end + 1)...]
            } else {
                words.take(scalar)
            }
        }
        words.end()
        let letters = words.list.filter { $0 != Words.number }.reduce(0) { $0 + $1.unicodeScalars.count }
        guard letters >= lettersNeeded, words.list.count >= wordsNeeded else { return nil }
        return words.list.joined(separator: " ")
    }

    /// The words so far, and the one that is being read.
    private struct Words {
        /// Stands for a word with a digit in it; several in a row are one.
        static let number = "#"

        private(set) var list: [String] = []
        private var current = ""
        private var hasDigit = false

        mutating func take(_ scalar: Unicode.Scalar) {
            if scalar.properties.isAlphabetic || scalar.properties.generalCategory == .nonspacingMark {
                current += scalar.properties.lowercaseMapping
            } else if scalar.properties.generalCategory == .decimalNumber {
                hasDigit = true
            } else {
                end()
                if scalar == ":", let first = list.first, answers.contains(first),
                    list.dropFirst().allSatisfy({ $0 == Self.number })
                {
                    list = []
                }
            }
        }

        mutating func end() {
            defer { (current, hasDigit) = ("", false) }
            if hasDigit {
                if list.last != Self.number { list.append(Self.number) }
            } else if !current.isEmpty {
                list.append(current)
            }
        }
    }
}
