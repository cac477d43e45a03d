// SPDX-License-Identifier: Apache-2.0

import Bytes
import Verdicts

/// What a STIX pattern (STIX 2.1, section 9) names of links and attachments.
///
/// Comparisons by `=` and `IN`, joined by OR, are understood: that is what feeds of links and files hold. A pattern with
/// AND, FOLLOWEDBY, NOT or a qualifier says more than "this URL is bad"; it is not taken for less than it says.
enum STIXPattern {
    struct Value: Hashable {
        let kind: Indicator.Kind
        let text: [UInt8]
    }

    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// Values of one pattern.
    static let valueLimit = 1_000

    private enum Lexeme: Hashable {
        case word(String)
        case text([UInt8])
        case mark(UInt8)
    }

    /// The values; empty when it is all about other things (addresses, registry keys).
    static func values(_ pattern: [UInt8]) throws(Problem) -> [Value] {
        var lexemes = try lexemes(pattern)[...]
        var values: [Value] = []
        var path: String?
        var isInside = false
        while let lexeme = lexemes.popFirst() {
            switch lexeme {
            case .mark(UInt8(ascii: "[")): isInside = true
            case .mark(UInt8(ascii: "]")): isInside = false
            case .mark(UInt8(ascii: "(")), .mark(UInt8(ascii: ")")): break
            case .word("OR"): path = nil
            case .word("AND"), .word("FOLLOWEDBY"), .word("NOT"), .word("WITHIN"), .word("START"), .word("STOP"),
                .word("REPEATS"), .word("LIKE"), .word("MATCHES"), .word("ISSUBSET"), .word("ISSUPERSET"),
                .word("EXISTS"):
                throw Problem(description: "pattern with '\(name(lexeme))', which names no single thing")
            case .word(let word): path = word
            case .mark(UInt8(ascii: "=")):
                guard isInside, let path, case .text(let text)? = lexemes.popFirst() else { throw malformed }
                if let kind = kind(path) { values.append(Value(kind: kind, text: text)) }
            case .text(let text):  // of IN ('a', 'b')
                guard isInside else { throw malformed }
                if let path, let kind = kind(path) { values.append(Value(kind: kind, text: text)) }
            case .mark(UInt8(ascii: ",")): break
            case .mark: throw malformed
            }
            guard values.count <= valueLimit else { throw Problem(description: "more than \(valueLimit) values") }
        }
        guard !isInside else { throw malformed }
        return values
    }

    private static var malformed: Problem { Problem(description: "is no STIX pattern") }

    private static func name(_ lexeme: Lexeme) -> String {
        if case .word(let word) = lexeme { word } else { "" }
    }

    private static func kind(_ path: String) -> Indicator.Kind? {
        switch path {
        case "url:value": .url
        case "domain-name:value": .domain
        case "file:hashes.'SHA-256'", "file:hashes.SHA-256", "file:hashes.\"SHA-256\"", "file:hashes.SHA256",
            "file:hashes.'SHA256'", "file:hashes.'SHA-1'", "file:hashes.SHA-1", "file:hashes.\"SHA-1\"",
            "file:hashes.SHA1", "file:hashes.'SHA1'", "file:hashes.MD5", "file:hashes.'MD5'":
            .file
        default: nil
        }
    }

    private static func lexemes(_ pattern: [UInt8]) throws(Problem) -> [Lexeme] {
        var lexemes: [Lexeme] = []
        var rest = pattern[...]
        while let byte = rest.first {
            if byte.isBlank || byte == .lineFeed || byte == .carriageReturn {
                rest.removeFirst()
            } else if byte == UInt8(ascii: "'") {
                lexemes.append(.text(try text(&rest)))
            } else if "[](),=".utf8.contains(byte) {
                rest.removeFirst()
                lexemes.append(.mark(byte))
            } else {
                lexemes.append(try word(&rest, after: lexemes.last))
            }
        }
        return lexemes
    }

    /// `'it\'s'`; a backslash takes the next byte as it is.
    private static func text(_ rest: inout ArraySlice<UInt8>) throws(Problem) -> [UInt8] {
        rest.removeFirst()
        var text: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "'") { return text }
            if byte == UInt8(ascii: "\\") {
                if let escaped = rest.popFirst() { text.append(escaped) }
            } else {
                text.append(byte)
            }
        }
        throw malformed
    }

    /// A keyword, or an object path, whose steps may stand in quotes.
    ///
    /// IN only joins a path with its list.
    private static func word(_ rest: inout ArraySlice<UInt8>, after last: Lexeme?) throws(Problem) -> Lexeme {
        var word: [UInt8] = []
        var isQuoted = false
        while let byte = rest.first, isQuoted || !(byte.isBlank || "[](),=".utf8.contains(byte)) {
            if byte == UInt8(ascii: "'") { isQuoted.toggle() }
            word.append(byte)
            rest.removeFirst()
            if byte == UInt8(ascii: "!") || byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") {
                throw Problem(description: "pattern with '\([byte].text)', which names no single thing")
            }
        }
        guard !word.isEmpty, !isQuoted else { throw malformed }
        let text = word.text
        // "x IN (…)": the path stays the one before, so the keyword is written as it.
        if text == "IN", case .word(let path)? = last { return .word(path) }
        return .word(text)
    }
}
