// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The parameters of a Content-Type or Content-Disposition field (RFC 2045, section 5.1).
///
/// Long or foreign values come in pieces (`name*0*=utf-8''a%20; name*1=b`, RFC 2231); they are put together when asked
/// for. Of two parameters with the same name the first counts, or the last, by the client's habits.
package struct Parameters: Hashable, Sendable {
    private struct Value: Hashable {
        let bytes: [UInt8]
        /// Its place among all parameters of the field.
        let place: Int
    }

    /// By name in lower case, with RFC 2231's stars.
    private var values: [[UInt8]: Value] = [:]
    private var takesLast = false
    /// Whether clients may differ in which of two values they take.
    private(set) var hasDuplicates = false

    init() {}

    /// Reads what follows the type: `; name=value`, where the semicolon may be missing or there twice.
    init(_ lexer: inout FieldLexer, limits: MIMELimits) throws(MIMELimitExceeded) {
        takesLast = lexer.habits.takesLastParameter
        var count = 0
        while true {
            lexer.skip(";\"")
            guard lexer.next != nil else { break }
            let name = lexer.token(stops: ";=\"").lowercased
            lexer.skipSpace()
            guard lexer.take(UInt8(ascii: "=")) else { continue }
            count += 1
            guard count <= limits.parameters else {
                throw MIMELimitExceeded(
                    name: .parameters, limit: limits.parameters, found: count, offset: lexer.offset)
            }
            let value = Value(bytes: Self.value(of: name, &lexer), place: count)
            if let other = values[name] {
                hasDuplicates = hasDuplicates || other.bytes != value.bytes
                if takesLast { values[name] = value }
            } else {
                values[name] = value
            }
        }
        hasDuplicates = hasDuplicates || Self.namesThatMatter.contains { forms(of: $0.bytes) > 1 }
    }

    /// Where two forms of one value would tell a client something else.
    private static let namesThatMatter: [StaticString] = ["boundary", "charset"]

    private func forms(of name: [UInt8]) -> Int {
        let star = UInt8(ascii: "*")
        let pieces = name + [star, UInt8(ascii: "0")]
        return [values[name], values[name + [star]], values[pieces] ?? values[pieces + [star]]].count { $0 != nil }
    }

    /// QUIRK: file names stand unquoted in much mail (`name=My plan (2).pdf`); clients read every unquoted value up to
    /// the next `;`, and only in other values parentheses are comments.
    private static func value(of name: [UInt8], _ lexer: inout FieldLexer) -> [UInt8] {
        let isFileName =
            name.starts(with: ("filename" as StaticString).bytes) || name.starts(with: ("name" as StaticString).bytes)
        if isFileName {
            while let byte = lexer.next, byte.isFoldingSpace { _ = lexer.take(byte) }
        } else {
            lexer.skipSpace()
        }
        if lexer.next == UInt8(ascii: "\"") { return lexer.quotedString() }
        let value = lexer.rest(keepsParentheses: isFileName)
        return name == boundary ? unquotedBoundary(value, &lexer) : value
    }

    private static let boundary = ("boundary" as StaticString).bytes

    /// A boundary of several words, or in apostrophes, has to stand in quotes (RFC 2045, section 5.1); strict clients take
    /// the first word, and some take apostrophes for quotes.
    private static func unquotedBoundary(_ value: [UInt8], _ lexer: inout FieldLexer) -> [UInt8] {
        let apostrophe = UInt8(ascii: "'")
        let isQuoted = value.count > 2 && value.first == apostrophe && value.last == apostrophe
        let strict =
            isQuoted ? value[1..<value.count - 1] : value.prefix { !$0.isFoldingSpace && $0 != UInt8(ascii: ",") }
        guard strict.count != value.count else { return value }
        lexer.note(.leniency)
        return lexer.habits.isLenient ? value : Array(strict)
    }

    /// The value as bytes: plain and `name*` by their order, else what RFC 2231's pieces make, with percent signs
    /// decoded.
    ///
    /// QUIRK: RFC 2231 wants the extended form taken; clients go by order or do not know it.
    package subscript(name: StaticString) -> [UInt8]? {
        let name = name.bytes
        let star = name + [UInt8(ascii: "*")]
        if takesLast, let pieces = ExtendedValue(piecesOf: name, in: self) { return pieces.bytes }
        if let plain = values[name] {
            guard let whole = values[star], (whole.place < plain.place) != takesLast else { return plain.bytes }
        }
        return ExtendedValue(of: name, in: self)?.bytes
    }

    /// The value for reading: RFC 2231's form before the plain one, both decoded.
    ///
    /// QUIRK: encoded words (RFC 2047) are not allowed in parameters; most senders write them all the same.
    package func text(_ name: StaticString) -> String? {
        let name = name.bytes
        return ExtendedValue(of: name, in: self)?.text ?? plain(name).map { EncodedWords.decode($0[...]) }
    }

    /// All parameters in their order, for writing them again.
    var ordered: [(name: [UInt8], value: [UInt8])] {
        values.sorted { $0.value.place < $1.value.place }.map { ($0.key, $0.value.bytes) }
    }

    fileprivate func plain(_ name: [UInt8]) -> [UInt8]? { values[name]?.bytes }
}

/// A value in RFC 2231's form: `name*=charset'language'text`, or numbered pieces of it.
private struct ExtendedValue {
    private(set) var bytes: [UInt8] = []
    private var charset = Charset.ascii

    init?(of name: [UInt8], in parameters: Parameters) {
        guard let whole = parameters.plain(name + [UInt8(ascii: "*")]) else {
            self.init(piecesOf: name, in: parameters)
            return
        }
        self.init(whole: whole)
    }

    private init(whole: [UInt8]) {
        append(encoded: whole, isFirst: true)
    }

    init?(piecesOf name: [UInt8], in parameters: Parameters) {
        let star = UInt8(ascii: "*")
        var number = 0
        while true {
            let piece = name + [star] + Array(String(number).utf8)
            if let encoded = parameters.plain(piece + [star]) {
                append(encoded: encoded, isFirst: number == 0)
            } else if let plain = parameters.plain(piece) {
                bytes.append(contentsOf: plain)
            } else {
                break
            }
            number += 1
        }
        if number == 0 { return nil }
    }

    var text: String { charset.text(bytes) }

    private mutating func append(encoded: [UInt8], isFirst: Bool) {
        var text = encoded[...]
        if isFirst, let first = text.firstIndex(of: UInt8(ascii: "'")),
            let second = text[(first + 1)...].firstIndex(of: UInt8(ascii: "'"))
        {
            charset = Charset(label: Array(text[..<first]))
            text = text[(second + 1)...]
        }
        while let byte = text.popFirst() {
            if byte == UInt8(ascii: "%"), let high = text.first?.hexValue, let low = text.dropFirst().first?.hexValue {
                bytes.append(high << 4 | low)
                text = text.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
    }
}
