// SPDX-License-Identifier: Apache-2.0

package import Bytes

/// What stands around a link, and so how another URL is written in its place.
package enum LinkContext: Hashable, Sendable {
    /// The whole value of an attribute.
    case attribute(HTMLAttribute.Quoting)
    /// The whole `content` of a meta refresh; `delay` is what comes before the URL, decoded.
    case refresh(HTMLAttribute.Quoting, delay: [UInt8])
    /// Characters of an HTML document.
    case htmlText
    /// Characters of an HTML document behind a `<` that opens no tag: a letter there would make it one.
    case htmlTextBehindLessThan
    /// The same over tags, which stand behind the link when it is written.
    indirect case divided(LinkContext, tags: [UInt8])
    case plainText
    /// Within a string of a JSON script.
    case json
    /// The address of a picture.
    case picture(PictureSpelling)
    /// Within a document that is the value of an attribute (`srcdoc`).
    indirect case nested(LinkContext)
    /// A place of a calendar, and what stands around the link there.
    indirect case calendar(CalendarFold, LinkContext)
    /// A value in quoted-printable in a contact card.
    indirect case quoted(LinkContext)

    /// Whether clients find the link in visible text, and so may differ in where it ends.
    package var isVisible: Bool {
        switch self {
        case .attribute, .refresh, .json, .picture: false
        case .htmlText, .htmlTextBehindLessThan, .plainText: true
        case .nested(let context), .calendar(_, let context), .divided(let context, _), .quoted(let context):
            context.isVisible
        }
    }
}

/// How the address of a picture is written.
package enum PictureSpelling: Hashable, Sendable {
    /// The whole value of an attribute.
    case attribute(HTMLAttribute.Quoting)
    /// A piece of an attribute's value.
    case piece
    /// Within `url()` or a string of CSS, which may stand in an attribute.
    case style
}

extension LinkCandidate {
    /// The patch that leads the link to another URL, written so that a browser reads exactly that URL.
    package func patch(rewrittenURL: [UInt8]) -> Patch {
        Patch(range: range, replacement: context.written(rewrittenURL))
    }
}

extension LinkContext {
    /// What is written when the link is made dead.
    var dead: [UInt8] {
        switch self {
        case .nested(let context): Self.escapedNested(context.dead)
        case .calendar(let fold, let context): fold.written(context.dead)
        case .refresh(let quoting, _): Self.quoted([], quoting)  // a refresh to `about:blank` would take the mail away
        default: written(LinkCandidate.nowhere)
        }
    }

    /// The bytes of the place when the link leads to this URL.
    func written(_ url: [UInt8]) -> [UInt8] {
        switch self {
        case .plainText: url
        case .htmlText: Self.escaped(url)
        case .htmlTextBehindLessThan:
            url.first.map { Array("&#\($0);".utf8) + Self.escaped(Array(url.dropFirst())) } ?? []
        case .attribute(let quoting): Self.quoted(url, quoting)
        case .refresh(let quoting, let delay): Self.quoted(delay + url, quoting)
        case .divided(let context, let tags): context.written(url) + tags
        case .json: Self.escapedForJSON(url)
        case .picture(.attribute(let quoting)): Self.quoted(url, quoting)
        case .picture(.piece): Self.escapedWhole(url)
        case .picture(.style): Self.escapedForStyle(url)
        case .nested(let context): Self.escapedNested(context.written(url))
        case .calendar(let fold, let context): fold.written(context.written(url))
        case .quoted(let context): QuotedLine.written(context.written(url))
        }
    }

    /// With quotes where there were none: an unquoted value could not hold every URL.
    private static func quoted(_ value: [UInt8], _ quoting: HTMLAttribute.Quoting) -> [UInt8] {
        switch quoting {
        case .double, .single: escaped(value)
        case .unquoted: [.quotationMark] + escaped(value) + [.quotationMark]
        case .absent: [.equalsSign, .quotationMark] + escaped(value) + [.quotationMark]
        }
    }

    /// Escapes for both kinds of quotes and for text at once: one rule, and nothing to choose wrongly.
    private static func escaped(_ value: [UInt8]) -> [UInt8] {
        let first = firstEscape(value.span)
        guard first < value.count else { return value }
        var out: [UInt8] = []
        out.reserveCapacity(value.count + 16)
        out.append(contentsOf: value[..<first])
        for byte in value[first...] {
            switch byte {
            case .ampersand: out.append(contentsOf: "&amp;".utf8)
            case .quotationMark: out.append(contentsOf: "&quot;".utf8)
            case .apostrophe: out.append(contentsOf: "&#39;".utf8)
            case .lessThan: out.append(contentsOf: "&lt;".utf8)
            case .greaterThan: out.append(contentsOf: "&gt;".utf8)
            case .carriageReturn: out.append(contentsOf: "&#13;".utf8)
            case .lineFeed: out.append(contentsOf: "&#10;".utf8)  // lines of a message end with CR LF only
            default: out.append(byte)
            }
        }
        return out
    }

    /// The first byte that is escaped; byte by byte, because a URL is short and hardly ever has one.
    private static func firstEscape(_ value: Span<UInt8>) -> Int {
        for index in 0..<value.count {
            switch value[index] {
            case .ampersand, .quotationMark, .apostrophe, .lessThan, .greaterThan, .carriageReturn, .lineFeed:
                return index
            default: continue
            }
        }
        return value.count
    }

    /// Escaped for a value whose quotes, if it has any, are not ours: nothing in it ends it.
    static func escapedWhole(_ value: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(value.count)
        for byte in escaped(value) {
            switch byte {
            case .tab, .space, 0x0C, .equalsSign, 0x60: out.append(contentsOf: "&#\(byte);".utf8)
            default: out.append(byte)
            }
        }
        return out
    }

    /// The same for a piece of a document in an attribute: behind a reference without a semicolon (`&quot`) a letter or a digit
    /// would make none of it.
    static func escapedNested(_ value: [UInt8]) -> [UInt8] {
        guard let first = value.first, first.isASCIIAlphanumeric else { return escapedWhole(value) }
        return Array("&#\(first);".utf8) + escapedWhole(Array(value.dropFirst()))
    }

    /// Whether no click leads there.
    var isPicture: Bool {
        switch self {
        case .picture: true
        case .nested(let context), .calendar(_, let context): context.isPicture
        default: false
        }
    }

    /// Escaped for CSS with six digits, behind which no space need stand: nothing in it ends a string, a `url()`, an
    /// attribute or a `<style>`.
    private static func escapedForStyle(_ value: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(value.count)
        for byte in value {
            if byte.isASCIIAlphanumeric || byte.isNonASCII || isPlainInStyle(byte) {
                out.append(byte)
            } else {
                out.append(contentsOf: "\\0000".utf8)
                out.append(contentsOf: Hex.encode([byte]))
            }
        }
        return out
    }

    private static func isPlainInStyle(_ byte: UInt8) -> Bool {
        switch byte {
        case .hyphen, .fullStop, .solidus, .colon, .questionMark, .numberSign, 0x25, 0x5F, 0x7E, 0x40: true
        default: false
        }
    }

    /// Escaped for a string of JSON that stands in a script: neither of the two may end.
    private static func escapedForJSON(_ value: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(value.count)
        for byte in value {
            switch byte {
            case 0..<0x20, .quotationMark, .reverseSolidus, .lessThan, .greaterThan, .ampersand, .apostrophe:
                out.append(contentsOf: "\\u00".utf8)
                out.append(contentsOf: Hex.encode([byte]))
            default: out.append(byte)
            }
        }
        return out
    }
}
