// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Takes HTML apart as the HTML Standard does (section 13.2.5), over bytes, without copying any.
///
/// The states of the standard are grouped by what ends them, so that each piece is found by a loop over one or two
/// bytes; nothing is ever read twice but a bounded number of bytes of look-ahead. Which content model a start tag
/// brings is the caller's to say (`enter`), because that depends on the tree. The ranges name bytes as they stand:
/// small letters, U+FFFD for NUL, line ends and character references are left to who needs the value.
package struct HTMLTokenizer: Sendable {
    /// How the next bytes are read.
    package enum ContentModel: Hashable, Sendable {
        case data
        /// `<title>`, `<textarea>`: references count, tags do not.
        case rcdata
        /// `<style>`, `<xmp>`, `<iframe>`, `<noembed>`, `<noframes>`.
        case rawText
        case scriptData
        /// Behind `<plaintext>`: nothing ends it.
        case plainText
        case cdata
    }

    /// The attributes of the tag returned last, duplicates included (the first of a name counts); only right behind it.
    package private(set) var attributes: [HTMLAttribute] = []
    /// The tag that the end of the document cuts off: none to a browser, but clients that show several parts as one document
    /// go on with it in the next.
    private(set) var cutTag: HTMLToken?
    /// Whether a tag had more attributes than are kept.
    package private(set) var exceededAttributes = false
    /// Whether `<![CDATA[` opens a section: in SVG and MathML only, the caller knows.
    package var allowsCDATA = false
    /// Whether there was one.
    var sawCDATA = false

    var model: ContentModel = .data
    /// The small-letter name whose end tag ends the current content model; empty: none does.
    var closer: [UInt8] = []
    var position: Int
    let end: Int
    private let attributeLimit: Int

    /// A tokenizer over these bytes of a document.
    package init(range: Range<Int>, attributeLimit: Int = LinkLimits().attributesPerTag) {
        position = max(0, range.lowerBound)
        end = range.upperBound
        self.attributeLimit = attributeLimit
    }

    /// Reads on in another content model, which the end tag of this name ends.
    package mutating func enter(_ model: ContentModel, endedBy name: [UInt8] = []) {
        self.model = model
        closer = name.lowercased
    }

    /// The next token of the document, always the same one, or nil at its end.
    package mutating func next(in html: Span<UInt8>) -> HTMLToken? {
        guard end <= html.count else { return nil }
        while position < end {
            // nil: a piece without a token, as `</>` or a tag that the end of the document cuts off.
            if let token = step(html) { return token }
        }
        return nil
    }

    private mutating func step(_ html: Span<UInt8>) -> HTMLToken? {
        switch model {
        case .data: return data(html)
        case .rcdata, .rawText: return rawText(html)
        case .scriptData: return scriptData(html)
        case .cdata: return cdata(html)
        case .plainText: return text(position..<end)
        }
    }

    // MARK: Data

    private mutating func data(_ html: Span<UInt8>) -> HTMLToken? {
        let start = position
        var place = html.index(of: .lessThan, from: start, to: end)
        while place < end, !opensMarkup(html, at: place) {
            place = html.index(of: .lessThan, from: place &+ 1, to: end)
        }
        guard place == start else { return text(start..<place) }
        switch html[place &+ 1] {
        case .exclamationMark: return declaration(html, at: place)
        case .questionMark: return bogusComment(html, at: place, content: place &+ 1)
        case .solidus: return endTag(html, at: place)
        default: return tag(html, at: place, name: place &+ 1, kind: .startTag)
        }
    }

    /// Whether the `<` here is more than a character (tag open state).
    private func opensMarkup(_ html: Span<UInt8>, at place: Int) -> Bool {
        guard place &+ 1 < end else { return false }
        switch html[place &+ 1] {
        case .exclamationMark, .questionMark: return true
        case .solidus: return place &+ 2 < end
        case let byte: return byte.isASCIILetter
        }
    }

    private mutating func endTag(_ html: Span<UInt8>, at place: Int) -> HTMLToken? {
        let byte = html[place &+ 2]
        if byte.isASCIILetter { return tag(html, at: place, name: place &+ 2, kind: .endTag) }
        guard byte == .greaterThan else { return bogusComment(html, at: place, content: place &+ 2) }
        position = place &+ 3
        return nil
    }

    /// A text token, and the position behind it.
    mutating func text(_ range: Range<Int>) -> HTMLToken? {
        position = range.upperBound
        guard !range.isEmpty else { return nil }
        var token = HTMLToken(kind: .text, range: range, content: range)
        token.hasReferences = model == .data || model == .rcdata
        return token
    }

    // MARK: Tags

    /// The tag whose name begins here; nil when the document ends within it.
    mutating func tag(_ html: Span<UInt8>, at start: Int, name nameStart: Int, kind: HTMLToken.Kind) -> HTMLToken? {
        attributes.removeAll(keepingCapacity: true)
        var name = HTMLName()
        var place = nameStart
        while place < end, !html[place].endsTagName {
            name.append(html[place])
            place &+= 1
        }
        let nameRange = nameStart..<place
        while place < end {
            let byte = html[place]
            if byte == .greaterThan {
                position = place &+ 1
                var token = HTMLToken(kind: kind, range: start..<position, content: nameRange, name: name)
                token.isSelfClosing = html[place &- 1] == .solidus && !valueReaches(place)
                return token
            }
            place = byte == .solidus || byte.isHTMLSpace ? place &+ 1 : attribute(html, at: place)
        }
        position = end
        if kind == .startTag { cutTag = HTMLToken(kind: kind, range: start..<end, content: nameRange, name: name) }
        return nil
    }

    /// Whether the last attribute's unquoted value goes up to here: a solidus at its end is part of it.
    private func valueReaches(_ place: Int) -> Bool {
        guard let last = attributes.last, last.quoting == .unquoted else { return false }
        return last.value.upperBound == place && !last.value.isEmpty
    }

    /// Reads the attribute that begins here; gives the place behind it.
    private mutating func attribute(_ html: Span<UInt8>, at start: Int) -> Int {
        var name = HTMLName()
        var place = start
        repeat {  // an equals sign in front is part of the name
            name.append(html[place])
            place &+= 1
        } while place < end && !html[place].endsAttributeName
        let nameRange = start..<place
        let equals = html.skipSpace(from: place, to: end)
        guard equals < end, html[equals] == .equalsSign else {
            record(HTMLAttribute(name: name, nameRange: nameRange, value: place..<place, quoting: .absent))
            return equals
        }
        place = html.skipSpace(from: equals &+ 1, to: end)
        guard place < end else { return end }
        let quote = html[place]
        let isQuoted = quote == .quotationMark || quote == .apostrophe
        let valueStart = isQuoted ? place &+ 1 : place
        var valueEnd = valueStart
        if isQuoted {
            valueEnd = html.index(of: quote, from: valueStart, to: end)
        } else {
            while valueEnd < end, html[valueEnd] != .greaterThan, !html[valueEnd].isHTMLSpace { valueEnd &+= 1 }
        }
        let quoting: HTMLAttribute.Quoting =
            quote == .quotationMark ? .double : quote == .apostrophe ? .single : .unquoted
        record(HTMLAttribute(name: name, nameRange: nameRange, value: valueStart..<valueEnd, quoting: quoting))
        return isQuoted && valueEnd < end ? valueEnd &+ 1 : valueEnd
    }

    private mutating func record(_ attribute: HTMLAttribute) {
        guard attributes.count < attributeLimit else {
            exceededAttributes = true
            return
        }
        attributes.append(attribute)
    }
}

extension UInt8 {
    static let exclamationMark: UInt8 = 0x21
    static let quotationMark: UInt8 = 0x22
    static let numberSign: UInt8 = 0x23
    static let ampersand: UInt8 = 0x26
    static let apostrophe: UInt8 = 0x27
    static let hyphen: UInt8 = 0x2D
    static let fullStop: UInt8 = 0x2E
    static let solidus: UInt8 = 0x2F
    static let colon: UInt8 = 0x3A
    static let semicolon: UInt8 = 0x3B
    static let lessThan: UInt8 = 0x3C
    static let equalsSign: UInt8 = 0x3D
    static let greaterThan: UInt8 = 0x3E
    static let questionMark: UInt8 = 0x3F
    static let reverseSolidus: UInt8 = 0x5C
    static let rightSquareBracket: UInt8 = 0x5D

    @inline(__always)
    var endsTagName: Bool { self == .greaterThan || self == .solidus || isHTMLSpace }

    @inline(__always)
    var endsAttributeName: Bool { endsTagName || self == .equalsSign }
}
