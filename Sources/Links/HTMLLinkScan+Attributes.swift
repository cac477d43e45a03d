// SPDX-License-Identifier: Apache-2.0

import Bytes
import URLSyntax

// What the attributes of a tag lead to.
extension HTMLLinkScan {
    /// What becomes of an attribute's value.
    private enum Rule {
        case link, base, srcdoc, refresh, attributeName
        /// A property of an item in microdata.
        case item
        /// Taken away when it leads anywhere.
        case stray(String)
        /// Emptied.
        case emptied(String)
    }

    /// Keeps the places of the tag that was read last.
    mutating func gather(_ tag: HTMLTag, _ html: Span<UInt8>) {
        let special = specialRule(tag, html)
        var seen = LinkAttribute.Set()
        for index in tokenizer.attributes.indices {
            let found = tokenizer.attributes[index]
            guard let name = LinkAttribute(found, html) else { continue }
            let isFirst = seen.insert(name)
            guard let rule = rule(name, tag, special, html) else { continue }
            if isFirst { gather(found, rule, tag, html) } else { gatherDuplicate(found, rule, tag, html) }
        }
    }

    private mutating func gather(_ found: HTMLAttribute, _ rule: Rule, _ tag: HTMLTag, _ html: Span<UInt8>) {
        switch rule {
        case .link:
            let value = decoded(found, html)
            // Within the document whatever the base (SVG 2, section 16.1.5): gradients, filters, `<animate href>`.
            if tag.isForeign, tag.element != .a, value.trimmed.first == .numberSign {
                if tag.element == nil, hasPrefix(tag.name, html) { doubts.insert(.foreign) }
                return
            }
            add(found, value, .link(.attribute(found.quoting)))
        case .base: if bases.count < LinkLimits.bases { bases.append(decoded(found, html)) }
        case .item: item(found, tag, html)
        case .srcdoc: document(found, html)
        case .refresh: refresh(found, isFirst: true, html)
        case .attributeName: animation(found, isFirst: true, tag, html)
        case .stray(let reason): add(found, decoded(found, html), .stray(.attribute(found.quoting), reason))
        case .emptied(let reason): empty(found, reason, html)
        }
    }

    /// A later attribute of the same name, which browsers drop and other clients may not: it must lead nowhere.
    private mutating func gatherDuplicate(_ found: HTMLAttribute, _ rule: Rule, _ tag: HTMLTag, _ html: Span<UInt8>) {
        switch rule {
        case .link, .stray: add(found, decoded(found, html), .stray(.attribute(found.quoting), "duplicate attribute"))
        case .item: break  // no client reads a second one
        case .base: break  // links are written absolute, whichever of two bases a client takes
        case .srcdoc: empty(found, "duplicate attribute", html)
        case .refresh: refresh(found, isFirst: false, html)
        case .attributeName: animation(found, isFirst: false, tag, html)
        case .emptied(let reason): empty(found, reason, html)
        }
    }

    private mutating func add(_ found: HTMLAttribute, _ value: [UInt8], _ use: HTMLPlace.Use) {
        guard value.count <= limits.urlLength else {
            note(.urlLength, found.value)
            return take(found, .limit(.urlLength), LinkCandidate.nowhere, Array(value.prefix(limits.noteLength)))
        }
        add(found.value, value, use)
    }

    /// Takes the value away for whatever it says, and puts another in its place.
    private mutating func take(
        _ found: HTMLAttribute, _ reason: LinkRemoval.Reason, _ value: [UInt8], _ target: [UInt8]
    ) {
        let replacement = LinkContext.attribute(found.quoting).written(value)
        add(found.value, target, .gone(reason, replacement: replacement))
    }

    private mutating func empty(_ found: HTMLAttribute, _ reason: String, _ html: Span<UInt8>) {
        guard !found.value.isEmpty else { return }
        take(found, .element(reason), [], decoded(found, html))
    }

    // MARK: Which attribute means what

    private func rule(_ name: LinkAttribute, _ tag: HTMLTag, _ special: Rule?, _ html: Span<UInt8>) -> Rule? {
        switch name {
        case .href: return tag.element == .link && !tag.isForeign ? special : hrefRule(tag, html)
        case .xlinkHref:
            // On an `<a>` whatever we take it for: parsers differ about which end tags leave SVG.
            return tag.isForeign && tag.isFollowed || tag.element == .a ? .link : nil
        case .action: return tag.element == .form || tag.element == .isindex ? .link : nil
        case .formaction: return tag.element == .button || tag.element == .input ? .link : nil
        case .src:
            if tag.element == nil, let loader = Self.ampLoader(html, tag.name) { return .stray(loader) }
            return tag.element == .iframe || tag.element == .frame || tag.element == .embed ? .link : nil
        case .data: return tag.element == .object ? .link : nil
        case .ping: return tag.element == .a || tag.element == .area ? .stray("ping") : nil
        case .srcdoc: return tag.element == .iframe && !tag.isForeign ? .srcdoc : nil
        case .content: return tag.element == .meta && !tag.isForeign ? special : nil
        case .actionXHR, .verifyXHR: return tag.element == .form ? .link : nil
        case .attributeName: return .attributeName
        case .ampAction: return .emptied("amp action")
        case .ampBinding: return .emptied("amp binding")
        }
    }

    private func hrefRule(_ tag: HTMLTag, _ html: Span<UInt8>) -> Rule? {
        if tag.isForeign { return tag.isFollowed ? .link : nil }
        switch tag.element {
        case .a, .area: return .link
        case .base: return .base
        // VML and the other elements of Office have names with a prefix; nothing else that we do not know is a link.
        case nil: return hasPrefix(tag.name, html) ? .link : nil
        default: return nil
        }
    }

    private func hasPrefix(_ name: Range<Int>, _ html: Span<UInt8>) -> Bool {
        html.index(of: .colon, from: name.lowerBound, to: name.upperBound) < name.upperBound
    }

    /// What the other attributes of a `<link>` or a `<meta>` make of it; asked once a tag.
    private func specialRule(_ tag: HTMLTag, _ html: Span<UInt8>) -> Rule? {
        switch tag.element {
        case .link: linkRule(html)
        case .meta: contentRule(html)
        default: nil
        }
    }

    /// `<link>`: a style sheet, or a property of an item in microdata (an action that Gmail makes a button of).
    private func linkRule(_ html: Span<UInt8>) -> Rule? {
        if let rel = attribute(.rel), decoded(rel, html).lowercased.range(of: Self.stylesheet) != nil {
            return limits.stripsRemoteStyle ? .stray("stylesheet") : nil
        }
        return isItemLink(html) ? .item : nil
    }

    private func contentRule(_ html: Span<UInt8>) -> Rule? {
        let isRefresh = tokenizer.attributes.contains {
            $0.name == .httpEquiv && decoded($0, html).trimmed.equalsIgnoringCase("refresh")
        }
        if isRefresh { return .refresh }
        return isItemLink(html) ? .item : nil
    }

    /// Whether an item's property may be something to open: pictures are not.
    private func isItemLink(_ html: Span<UInt8>) -> Bool {
        guard let property = attribute(.itemprop) else { return false }
        return !Self.pictures.contains(decoded(property, html).trimmed.lowercased)
    }

    private static let stylesheet = ("stylesheet" as StaticString).bytes
    /// Properties of schema.org whose URL is a picture's.
    static let pictures: Set<[UInt8]> = Set(
        ["image", "logo", "photo", "thumbnail", "thumbnailurl"].map { (name: StaticString) in name.bytes })

    /// The elements of AMP that fetch what they show, and so may show other links later.
    static func ampLoader(_ html: Span<UInt8>, _ name: Range<Int>) -> String? {
        for loader in ampLoaders where name.count == loader.utf8CodeUnitCount {
            if html.has(loader.bytes, at: name.lowerBound, before: name.upperBound) { return loader.bytes.text }
        }
        return nil
    }

    private static let ampLoaders: [StaticString] = ["amp-list", "amp-state", "amp-iframe", "amp-autocomplete"]

    // MARK: Values that are not a URL

    /// A document within an attribute: its links are found there, and written back through both layers of escapes.
    private mutating func document(_ found: HTMLAttribute, _ html: Span<UInt8>) {
        guard depth < LinkLimits.nestedDocuments else {
            note(.nestedDocuments)
            return empty(found, "srcdoc", html)
        }
        let map = MappedText(html: html, found.value, as: .attribute, charset: charset)
        var scan = HTMLLinkScan(
            range: 0..<map.bytes.count, charset: .utf8, limits: limits, reading: reading, depth: depth + 1)
        scan.read(map.bytes.span)
        doubts.formUnion(scan.doubts)
        add(found.value, [], .document([HTMLNestedDocument(map: map, scan: scan)]))
    }

    /// Of an item's properties those are links that a client opens from its own buttons; names and numbers stay.
    private mutating func item(_ found: HTMLAttribute, _ tag: HTMLTag, _ html: Span<UInt8>) {
        let value = decoded(found, html)
        guard value.count <= limits.urlLength, let url = try? WebURL.parse(value) else {
            if tag.element == .link { add(found, value, .link(.attribute(found.quoting))) }
            return
        }
        if url.isWeb, JSONString.isVocabulary(url) { return }
        if url.isWeb || tag.element == .link { add(found, value, .link(.attribute(found.quoting))) }
    }

    private mutating func refresh(_ found: HTMLAttribute, isFirst: Bool, _ html: Span<UInt8>) {
        guard let refresh = MetaRefresh(decoded(found, html)) else { return }
        let context = LinkContext.refresh(found.quoting, delay: refresh.delay)
        guard refresh.url.count <= limits.urlLength else {
            note(.urlLength, found.value)
            return take(found, .limit(.urlLength), [], refresh.url)
        }
        add(found.value, refresh.url, isFirst ? .link(context) : .stray(context, "duplicate attribute"))
    }

    /// An animation of a link's target in SVG: it would lead the click elsewhere, so it gets nothing to animate.
    private mutating func animation(_ found: HTMLAttribute, isFirst: Bool, _ tag: HTMLTag, _ html: Span<UInt8>) {
        let value = decoded(found, html).trimmed
        guard value.suffix(4).equalsIgnoringCase("href") else { return }
        let names: [HTMLName] = isFirst ? [.to, .values, .from, .by] : []
        let changed = names.compactMap { attribute($0) }.first
        let target = changed.map { decoded($0, html) } ?? []
        let element = html.bytes(tag.name.prefix(32)).lowercased.text
        take(found, .element(element), Self.nothing, Array(target.prefix(limits.noteLength)))
    }

    private static let nothing = ("none" as StaticString).bytes
}

extension HTMLTag {
    /// Whether a click follows a foreign element: pictures and parts of drawings are only shown.
    var isFollowed: Bool { element != .image && element != .use && element != .feimage }
}
