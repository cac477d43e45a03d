// SPDX-License-Identifier: Apache-2.0

import Bytes
import URLSyntax

/// One reading of an HTML document: goes through the tokens and gathers the places that may lead somewhere.
struct HTMLLinkScan {
    let charset: TextCharset
    let limits: LinkLimits
    let reading: HTMLReading
    /// How many documents and comments this one is within.
    let depth: Int
    var tokenizer: HTMLTokenizer
    private var foreign: ForeignContent
    private var select = OpenSelect()
    private(set) var anchor = OpenAnchor()
    var word = SplitWord()
    var places: [HTMLPlace] = []
    /// The values of `<base href>` in order, and those that only Outlook sees.
    var bases: [[UInt8]] = []
    var commentBases: [[UInt8]] = []
    /// The element whose raw text follows.
    private(set) var rawElement: HTMLElement?
    /// Whether that is a script that holds data for clients (JSON).
    private var holdsJSON = false
    private var sawFrameset = false
    /// What other readings take for something else, here or in a document within this one.
    var doubts: HTMLDoubts = []
    /// The limits that were met, each once.
    private(set) var limitNotes: [HTMLFinding] = []
    private var notedLimits: Set<LinkLimit> = []

    init(
        range: Range<Int>, charset: TextCharset, limits: LinkLimits, reading: HTMLReading = .init(), depth: Int = 0
    ) {
        self.charset = charset
        self.limits = limits
        self.reading = reading
        self.depth = depth
        tokenizer = HTMLTokenizer(range: range, attributeLimit: limits.attributesPerTag)
        foreign = ForeignContent(
            limit: limits.foreignNesting, endsAtBreaks: reading.leavesForeignContentAtBreaks)
    }

    /// Goes through the document.
    mutating func read(_ html: Span<UInt8>) {
        while let token = tokenizer.next(in: html) {
            switch token.kind {
            case .startTag: startTag(token, html)
            case .endTag: endTag(token, html)
            case .text: text(token, html)
            case .comment: comment(token, html)
            case .doctype: break
            }
        }
        if let tag = tokenizer.cutTag { startTag(tag, html) }
        endWord(html)
        if sawFrameset { doubts.insert(.frameset) }
        if foreign.sawBreak { doubts.insert(.breaks) }
        if tokenizer.sawCDATA { doubts.insert(.foreign) }
        if tokenizer.exceededAttributes { note(.attributesPerTag) }
        if foreign.exceededLimit { note(.foreignNesting) }
    }

    // MARK: Tags

    private mutating func startTag(_ token: HTMLToken, _ html: Span<UInt8>) {
        let element = HTMLElement(token.name)
        divideWord(element, html)
        if !foreign.isForeign, select.start(element) {
            doubts.insert(.select)
            if reading.selectHoldsOptionsOnly { return }
        }
        if element == .frameset { sawFrameset = true }
        if sawFrameset, reading.framesetHoldsFramesOnly, element?.isOfFramesets != true { return }
        var isForeign = false
        if reading.knowsForeignContent, !foreign.isOutside || element == .svg || element == .math {
            let holdsHTML = element == .annotationXML && encodesHTML(html)
            isForeign = foreign.start(token, element, tokenizer.attributes, holdsHTML: holdsHTML)
            tokenizer.allowsCDATA = foreign.isForeign
            if isForeign, element?.differsInHTML == true { doubts.insert(.foreign) }
        }
        if !isForeign, let element {
            let model = element.contentModel
            if model != .data {
                tokenizer.enter(model, endedBy: html.bytes(token.content))
                rawElement = element
                holdsJSON = element == .script && isJSON(html)
            }
            anchor.start(element, hasTarget: element == .a && ownsText(html))
        }
        guard !tokenizer.attributes.isEmpty else { return }
        let tag = HTMLTag(element: element, isForeign: isForeign, name: token.content)
        gather(tag, html)
        if limits.findsPictures { gatherPictures(tag, html) }
    }

    private mutating func endTag(_ token: HTMLToken, _ html: Span<UInt8>) {
        let element = HTMLElement(token.name)
        divideWord(element, html)
        if !foreign.isForeign, select.end(element) {
            doubts.insert(.select)
            if reading.selectHoldsOptionsOnly { return }
        }
        foreign.end(token, element)
        tokenizer.allowsCDATA = foreign.isForeign
        if let element { anchor.end(element) }
    }

    private func encodesHTML(_ html: Span<UInt8>) -> Bool {
        guard let encoding = attribute(.encoding) else { return false }
        let value = decoded(encoding, html)
        return value.equalsIgnoringCase("text/html") || value.equalsIgnoringCase("application/xhtml+xml")
    }

    /// Scripts that clients read without running them: JSON-LD, which mail clients show buttons for, and AMP's state.
    private func isJSON(_ html: Span<UInt8>) -> Bool {
        guard let type = attribute(.type) else { return false }
        return decoded(type, html).lowercased.range(of: Self.json) != nil
    }

    private static let json = ("json" as StaticString).bytes

    // MARK: Comments

    /// Reads a comment as Outlook does: what stands in a conditional one is part of its document.
    ///
    /// Whatever the condition says: it is true for some version, and a link rewritten for nobody does no harm. The opening
    /// tag may stand in one comment and the closing tag in another, so every comment is read for itself.
    private mutating func comment(_ token: HTMLToken, _ html: Span<UInt8>) {
        let start = html.skipSpace(from: token.content.lowerBound, to: token.content.upperBound)
        guard html.has(Self.condition, at: start, before: token.content.upperBound) else { return }
        guard depth < LinkLimits.nestedDocuments else { return note(.nestedDocuments) }
        var inner = HTMLLinkScan(
            range: start &+ Self.condition.count..<token.content.upperBound, charset: charset, limits: limits,
            reading: reading, depth: depth + 1)
        inner.read(html)
        doubts.formUnion(inner.doubts)
        places += inner.places
        commentBases += inner.bases + inner.commentBases
    }

    private static let condition = ("[if" as StaticString).bytes

    // MARK: Values

    /// The first attribute of the name: a browser drops the others.
    func attribute(_ name: HTMLName) -> HTMLAttribute? {
        tokenizer.attributes.first { $0.name == name }
    }

    func decoded(_ attribute: HTMLAttribute, _ html: Span<UInt8>) -> [UInt8] {
        MappedText(html: html, attribute.value, as: .attribute, charset: charset).bytes
    }

    /// Keeps a place for later.
    mutating func add(_ range: Range<Int>, _ value: [UInt8], _ use: HTMLPlace.Use) {
        guard places.count < limits.links &+ limits.notes else { return note(.links, range) }
        places.append(HTMLPlace(range: range, value: value, use: use))
    }

    mutating func note(_ limit: LinkLimit, _ range: Range<Int> = 0..<0) {
        guard notedLimits.insert(limit).inserted else { return }
        limitNotes.append(HTMLFinding(range: range, kind: .note(.limit(limit), target: [])))
    }

    // MARK: Text

    private mutating func text(_ token: HTMLToken, _ html: Span<UInt8>) {
        let isLong = token.content.count >= Autolinker.shortest
        switch tokenizer.model {
        case .data:
            if foreign.holdsCode {
                if foreign.holdsStyle { style(token.content, html) }
            } else if !anchor.isOpen {
                let placesBefore = places.count
                if isLong { visible(token.content, html, hasReferences: token.hasReferences) }
                takeWord(token.content, html, placesBefore: placesBefore)
            }
        case .plainText, .cdata: if isLong { visible(token.content, html, hasReferences: false) }
        case .rawText:
            if rawElement == .xmp, isLong { visible(token.content, html, hasReferences: false) }
            if rawElement == .style { style(token.content, html) }
        case .scriptData: if holdsJSON { json(token.content, html) }
        case .rcdata: break
        }
    }
}

/// A start tag while its attributes are looked at.
struct HTMLTag {
    var element: HTMLElement?
    var isForeign: Bool
    /// The bytes of its name.
    var name: Range<Int>
}
