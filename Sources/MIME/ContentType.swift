// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The value of a Content-Type field (RFC 2045, section 5).
package struct ContentType: Hashable, Sendable {
    /// In lower case: `text/html`.
    package let mediaType: String
    package let parameters: Parameters

    /// What an entity without the field is (RFC 2045, section 5.2).
    static let text = ContentType(mediaType: "text/plain", parameters: Parameters())
    /// What a part of a digest is.
    static let message = ContentType(mediaType: "message/rfc822", parameters: Parameters())

    private init(mediaType: String, parameters: Parameters) {
        self.mediaType = mediaType
        self.parameters = parameters
    }

    /// Nil for a value that says nothing, which counts as plain text (RFC 2045, section 5.2).
    ///
    /// QUIRK: quotes and semicolons before the type are passed over, and `html` without a type is HTML.
    init?(
        _ value: ArraySlice<UInt8>, habits: ClientHabits = .first, oddities: inout Oddities, limits: MIMELimits
    ) throws(MIMELimitExceeded) {
        var lexer = FieldLexer(value, habits: habits)
        defer { oddities.formUnion(lexer.oddities) }
        lexer.skipSpace()
        if lexer.next == UInt8(ascii: ";") || lexer.next == UInt8(ascii: "\"") {
            lexer.note(.leniency)
            if habits.isLenient { lexer.skip(";\"") }
        }
        let type = lexer.token(stops: "/;\"").lowercasedText
        lexer.skipSpace()
        if lexer.take(UInt8(ascii: "/")) {
            lexer.skipSpace()
            let subtype = lexer.token(stops: "/;,\"").lowercasedText
            guard !type.isEmpty, !subtype.isEmpty else { return nil }
            mediaType = "\(type)/\(subtype)"
        } else {
            lexer.note(.leniency)
            guard habits.isLenient, !type.isEmpty else { return nil }
            mediaType = type == "html" ? "text/html" : "text/plain"
        }
        parameters = try Parameters(&lexer, limits: limits)
        if parameters.hasDuplicates { lexer.note(.duplicateParameter) }
        if parameters["boundary"]?.range(of: ("=?" as StaticString).bytes) != nil { lexer.note(.leniency) }
    }

    package var isText: Bool { mediaType.hasPrefix("text/") }
    var isMultipart: Bool { mediaType.hasPrefix("multipart/") }
    /// Whether the content is a message with header section and body.
    var isMessage: Bool { ["message/rfc822", "message/global", "message/news"].contains(mediaType) }

    /// The boundary of a multipart, without white space at its end (RFC 2046, section 5.1.1); nil when missing.
    func boundary(_ habits: ClientHabits) -> [UInt8]? {
        guard var boundary = parameters["boundary"] else { return nil }
        // QUIRK: an encoded word (RFC 2047) is not allowed here; some clients decode it all the same.
        if habits.isLenient, boundary.starts(with: ("=?" as StaticString).bytes) {
            boundary = Array(EncodedWords.decode(boundary[...]).utf8)
        }
        while let last = boundary.last, last.isFoldingSpace { boundary.removeLast() }
        return boundary
    }

    /// The charset as labelled.
    package var charset: Charset { Charset(label: parameters["charset"] ?? []) }

    /// The value written anew in its plainest form, with other values for some parameters.
    ///
    /// A parameter in RFC 2231's form stays so, but the forms of a replaced one go.
    func value(replacing new: [(name: StaticString, value: [UInt8])]) -> [UInt8] {
        var out = Array(mediaType.utf8)
        let names = new.map(\.name.bytes)
        for (name, value) in parameters.ordered {
            let base = name.prefix { $0 != UInt8(ascii: "*") }
            if !names.contains(Array(base)) { out += Self.parameter(name, value) }
        }
        for (name, value) in new { out += Self.parameter(name.bytes, value) }
        return out
    }

    /// `; name="value"`, on a line of its own where it is long: no line grows beyond what the value needs.
    private static func parameter(_ name: [UInt8], _ value: [UInt8]) -> [UInt8] {
        var out: [UInt8] = [UInt8(ascii: ";"), value.count > 50 ? .lineFeed : .space]
        if value.count > 50 { out = [UInt8(ascii: ";"), .carriageReturn, .lineFeed, .space] }
        out += name.filter { $0 > .space && $0 < 0x7F } + [UInt8(ascii: "=")]
        let isToken = !value.isEmpty && value.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") }
        if isToken || name.last == UInt8(ascii: "*") { return out + value.filter { $0 > .space } }
        out.append(UInt8(ascii: "\""))
        for byte in value where byte >= .space && byte != 0x7F {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { out.append(UInt8(ascii: "\\")) }
            out.append(byte)
        }
        return out + [UInt8(ascii: "\"")]
    }
}

/// The value of a Content-Disposition field (RFC 2183).
package struct ContentDisposition: Hashable, Sendable {
    /// In lower case: `inline`, `attachment`; an unknown word counts as attachment (RFC 2183, section 2.8).
    package let kind: String
    package let parameters: Parameters

    init(
        _ value: ArraySlice<UInt8>, habits: ClientHabits = .first, oddities: inout Oddities, limits: MIMELimits
    ) throws(MIMELimitExceeded) {
        var lexer = FieldLexer(value, habits: habits)
        lexer.skipSpace()
        kind = lexer.token(stops: ";").lowercasedText
        parameters = try Parameters(&lexer, limits: limits)
    }

    /// Whether the part is meant to be opened apart from the message.
    package var isAttachment: Bool { kind != "inline" && !kind.isEmpty }
}
