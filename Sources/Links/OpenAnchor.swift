// SPDX-License-Identifier: Apache-2.0

/// Whether text stands within an `<a href>`: visible URLs there are the link's own.
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
