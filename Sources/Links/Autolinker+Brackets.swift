// SPDX-License-Identifier: Apache-2.0

import Bytes

// Links in angle brackets that go on over line ends: `<http://example.org/long/` CR LF `path>` (RFC 3986, appendix C).
extension Autolinker {
    /// Lines of one link in brackets: more than any mail program breaks a link into.
    private static let bracketLineLimit = 256
    /// Bytes that are looked through for the beginning of the line and its quote mark.
    private static let indentLimit = 64

    /// The whole of the link in brackets of which `start..<end` is the first line; nil when it ends there.
    ///
    /// White space around the line ends goes, quote marks too where the first line has one. A line with white space within,
    /// one that begins with a link of its own, or a bracket that is never closed: then the first line is all.
    func bracketed(_ text: Span<UInt8>, from start: Int, to end: Int) -> (url: [UInt8], end: Int)? {
        guard style == .plain, end < range.upperBound, text[end] <= .space, isBracketed(text, start) else { return nil }
        var url = utf8(text, start..<end)
        var place = end
        let isQuoted = isQuotedLine(text, start)
        for _ in 0..<Self.bracketLineLimit {
            guard let line = nextLine(text, from: place, isQuoted: isQuoted), !startsWebURL(text, at: line) else {
                return nil
            }
            place = line
            while place < range.upperBound {
                let length = characterLength(text, at: place)
                guard length > 0 else { break }
                place &+= length
            }
            guard place < range.upperBound, place &- start <= urlLength else { return nil }
            url += utf8(text, line..<place)
            if text[place] == .greaterThan { return place > line ? (url, place) : nil }
            guard text[place] <= .space else { return nil }
        }
        return nil
    }

    private func isBracketed(_ text: Span<UInt8>, _ start: Int) -> Bool {
        guard start > range.lowerBound else { return false }
        if text[start &- 1] == .lessThan { return true }
        let label = ("<url:" as StaticString).bytes
        return text.has(label, at: start &- label.count, before: start)
    }

    /// Whether the line begins with a quote mark, as far as one looks.
    private func isQuotedLine(_ text: Span<UInt8>, _ start: Int) -> Bool {
        var place = start
        let lowest = max(range.lowerBound, start &- Self.indentLimit)
        while place > lowest, text[place &- 1] != .lineFeed, text[place &- 1] != .carriageReturn { place &-= 1 }
        return place < start && text[place] == .greaterThan
    }

    /// Where the text of the next line begins, when only white space stands before its end.
    private func nextLine(_ text: Span<UInt8>, from end: Int, isQuoted: Bool) -> Int? {
        var place = skipBlanks(text, from: end)
        guard place < range.upperBound, text[place] == .carriageReturn || text[place] == .lineFeed else { return nil }
        let isPair = text[place] == .carriageReturn && place &+ 1 < range.upperBound && text[place &+ 1] == .lineFeed
        place &+= isPair ? 2 : 1
        if isQuoted { while place < range.upperBound, text[place] == .greaterThan { place &+= 1 } }
        return skipBlanks(text, from: place)
    }

    private func skipBlanks(_ text: Span<UInt8>, from start: Int) -> Int {
        var place = start
        while place < range.upperBound, text[place] == .space || text[place] == .tab { place &+= 1 }
        return place
    }
}
