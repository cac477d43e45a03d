// SPDX-License-Identifier: Apache-2.0

import Bytes
import URLSyntax

/// Whether text stands within an `<a href>` that leads somewhere: visible URLs there are the link's own.
///
/// An unclosed `<a>` goes on through whatever blocks follow, but not out of the table cell that it began in. So the
/// number of open tables (and of what bounds formatting like a table) when it began is all that has to be known.
/// Where the tables are not closed properly this errs towards "outside", and a visible URL is rewritten too often.
struct OpenAnchor {
    private var depth = 0
    private var openedAt: Int?

    var isOpen: Bool { openedAt != nil }

    mutating func start(_ element: HTMLElement, hasTarget: Bool) {
        if element == .a {
            openedAt = hasTarget ? depth : nil  // a second `<a>` ends the first
        } else if element.boundsFormatting {
            if element.nestsFormatting { depth &+= 1 } else { leave(depth) }
        }
    }

    mutating func end(_ element: HTMLElement) {
        if element == .a {
            openedAt = nil
        } else if element.boundsFormatting {
            leave(depth)
            if element.nestsFormatting { depth = max(0, depth &- 1) }
        }
    }

    /// Ends an anchor that began at this depth or deeper.
    private mutating func leave(_ boundary: Int) {
        if let opened = openedAt, opened >= boundary, boundary > 0 { openedAt = nil }
    }
}

extension HTMLElement {
    /// Of those that bound formatting, the ones that can hold another of their kind; the others are cells and rows.
    fileprivate var nestsFormatting: Bool {
        switch self {
        case .table, .object, .marquee, .applet, .template: true
        default: false
        }
    }
}

extension HTMLLinkScan {
    /// Schemes of targets that every client keeps; of the others webmail takes the target away, and then makes links of
    /// what stands there.
    private static let kept: Set<[UInt8]> = Set(["mailto", "tel", "sms"].map { (name: StaticString) in name.bytes })
    private static let plain = [("http://" as StaticString).bytes, ("https://" as StaticString).bytes]

    /// Whether the `<a>` that was read last has a target, so that no client looks for links in its text.
    ///
    /// `#`, a path without a base, `about:blank` and what is no URL lead nowhere. What only a base makes a URL may lead
    /// somewhere (`path`, `//host/`), or lose its target in the end (`\\host\`, or below an `ftp:` base); a visible URL in such
    /// a link is rare, and rewriting it costs nothing.
    func ownsText(_ html: Span<UInt8>) -> Bool {
        guard let href = attribute(.href) else { return false }
        let value = href.value
        let isPlain = Self.plain.contains { html.has($0, at: value.lowerBound, before: value.upperBound) }
        if isPlain { return true }  // nearly every link
        guard value.count <= limits.urlLength, let url = try? WebURL.parse(decoded(href, html)) else { return false }
        return url.isWeb || Self.kept.contains(url.scheme)
    }
}
