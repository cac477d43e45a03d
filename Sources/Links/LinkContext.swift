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
    case plainText
    /// A place of a calendar, and what stands around the link there.
    indirect case calendar(CalendarFold, LinkContext)

    /// Whether clients find the link in visible text, and so may differ in where it ends.
    package var isVisible: Bool {
        switch self {
        case .attribute, .refresh: false
        case .htmlText, .plainText: true
        case .calendar(_, let context): context.isVisible
        }
    }
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
        case .refresh(let quoting, _): Self.quoted([], quoting)  // a refresh to `about:blank` would take the mail away
        default: written(LinkCandidate.nowhere)
        }
    }

    /// The bytes of the place when the link leads to this URL.
    func written(_ url: [UInt8]) -> [UInt8] {
        switch self {
        case .plainText: url
        case .htmlText: Self.escaped(url)
        case .attribute(let quoting): Self.quoted(url, quoting)
        case .refresh(let quoting, let delay): Self.quoted(delay + url, quoting)
        case .calendar(let fold, let context): fold.written(context.written(url))
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
        var out: [UInt8] = []
        out.reserveCapacity(value.count)
        for byte in value {
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
}
