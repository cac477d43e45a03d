// SPDX-License-Identifier: Apache-2.0

import Bytes

// Elements whose content is text up to their own end tag, and scripts, which may hold comments that hold scripts.
extension HTMLTokenizer {
    private static let script = ("script" as StaticString).bytes

    /// RCDATA and RAWTEXT states.
    mutating func rawText(_ html: Span<UInt8>) -> HTMLToken? {
        let start = position
        var place = html.index(of: .lessThan, from: start, to: end)
        while place < end, !isCloser(html, at: place) {
            place = html.index(of: .lessThan, from: place &+ 1, to: end)
        }
        return place == start ? closingTag(html, at: place) : text(start..<place)
    }

    /// Script data, escaped script data and double escaped script data states.
    ///
    /// `<!--` escapes; within, `<script` escapes once more, and only there `</script` is no end tag but ends the
    /// second escape; `-->` ends both.
    mutating func scriptData(_ html: Span<UInt8>) -> HTMLToken? {
        let start = position
        var place = start
        var escapes = 0
        var hyphens = 0
        while place < end {
            let byte = html[place]
            if byte == .lessThan {
                hyphens = 0
                if escapes < 2, isCloser(html, at: place) { break }
                if escapes == 0, opensEscape(html, at: place) {
                    (escapes, hyphens) = (1, 2)
                    place &+= 3
                } else if escapes == 1, isWord(Self.script, html, at: place &+ 1) {
                    escapes = 2
                } else if escapes == 2, place &+ 1 < end, html[place &+ 1] == .solidus,
                    isWord(Self.script, html, at: place &+ 2)
                {
                    escapes = 1
                }
            } else if byte == .hyphen {
                hyphens &+= 1
            } else {
                if byte == .greaterThan, hyphens >= 2 { escapes = 0 }
                hyphens = 0
            }
            place &+= 1
        }
        return place == start ? closingTag(html, at: place) : text(start..<place)
    }

    private func opensEscape(_ html: Span<UInt8>, at place: Int) -> Bool {
        place &+ 3 < end && html[place &+ 1] == .exclamationMark && html[place &+ 2] == .hyphen
            && html[place &+ 3] == .hyphen
    }

    private mutating func closingTag(_ html: Span<UInt8>, at place: Int) -> HTMLToken? {
        model = .data
        return tag(html, at: place, name: place &+ 2, kind: .endTag)
    }

    /// Whether an end tag for the current content model begins here (appropriate end tag token).
    private func isCloser(_ html: Span<UInt8>, at place: Int) -> Bool {
        guard !closer.isEmpty, place &+ 1 < end, html[place &+ 1] == .solidus else { return false }
        return isWord(closer, html, at: place &+ 2)
    }

    /// Whether the tag name here is this one.
    private func isWord(_ word: [UInt8], _ html: Span<UInt8>, at place: Int) -> Bool {
        let behind = place &+ word.count
        return behind < end && html[behind].endsTagName && html.has(word, at: place, before: end)
    }
}
