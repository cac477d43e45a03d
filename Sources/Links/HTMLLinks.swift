// SPDX-License-Identifier: Apache-2.0

import Bytes
import URLSyntax

/// The links of a `text/html` part.
///
/// One pass over the tokens collects the values; they are resolved at the end, because a `<base>` behind a link
/// governs it too. Which text is markup depends on the tree (raw text elements, SVG, MathML), so the scan keeps the
/// little of the tree that this takes instead of building it.
package enum HTMLLinks {
    /// What a mail client would open in the decoded bytes of the part.
    package static func candidates(
        in bytes: [UInt8], charset: TextCharset = .utf8, limits: LinkLimits = .init()
    ) -> LinkScan {
        var scan = HTMLLinkScan(size: bytes.count, charset: charset, limits: limits)
        return scan.run(bytes.span)
    }
}

/// The work of one scan.
struct HTMLLinkScan {
    /// A value found, not yet resolved.
    private struct Pending {
        var range: Range<Int>
        var value: [UInt8]
        var context: LinkContext
        /// A visible URL needs no base.
        var url: WebURL?
    }

    private let charset: TextCharset
    private let limits: LinkLimits
    private var tokenizer: HTMLTokenizer
    private var foreign: ForeignContent
    private var anchor = OpenAnchor()
    private var pending: [Pending] = []
    /// The value of the first `<base href>`: later ones do not count.
    private var base: [UInt8]?
    private var scan = LinkScan()

    init(size: Int, charset: TextCharset, limits: LinkLimits) {
        self.charset = charset
        self.limits = limits
        tokenizer = HTMLTokenizer(range: 0..<size, attributeLimit: limits.attributesPerTag)
        foreign = ForeignContent(limit: limits.foreignNesting)
    }

    mutating func run(_ html: Span<UInt8>) -> LinkScan {
        while let token = tokenizer.next(in: html) {
            switch token.kind {
            case .startTag: startTag(token, html)
            case .endTag: endTag(token)
            case .text: text(token, html)
            case .comment, .doctype: break
            }
        }
        if tokenizer.exceededAttributes { noteLimit(.attributesPerTag) }
        if foreign.exceededLimit { noteLimit(.foreignNesting) }
        resolve()
        return scan
    }

    // MARK: Tags

    private mutating func startTag(_ token: HTMLToken, _ html: Span<UInt8>) {
        let element = HTMLElement(token.name)
        if foreign.isOutside, element == nil { return }
        let holdsHTML = element == .annotationXML && encodesHTML(html)
        let isForeign = foreign.start(token, element, tokenizer.attributes, holdsHTML: holdsHTML)
        tokenizer.allowsCDATA = foreign.isForeign
        if isForeign {
            foreignLinks(element, html)
        } else if let element {
            let model = element.contentModel
            if model != .data { tokenizer.enter(model, endedBy: html.bytes(token.content)) }
            anchor.start(element, hasTarget: element == .a && attribute(.href) != nil)
            links(of: element, html)
        }
    }

    private mutating func endTag(_ token: HTMLToken) {
        let element = HTMLElement(token.name)
        foreign.end(token, element)
        tokenizer.allowsCDATA = foreign.isForeign
        if let element { anchor.end(element) }
    }

    private mutating func links(of element: HTMLElement, _ html: Span<UInt8>) {
        switch element {
        case .base:
            if base == nil, let href = attribute(.href) { base = decoded(href, html) }
        case .meta:
            refresh(html)
        default:
            for name in element.linkAttributes {
                if let found = attribute(name) { add(found, html) }
            }
        }
    }

    /// In SVG and MathML any element can be a link; images are not followed by a click.
    private mutating func foreignLinks(_ element: HTMLElement?, _ html: Span<UInt8>) {
        if element == .image { return }
        var seen: [HTMLName] = []
        for found in tokenizer.attributes where found.name == .href || found.name == .xlinkHref {
            if seen.contains(found.name) { continue }
            seen.append(found.name)
            add(found, html)
        }
    }

    private mutating func refresh(_ html: Span<UInt8>) {
        guard let kind = attribute(.httpEquiv), let content = attribute(.content),
            decoded(kind, html).trimmed.equalsIgnoringCase("refresh"), let refresh = MetaRefresh(decoded(content, html))
        else { return }
        add(content.value, refresh.url, .refresh(content.quoting, delay: refresh.delay))
    }

    private func encodesHTML(_ html: Span<UInt8>) -> Bool {
        guard let encoding = attribute(.encoding) else { return false }
        let value = decoded(encoding, html)
        return value.equalsIgnoringCase("text/html") || value.equalsIgnoringCase("application/xhtml+xml")
    }

    // MARK: Values

    /// The first attribute of the name: a browser drops the others.
    private func attribute(_ name: HTMLName) -> HTMLAttribute? {
        tokenizer.attributes.first { $0.name == name }
    }

    private func decoded(_ attribute: HTMLAttribute, _ html: Span<UInt8>) -> [UInt8] {
        MappedText(html: html, attribute.value, as: .attribute, charset: charset).bytes
    }

    private mutating func add(_ attribute: HTMLAttribute, _ html: Span<UInt8>) {
        add(attribute.value, decoded(attribute, html), .attribute(attribute.quoting))
    }

    private mutating func add(_ range: Range<Int>, _ value: [UInt8], _ context: LinkContext, url: WebURL? = nil) {
        guard value.count <= limits.urlLength else { return scan.note(.limit(.urlLength), range, [], .html, limits) }
        guard pending.count < limits.links else { return scan.note(.limit(.links), range, [], .html, limits) }
        pending.append(Pending(range: range, value: value, context: context, url: url))
    }

    private mutating func noteLimit(_ limit: LinkLimit) {
        scan.note(.limit(limit), 0..<0, [], .html, limits)
    }

    // MARK: Text

    /// Visible URLs outside of links, which clients make links of.
    private mutating func text(_ token: HTMLToken, _ html: Span<UInt8>) {
        guard token.content.count >= Autolinker.shortest, isShown(token), !anchor.isOpen, !foreign.holdsCode else {
            return
        }
        let range = token.content
        let reference = html.index(of: .ampersand, from: range.lowerBound, to: range.upperBound)
        guard token.hasReferences, reference < range.upperBound else {
            return autolinks(in: html, range, charset) { $0 }
        }
        let text = MappedText(html: html, range, as: .text, charset: charset)
        autolinks(in: text.bytes.span, 0..<text.bytes.count, .utf8) { text.source(of: $0) }
    }

    /// Whether the text is one of the document's own, not the content of a raw text element.
    private func isShown(_ token: HTMLToken) -> Bool {
        switch tokenizer.model {
        case .data: token.hasReferences
        case .plainText: true
        case .rcdata, .rawText, .scriptData, .cdata: false
        }
    }

    private mutating func autolinks(
        in text: Span<UInt8>, _ range: Range<Int>, _ charset: TextCharset, source: (Range<Int>) -> Range<Int>
    ) {
        var autolinker = Autolinker(range: range, charset: charset, urlLength: limits.urlLength)
        while let autolink = autolinker.next(in: text) {
            switch autolink.kind {
            case .note(let reason):
                scan.note(reason, source(autolink.range), text.bytes(autolink.range), .html, limits)
            case .link(let target, let url):
                add(source(autolink.range), target, .htmlText, url: url)
            }
        }
    }

    // MARK: End

    private mutating func resolve() {
        let resolver = LinkResolver(base: base, charset: charset)
        scan.candidates.reserveCapacity(pending.count)
        var resolvedBytes = 0
        for found in pending {
            if resolvedBytes > limits.resolvedBytes { return noteLimit(.resolvedBytes) }
            let answer = found.url.map { .link(target: found.value, $0) } ?? resolver.resolve(found.value)
            switch answer {
            case .link(let target, let url):
                resolvedBytes += max(0, target.count - found.value.count)
                scan.candidates.append(
                    LinkCandidate(range: found.range, target: target, url: url, context: found.context))
            case .note(let reason):
                scan.note(reason, found.range, found.value.trimmed, .html, limits)
            case .nothing: break
            }
        }
    }
}
