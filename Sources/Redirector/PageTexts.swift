// SPDX-License-Identifier: Apache-2.0

import Bytes
import FoundationEssentials
import Web

/// The sentences of the pages in one language: a file `<language>.txt` with `key = sentence` lines, `#` before comments.
struct PageTexts: Sendable {
    let language: String
    let sentences: [String: String]
    /// As templates take them.
    let values: [String: PageValue]

    /// Bytes of a file of sentences.
    private static let sizeLimit = 64 * 1_024

    /// Every language in the directory; English, which all others are held against, must be there.
    static func all(in directory: String) throws(PageTemplateError) -> [String: PageTexts] {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).sorted()
        var all: [String: PageTexts] = [:]
        for name in names where name.hasSuffix(".txt") {
            let language = String(name.dropLast(4))
            all[language] = try PageTexts(path: "\(directory)/\(name)", language: language)
        }
        guard let english = all[PageLanguages.fallback] else {
            throw PageTemplateError(
                file: "\(directory)/\(PageLanguages.fallback).txt", line: nil,
                reason: "the sentences of the pages cannot be read")
        }
        for text in all.values.sorted(by: { $0.language < $1.language }) {
            let file = "\(directory)/\(text.language).txt"
            if let missing = english.sentences.keys.filter({ text.sentences[$0] == nil }).min() {
                throw PageTemplateError(file: file, line: nil, reason: "the sentence '\(missing)' is missing")
            }
            if let unknown = text.sentences.keys.filter({ english.sentences[$0] == nil }).min() {
                throw PageTemplateError(file: file, line: nil, reason: "the sentence '\(unknown)' is used by no page")
            }
        }
        return all
    }

    private init(path: String, language: String) throws(PageTemplateError) {
        guard let data = FileManager.default.contents(atPath: path), data.count <= Self.sizeLimit else {
            throw PageTemplateError(
                file: path, line: nil, reason: "cannot be read, or is larger than \(Self.sizeLimit) bytes")
        }
        self.language = language
        var sentences: [String: String] = [:]
        let lines = Array(data).split(separator: .lineFeed, omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.isEmpty && line.first != UInt8(ascii: "#") {
            guard let mark = line.firstRange(of: Array(" = ".utf8)), mark.lowerBound > line.startIndex,
                line[..<mark.lowerBound].allSatisfy({ $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") })
            else { throw PageTemplateError(file: path, line: index + 1, reason: "expected 'key = sentence'") }
            let key = line[..<mark.lowerBound].text
            guard sentences.updateValue(line[mark.upperBound...].text, forKey: key) == nil else {
                throw PageTemplateError(file: path, line: index + 1, reason: "'\(key)' stands here twice")
            }
        }
        self.sentences = sentences
        values = sentences.mapValues { PageValue.text($0) }.merging(["lang": .text(language)]) { $1 }
    }

    /// The sentence for a reason, with what it names; nil for one that is not for people.
    func sentence(_ reason: ClickReason) -> String? {
        guard let key = reason.sentence, let sentence = sentences[key] else { return nil }
        let name: String? =
            switch reason {
            case .lookAlike(let name), .newDomain(let name): name
            case .dnsList(let zone, _, let meaning): "\(zone): \(meaning)"
            default: nil
            }
        return name.map { "\(sentence) (\($0))" } ?? sentence
    }
}

/// The languages there are, and the one a reader wants (RFC 9110, section 12.5.4).
struct PageLanguages: Sendable {
    static let fallback = "en"
    private let known: [String]

    /// Languages of one request that are looked at.
    private static let wishLimit = 16

    init(_ known: [String]) {
        self.known = known
    }

    func best(for field: [UInt8]) -> String {
        var best: (language: String, weight: Int) = (Self.fallback, 0)
        for part in field.split(separator: UInt8(ascii: ","), maxSplits: Self.wishLimit).prefix(Self.wishLimit) {
            let words = part.split(separator: UInt8(ascii: ";"), maxSplits: 1)
            guard let range = words.first?.filter({ $0 != .space && $0 != .tab }).lowercased.text else { continue }
            let weight = words.count > 1 ? Self.weight(words[1]) : 1_000
            guard weight > best.weight, let language = language(for: range) else { continue }
            best = (language, weight)
        }
        return best.language
    }

    /// `de-AT` is answered by `de`; the whole tag first.
    private func language(for range: String) -> String? {
        if known.contains(range) { return range }
        let primary = String(range.prefix { $0 != "-" })
        return known.contains(primary) ? primary : nil
    }

    /// `q=0.8` in thousandths.
    private static func weight(_ text: ArraySlice<UInt8>) -> Int {
        let digits = text.filter(\.isASCIIDigit).prefix(4)
        guard let first = digits.first else { return 0 }
        if first != UInt8(ascii: "0") { return 1_000 }
        let thousandths = digits.dropFirst().prefix(3)
        var value = thousandths.reduce(0) { $0 * 10 + Int($1 & 15) }
        for _ in thousandths.count..<3 { value *= 10 }
        return value
    }
}
