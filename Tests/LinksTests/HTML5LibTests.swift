// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import Testing

@testable import Links

/// The tokenizer against html5lib-tests.
///
/// The tokenizer gives ranges over bytes as they stand, so what the standard does to values is done here: line ends
/// are normalised before (its input stream does that), names are made small, NUL becomes U+FFFD outside of data and
/// CDATA, adjacent text is joined. Of a DOCTYPE the tokenizer tells only where it ends, so only its being one is compared.
@Suite(.enabled(if: Corpus.isPresent, "the shared corpus is not beside the repository"))
struct HTML5LibTests {
    @Test(arguments: [
        ("entities", 80), ("escapeFlag", 9), ("namedEntities.part", 2126), ("numericEntities", 336), ("test1", 69),
        ("test2", 45), ("unicodeChars", 323),
    ])
    func `html5lib's tokenizer cases give the tokens of the standard`(file: String, runs: Int) throws {
        let exceptions = try Corpus.exceptions("html5lib-exceptions.txt")
        let cases = try HTML5LibCase.all(in: Corpus.data("url/html5lib/\(file).test"))
        var done = 0
        for one in cases {
            for state in one.states {
                done += 1
                let found = one.tokens(in: state)
                let name = "\(file): \(one.description)"
                if exceptions.contains(name) {
                    #expect(found != one.expected, "no exception any more: \(name)")
                } else {
                    #expect(found == one.expected, "\(name) \(one.input.debugDescription) \(state)")
                }
            }
        }
        #expect(done == runs)
    }
}

struct HTML5LibCase {
    var description: String
    var input: String
    var expected: [String]
    var states: [String]
    var lastStartTag: String

    static func all(in data: Data) throws -> [HTML5LibCase] {
        let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        return (object?["tests"] as? [[String: Any]] ?? []).map { test in
            HTML5LibCase(
                description: test["description"] as? String ?? "", input: test["input"] as? String ?? "",
                expected: (test["output"] as? [[Any]] ?? []).map(Self.line),
                states: test["initialStates"] as? [String] ?? ["Data state"],
                lastStartTag: test["lastStartTag"] as? String ?? "")
        }
    }

    /// A token as one line, so that it can be compared and read.
    private static func line(_ token: [Any]) -> String {
        let words = token.map { $0 as? String ?? "" }
        switch words.first {
        case "DOCTYPE": return "DOCTYPE"
        case "StartTag":
            let attributes = token[2] as? [String: String] ?? [:]
            return startTag(words[1], attributes, isSelfClosing: token.count > 3)
        default: return words.joined(separator: " ")
        }
    }

    private static func startTag(_ name: String, _ attributes: [String: String], isSelfClosing: Bool) -> String {
        let sorted = attributes.sorted { $0.key < $1.key }
        let list = sorted.map { "\($0.key.debugDescription)=\($0.value.debugDescription)" }
        return "StartTag \(name) \(list)\(isSelfClosing ? " /" : "")"
    }

    func tokens(in state: String) -> [String] {
        let html = Array(input.utf8).normalisedLineEnds
        var tokenizer = HTMLTokenizer(range: 0..<html.count)
        switch state {
        case "RCDATA state": tokenizer.enter(.rcdata, endedBy: Array(lastStartTag.utf8))
        case "RAWTEXT state": tokenizer.enter(.rawText, endedBy: Array(lastStartTag.utf8))
        case "Script data state": tokenizer.enter(.scriptData, endedBy: Array(lastStartTag.utf8))
        case "PLAINTEXT state": tokenizer.enter(.plainText)
        case "CDATA section state": tokenizer.enter(.cdata)
        default: break
        }
        var lines: [String] = []
        var text: [UInt8]?
        var model = tokenizer.model
        while let token = tokenizer.next(in: html.span) {
            if token.kind == .text {
                text = (text ?? []) + Self.text(token, html, keepsNUL: model == .data || model == .cdata)
            } else {
                if let whole = text { lines.append("Character " + whole.text) }
                text = nil
                lines.append(Self.line(token, tokenizer.attributes, html))
            }
            model = tokenizer.model
        }
        if let whole = text { lines.append("Character " + whole.text) }
        return lines
    }

    private static func text(_ token: HTMLToken, _ html: [UInt8], keepsNUL: Bool) -> [UInt8] {
        let bytes =
            token.hasReferences
            ? MappedText(html: html.span, token.content, as: .text, charset: .utf8).bytes : Array(html[token.content])
        return keepsNUL ? bytes : bytes.withoutNUL
    }

    private static func line(_ token: HTMLToken, _ attributes: [HTMLAttribute], _ html: [UInt8]) -> String {
        let content = Array(html[token.content]).withoutNUL
        switch token.kind {
        case .doctype: return "DOCTYPE"
        case .comment: return "Comment " + content.text
        case .endTag: return "EndTag " + content.lowercased.text
        default: break
        }
        let pairs = attributes.map { attribute in
            (
                Array(html[attribute.nameRange]).withoutNUL.lowercased.text,
                MappedText(html: html.span, attribute.value, as: .attribute, charset: .utf8).bytes.text
            )
        }
        let values = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
        return startTag(content.lowercased.text, values, isSelfClosing: token.isSelfClosing)
    }
}

extension [UInt8] {
    /// With U+FFFD for NUL.
    fileprivate var withoutNUL: [UInt8] { flatMap { $0 == 0 ? [0xEF, 0xBF, 0xBD] : [$0] } }

    /// With LF for CR LF and CR.
    fileprivate var normalisedLineEnds: [UInt8] {
        var out: [UInt8] = []
        for (place, byte) in enumerated() where byte != 0x0A || place == 0 || self[place - 1] != 0x0D {
            out.append(byte == 0x0D ? 0x0A : byte)
        }
        return out
    }
}
