// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The parameters of a Content-Type or Content-Disposition field (RFC 2045, section 5.1).
///
/// Long or foreign values come in pieces (`name*0*=utf-8''a%20; name*1=b`, RFC 2231); they are put together when asked
/// for. Of two parameters with the same name the first counts.
package struct Parameters: Hashable, Sendable {
    /// By name in lower case, with RFC 2231's stars.
    private var values: [[UInt8]: [UInt8]] = [:]

    init() {}

    /// Reads what follows the first `;`.
    init(_ lexer: inout FieldLexer, limits: MIMELimits) throws(MIMELimitExceeded) {
        var count = 0
        while lexer.next != nil {
            lexer.skipSpace()
            let name = lexer.token(stops: ";=").lowercased
            lexer.skipSpace()
            if lexer.take(UInt8(ascii: "=")) {
                count += 1
                guard count <= limits.parameters else {
                    throw MIMELimitExceeded(
                        name: .parameters, limit: limits.parameters, found: count, offset: lexer.offset)
                }
                let value = Self.value(of: name, &lexer)
                values[name] = values[name] ?? value
            }
            lexer.skipToParameter()
        }
    }

    /// QUIRK: file names stand unquoted in much mail (`name=My plan (2).pdf`), so they run to the next `;`.
    private static func value(of name: [UInt8], _ lexer: inout FieldLexer) -> [UInt8] {
        let isFileName =
            name.starts(with: ("filename" as StaticString).bytes) || name.starts(with: ("name" as StaticString).bytes)
        if isFileName {
            while let byte = lexer.next, byte.isFoldingSpace { _ = lexer.take(byte) }
        } else {
            lexer.skipSpace()
        }
        if lexer.next == UInt8(ascii: "\"") { return lexer.quotedString() }
        return Array(isFileName ? lexer.rest() : lexer.token(stops: ";"))
    }

    /// The value as bytes: the plain one, else what RFC 2231's pieces make, with percent signs decoded.
    package subscript(name: StaticString) -> [UInt8]? {
        let name = name.bytes
        return plain(name) ?? ExtendedValue(of: name, in: self)?.bytes
    }

    /// The value for reading: RFC 2231's form before the plain one, both decoded.
    ///
    /// QUIRK: encoded words (RFC 2047) are not allowed in parameters; most senders write them all the same.
    package func text(_ name: StaticString) -> String? {
        let name = name.bytes
        return ExtendedValue(of: name, in: self)?.text ?? plain(name).map { EncodedWords.decode($0[...]) }
    }

    fileprivate func plain(_ name: [UInt8]) -> [UInt8]? { values[name] }
}

/// A value in RFC 2231's form: `name*=charset'language'text`, or numbered pieces of it.
private struct ExtendedValue {
    private(set) var bytes: [UInt8] = []
    private var charset = Charset.ascii

    init?(of name: [UInt8], in parameters: Parameters) {
        let star = UInt8(ascii: "*")
        if let whole = parameters.plain(name + [star]) {
            append(encoded: whole, isFirst: true)
            return
        }
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
