// SPDX-License-Identifier: Apache-2.0

import Bytes

// What begins with `<!` or `<?`: comments, proper and bogus, DOCTYPEs, CDATA sections.
extension HTMLTokenizer {
    private static let doctype = ("doctype" as StaticString).bytes
    private static let cdataOpening = ("[cdata[" as StaticString).bytes

    /// Markup declaration open state.
    mutating func declaration(_ html: Span<UInt8>, at start: Int) -> HTMLToken? {
        let place = start &+ 2
        if place &+ 1 < end, html[place] == .hyphen, html[place &+ 1] == .hyphen {
            return comment(html, at: start)
        }
        if html.has(Self.doctype, at: place, before: end) {
            // `>` ends a DOCTYPE even within its quotes.
            let close = html.index(of: .greaterThan, from: place, to: end)
            position = min(close &+ 1, end)
            return HTMLToken(kind: .doctype, range: start..<position, content: position..<position)
        }
        if allowsCDATA, html.has(Self.cdataOpening, at: place, before: end), html[place &+ 1] == 0x43,
            html[place &+ 2] == 0x44, html[place &+ 3] == 0x41, html[place &+ 4] == 0x54, html[place &+ 5] == 0x41
        {
            model = .cdata  // capitals only, as the standard has it
            sawCDATA = true
            position = place &+ Self.cdataOpening.count
            return nil
        }
        return bogusComment(html, at: start, content: place)
    }

    /// A comment up to the next `>`.
    mutating func bogusComment(_ html: Span<UInt8>, at start: Int, content: Int) -> HTMLToken? {
        let close = html.index(of: .greaterThan, from: content, to: end)
        position = min(close &+ 1, end)
        return HTMLToken(kind: .comment, range: start..<position, content: content..<close)
    }

    /// A comment that began with `<!--`: up to `-->` or `--!>`, or at once for `<!-->` and `<!--->`.
    private mutating func comment(_ html: Span<UInt8>, at start: Int) -> HTMLToken? {
        let first = start &+ 4
        for hyphens in 0...1 where first &+ hyphens < end && html[first &+ hyphens] == .greaterThan {
            if hyphens == 1, html[first] != .hyphen { break }
            position = first &+ hyphens &+ 1
            return HTMLToken(kind: .comment, range: start..<position, content: first..<first)
        }
        var place = first
        while place < end {
            place = html.index(of: .hyphen, from: place, to: end)
            if let length = commentEnd(html, at: place) {
                position = place &+ length
                return HTMLToken(kind: .comment, range: start..<position, content: first..<place)
            }
            place &+= 1
        }
        position = end
        return HTMLToken(kind: .comment, range: start..<end, content: first..<unclosedCommentEnd(html, from: first))
    }

    /// The length of the `-->` or `--!>` here.
    private func commentEnd(_ html: Span<UInt8>, at place: Int) -> Int? {
        guard place &+ 2 < end, html[place &+ 1] == .hyphen else { return nil }
        if html[place &+ 2] == .greaterThan { return 3 }
        guard html[place &+ 2] == .exclamationMark, place &+ 3 < end, html[place &+ 3] == .greaterThan else {
            return nil
        }
        return 4
    }

    /// Where the characters end of a comment that the document's end cuts off: half of a `--!` does not count.
    private func unclosedCommentEnd(_ html: Span<UInt8>, from first: Int) -> Int {
        func ends(_ count: Int, with bytes: (Int) -> Bool) -> Bool { end &- first >= count && bytes(end &- count) }
        if ends(3, with: { html[$0] == .hyphen && html[$0 &+ 1] == .hyphen && html[$0 &+ 2] == .exclamationMark }) {
            return end &- 3
        }
        if ends(2, with: { html[$0] == .hyphen && html[$0 &+ 1] == .hyphen }) { return end &- 2 }
        return ends(1, with: { html[$0] == .hyphen }) ? end &- 1 : end
    }

    /// The characters up to `]]>`.
    mutating func cdata(_ html: Span<UInt8>) -> HTMLToken? {
        let start = position
        var place = start
        while place < end {
            place = html.index(of: .greaterThan, from: place, to: end)
            if place < end, place &- start >= 2, html[place &- 1] == .rightSquareBracket,
                html[place &- 2] == .rightSquareBracket
            {
                let token = text(start..<place &- 2)
                model = .data
                position = place &+ 1
                return token
            }
            place &+= 1
        }
        return text(start..<end)
    }
}
