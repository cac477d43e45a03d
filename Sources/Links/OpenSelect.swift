// SPDX-License-Identifier: Apache-2.0

/// Whether a document is within a `<select>`, where parsers before 2025 drop every tag but those of options.
///
/// The "in select" insertion modes of the HTML Standard as they were (and as html5lib has them). What they drop is neither
/// a link nor the beginning of raw text: `<select><xmp></select><a href=…>` is a live link there, and text to a new parser.
struct OpenSelect {
    private var isOpen = false
    private var tables = 0

    /// Takes account of a start tag of HTML; says whether an old parser drops it.
    @inline(__always)
    mutating func start(_ element: HTMLElement?) -> Bool {
        guard isOpen || element == .select else {
            if element == .table { tables &+= 1 }
            return false
        }
        return startWithin(element)
    }

    private mutating func startWithin(_ element: HTMLElement?) -> Bool {
        switch element {
        case .select: isOpen.toggle()  // a second one ends the first
        case .input, .keygen, .textarea: isOpen = false
        case .caption, .table, .tbody, .tfoot, .thead, .tr, .td, .th:
            guard tables > 0 else { return true }
            isOpen = false
            if element == .table { tables &+= 1 }
        case .option, .optgroup, .hr, .script, .template: break
        default: return true
        }
        return false
    }

    /// Takes account of an end tag of HTML; says whether an old parser drops it.
    @inline(__always)
    mutating func end(_ element: HTMLElement?) -> Bool {
        let inTable = tables > 0
        if element == .table { tables = max(0, tables &- 1) }
        guard isOpen else { return false }
        switch element {
        case .select: isOpen = false
        case .caption, .table, .tbody, .tfoot, .thead, .tr, .td, .th:
            guard inTable else { return true }
            isOpen = false
        case .option, .optgroup, .script, .template: break
        default: return true
        }
        return false
    }
}
