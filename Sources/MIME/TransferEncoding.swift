// SPDX-License-Identifier: Apache-2.0

import Bytes

/// How the content of an entity is written for transport (RFC 2045, section 6).
package enum TransferEncoding: Hashable, Sendable {
    case sevenBit, eightBit, binary
    case quotedPrintable
    case base64
    /// `x-uuencode`: never standardised, read by most clients.
    case uuencode
    /// What senders invent; read as if it were 8bit, as mail clients do.
    case unknown(name: String)

    /// The value of a Content-Transfer-Encoding field; comments, quotes and case do not matter.
    ///
    /// QUIRK: a name that merely holds a known one (`x-base64`, `base64;`) is understood by lenient clients.
    init(_ value: ArraySlice<UInt8>, habits: ClientHabits = .first, oddities: inout Oddities) {
        var lexer = FieldLexer(value, habits: ClientHabits.first)
        lexer.skipSpace()
        let text = lexer.next == UInt8(ascii: "\"") ? lexer.quotedString() : lexer.rest(keepsParentheses: false)
        let name = text.filter { $0 > .space }.prefix(Self.nameLength).lowercasedText
        if let known = Self.names[name] {
            self = known
            if !value.filter({ !$0.isFoldingSpace }).equalsIgnoringCase(Array(name.utf8)) { oddities.insert(.leniency) }
        } else if let known = Self.names.first(where: { name.contains($0.key) && !$0.value.isIdentity })?.value {
            oddities.insert(.leniency)
            self = habits.isLenient ? known : .unknown(name: name)
        } else {
            self = name.isEmpty ? .sevenBit : .unknown(name: name)
        }
    }

    /// Longer than any name with a word before or after it; bounds what stands in records.
    private static let nameLength = 40

    private static let names: [String: TransferEncoding] = [
        "7bit": .sevenBit, "8bit": .eightBit, "binary": .binary, "quoted-printable": .quotedPrintable,
        "base64": .base64, "x-uuencode": .uuencode, "uuencode": .uuencode, "x-uue": .uuencode,
    ]

    /// Whether the content stands in the message as it is.
    package var isIdentity: Bool {
        switch self {
        case .sevenBit, .eightBit, .binary, .unknown: true
        case .quotedPrintable, .base64, .uuencode: false
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
        case .uuencode: ("x-uuencode" as StaticString).bytes
        case .unknown(let name): Array(name.utf8)
        }
    }
}
