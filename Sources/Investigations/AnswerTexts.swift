// SPDX-License-Identifier: Apache-2.0

import Foundation
import Store

/// The sentences that reporters are told, by language: files `<language>.txt` with `key = sentence` lines.
package struct AnswerTexts: Sendable {
    /// Why the texts cannot be used.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String
    }

    private static let sizeLimit = 64 * 1_024
    /// Characters of a reported message's subject.
    private static let subjectLimit = 150
    private static let keys =
        ["subject", "thanks", "clicked"] + ReportOutcome.allCases.map(\.rawValue)

    private let languages: [String: [String: String]]
    private let fallback: String

    /// Reads every language in the directory; `fallback`, which must be there, is for reporters whose language is not.
    package init(directory: String, fallback: String) throws(Fault) {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).filter {
            $0.hasSuffix(".txt")
        }
        var languages: [String: [String: String]] = [:]
        for name in names.sorted() {
            languages[String(name.dropLast(4))] = try Self.sentences(path: "\(directory)/\(name)")
        }
        guard languages[fallback] != nil else {
            throw Fault(description: "\(directory)/\(fallback).txt: the sentences for reporters cannot be read")
        }
        self.languages = languages
        self.fallback = fallback
    }

    private static func sentences(path: String) throws(Fault) -> [String: String] {
        guard let data = FileManager.default.contents(atPath: path), data.count <= sizeLimit,
            let text = String(data: data, encoding: .utf8)
        else { throw Fault(description: "\(path): cannot be read as UTF-8 of at most \(sizeLimit) bytes") }
        var sentences: [String: String] = [:]
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where !line.isEmpty && !line.hasPrefix("#") {
            guard let mark = line.range(of: " = "), keys.contains(String(line[..<mark.lowerBound])) else {
                throw Fault(
                    description:
                        "\(path):\(index + 1): expected 'key = sentence' with one of \(keys.joined(separator: ", "))")
            }
            let key = String(line[..<mark.lowerBound])
            guard sentences.updateValue(String(line[mark.upperBound...]), forKey: key) == nil else {
                throw Fault(description: "\(path):\(index + 1): '\(key)' stands here twice")
            }
        }
        if let missing = keys.first(where: { sentences[$0] == nil }) {
            throw Fault(description: "\(path): the sentence '\(missing)' is missing")
        }
        return sentences
    }

    /// The mail for a report that ended so.
    func answer(_ outcome: ReportOutcome, to report: ReportRow) -> ReportAnswer {
        let sentences = report.language.flatMap { languages[$0] } ?? languages[fallback] ?? [:]
        func sentence(_ key: String) -> String { sentences[key] ?? "" }
        // Somebody else wrote it: one line, without controls or marks that turn text around.
        let subject = TerminalText.escaped(report.subject ?? "-", limit: Self.subjectLimit)
        var lines = [sentence("thanks").replacing("{{subject}}", with: subject), "", sentence(outcome.rawValue)]
        if outcome == .confirmed || outcome == .gone || outcome == .undecided { lines += ["", sentence("clicked")] }
        return ReportAnswer(
            recipient: report.reporter, subject: sentence("subject"), text: lines.joined(separator: "\n") + "\n")
    }
}
