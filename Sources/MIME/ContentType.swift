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

    /// Nil for a value without type and subtype, which counts as plain text (RFC 2045, section 5.2).
    init?(_ value: ArraySlice<UInt8>, limits: MIMELimits) throws(MIMELimitExceeded) {
        var lexer = FieldLexer(value)
        lexer.skipSpace()
        let type = lexer.token(stops: "/;")
        lexer.skipSpace()
        guard !type.isEmpty, lexer.take(UInt8(ascii: "/")) else { return nil }
        lexer.skipSpace()
        let subtype = lexer.token(stops: "/;,")
        guard !subtype.isEmpty else { return nil }
        lexer.skipToParameter()
        mediaType = "\(type.lowercasedText)/\(subtype.lowercasedText)"
        parameters = try Parameters(&lexer, limits: limits)
    }

    package var isText: Bool { mediaType.hasPrefix("text/") }
    var isMultipart: Bool { mediaType.hasPrefix("multipart/") }
    /// Whether the content is a message with header section and body.
    var isMessage: Bool { mediaType == "message/rfc822" || mediaType == "message/global" }

    /// The boundary of a multipart, without white space at its end (RFC 2046, section 5.1.1); empty when missing.
    var boundary: [UInt8] {
        var boundary = parameters["boundary"] ?? []
        while let last = boundary.last, last.isFoldingSpace { boundary.removeLast() }
        return boundary
    }

    /// The charset as labelled.
    package var charset: Charset { Charset(label: parameters["charset"] ?? []) }
}

/// The value of a Content-Disposition field (RFC 2183).
package struct ContentDisposition: Hashable, Sendable {
    /// In lower case: `inline`, `attachment`; an unknown word counts as attachment (RFC 2183, section 2.8).
    package let kind: String
    package let parameters: Parameters

    init(_ value: ArraySlice<UInt8>, limits: MIMELimits) throws(MIMELimitExceeded) {
        var lexer = FieldLexer(value)
        lexer.skipSpace()
        kind = lexer.token(stops: ";").lowercasedText
        lexer.skipToParameter()
        parameters = try Parameters(&lexer, limits: limits)
    }

    /// Whether the part is meant to be opened apart from the message.
    package var isAttachment: Bool { kind != "inline" && !kind.isEmpty }
}
