// SPDX-License-Identifier: Apache-2.0

import Bytes

/// How the content of an entity is written for transport (RFC 2045, section 6).
package enum TransferEncoding: Hashable, Sendable {
    case sevenBit, eightBit, binary
    case quotedPrintable
    case base64
    /// `x-uuencode` and what senders invent; read as if it were 8bit, as mail clients do.
    case unknown(name: String)

    /// The value of a Content-Transfer-Encoding field; comments, quotes and case do not matter.
    init(_ value: ArraySlice<UInt8>) {
        var lexer = FieldLexer(value)
        lexer.skipSpace()
        let quoted = lexer.next == UInt8(ascii: "\"") ? lexer.quotedString() : Array(lexer.token(stops: ";,"))
        let name = quoted.filter { $0 > .space }.prefix(40).lowercasedText
        self =
            switch name {
            case "7bit", "": .sevenBit
            case "8bit": .eightBit
            case "binary": .binary
            case "quoted-printable": .quotedPrintable
            case "base64": .base64
            default: .unknown(name: name)
            }
    }

    /// Whether the content stands in the message as it is.
    package var isIdentity: Bool {
        switch self {
        case .sevenBit, .eightBit, .binary, .unknown: true
        case .quotedPrintable, .base64: false
        }
    }

    /// As written in the field.
    package var name: [UInt8] {
        switch self {
        case .sevenBit: ("7bit" as StaticString).bytes
        case .eightBit: ("8bit" as StaticString).bytes
        case .binary: ("binary" as StaticString).bytes
        case .quotedPrintable: ("quoted-printable" as StaticString).bytes
        case .base64: ("base64" as StaticString).bytes
        case .unknown(let name): Array(name.utf8)
        }
    }
}
