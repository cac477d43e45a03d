// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Where a document is in SVG or MathML, whose `<style>` is an ordinary element and whose `<![CDATA[` is a section.
///
/// The part of tree construction (HTML Standard, section 13.2.6.5) that changes how bytes are read. Outside of
/// `<svg>` and `<math>` it holds nothing and costs nothing; within, it keeps a stack of the open elements, those of
/// HTML in an integration point too. It knows of implied end tags only that of `<p>`.
struct ForeignContent {
    private enum Namespace { case html, svg, math }

    private struct Element {
        var name: HTMLName
        var namespace: Namespace
        /// Its content is HTML.
        var isIntegrationPoint = false
        /// Its content is HTML but for `<mglyph>` and `<malignmark>`.
        var isTextPoint = false
    }

    private var open: [Element] = []
    private let limit: Int
    private let endsAtBreaks: Bool
    /// Whether there was an end tag that not all parsers leave at.
    private(set) var sawBreak = false
    /// Whether elements were left out because there were too many.
    private(set) var exceededLimit = false

    init(limit: Int, endsAtBreaks: Bool = true) {
        self.limit = limit
        self.endsAtBreaks = endsAtBreaks
    }

    /// Whether text here may hold CDATA sections.
    var isForeign: Bool { open.last.map { $0.namespace != .html } ?? false }

    /// Whether text here is style or script, which nobody sees.
    var holdsCode: Bool {
        // In MathML they are unknown elements, whose text is shown.
        guard let last = open.last, last.namespace == .svg else { return false }
        return [.style, .script].contains(HTMLElement(last.name))
    }

    /// Whether text here is style.
    var holdsStyle: Bool { open.last.map { HTMLElement($0.name) == .style } ?? false }

    /// Whether there is nothing to keep account of.
    var isOutside: Bool { open.isEmpty }

    // MARK: Start tags

    /// Takes account of a start tag; says whether it makes a foreign element.
    ///
    /// `holdsHTML`: an `<annotation-xml>` whose encoding attribute says so.
    mutating func start(
        _ token: HTMLToken, _ element: HTMLElement?, _ attributes: [HTMLAttribute], holdsHTML: Bool
    ) -> Bool {
        guard !open.isEmpty || element == .svg || element == .math else { return false }
        if isRead(token, element, asHTMLIn: open.last) {
            startHTML(token, element)
            return element == .svg || element == .math
        }
        if let element, element.breaksOut || element == .font && Self.changeFont(attributes) {
            popToHTML()
            startHTML(token, element)
            return false
        }
        if !token.isSelfClosing {
            push(foreign(token, element, holdsHTML: holdsHTML))
        }
        return true
    }

    /// A `<font>` with one of these is HTML, without them it is a foreign element.
    private static func changeFont(_ attributes: [HTMLAttribute]) -> Bool {
        attributes.contains { [.color, .face, .size].contains($0.name) }
    }

    /// Whether the rules for HTML apply to a start tag below this element (tree construction dispatcher).
    private func isRead(_ token: HTMLToken, _ element: HTMLElement?, asHTMLIn current: Element?) -> Bool {
        guard let current, current.namespace != .html else { return true }
        if current.isIntegrationPoint { return true }
        if current.isTextPoint { return element != .mglyph && element != .malignmark }
        return current.namespace == .math && element == .svg && HTMLElement(current.name) == .annotationXML
    }

    private mutating func startHTML(_ token: HTMLToken, _ element: HTMLElement?) {
        switch element {
        case .svg, .math:
            guard !token.isSelfClosing else { return }
            push(Element(name: token.name, namespace: element == .svg ? .svg : .math))
        default:
            guard !open.isEmpty, element?.isVoid != true else { return }
            if element?.closesParagraph == true { popHTML(Self.paragraph) }
            push(Element(name: token.name, namespace: .html))
        }
    }

    private static let paragraph = HTMLName("p".utf8)

    private func foreign(_ token: HTMLToken, _ element: HTMLElement?, holdsHTML: Bool) -> Element {
        var new = Element(name: token.name, namespace: open.last?.namespace ?? .svg)
        if new.namespace == .svg {
            new.isIntegrationPoint = element == .foreignObject || element == .desc || element == .title
        } else {
            new.isTextPoint = [.mi, .mo, .mn, .ms, .mtext].contains(element)
            new.isIntegrationPoint = holdsHTML
        }
        return new
    }

    private mutating func push(_ element: Element) {
        guard open.count < limit else {
            exceededLimit = true
            return
        }
        open.append(element)
    }

    // MARK: End tags

    /// Takes account of an end tag.
    mutating func end(_ token: HTMLToken, _ element: HTMLElement?) {
        guard !open.isEmpty else { return }
        if isForeign, element == .br || element == .p {
            sawBreak = true
            if endsAtBreaks { return popToHTML() }
        }
        var index = open.count
        while index > 0, open[index - 1].namespace != .html {
            index -= 1
            if open[index].name == token.name {
                open.removeSubrange(index...)
                return
            }
        }
        // Below stands HTML, whose rules look no further than to the next foreign element.
        popHTML(token.name, below: index)
    }

    private mutating func popToHTML() {
        while let last = open.last, last.namespace != .html, !last.isIntegrationPoint, !last.isTextPoint {
            open.removeLast()
        }
    }

    /// Ends an HTML element of this name, if one is open on this side of the next foreign one.
    private mutating func popHTML(_ name: HTMLName, below top: Int? = nil) {
        var index = top ?? open.count
        while index > 0, open[index - 1].namespace == .html {
            index -= 1
            if open[index].name == name {
                open.removeSubrange(index...)
                return
            }
        }
    }
}
