// SPDX-License-Identifier: Apache-2.0

import Bytes
import URLSyntax

/// A word of visible text that goes on over elements within a line: `htt<b>p://example.org/x</b>`.
///
/// Most clients look for URLs in each stretch of text alone; the data detectors of Apple's mail programs, and whoever turns
/// HTML into text first, see the word whole. So a word that begins in one stretch and ends in another is looked at once
/// more when it has ended. Where its first stretch holds a link already nothing is added: what goes on there stands behind
/// a link of ours. But `<wbr>` divides nothing: of a long URL with places to break it the whole is the link.
struct SplitWord {
    /// Stretches and bytes of one word: in what is longer the link ends here, and the rest stands behind it.
    private static let pieceLimit = 64
    private static let sizeLimit = 4_096

    private(set) var pieces: [Range<Int>] = []
    /// Places that were found before the text that the word begins in.
    private(set) var placesBefore = 0
    /// Whether nothing but `<wbr>` divides it.
    var hasOnlyBreaks = true

    var isOpen: Bool { !pieces.isEmpty }

    /// Begins with what stands behind the last white space of the text.
    mutating func begin(in text: Range<Int>, _ html: Span<UInt8>, placesBefore: Int) {
        var start = text.upperBound
        while start > text.lowerBound, !html[start &- 1].isHTMLSpace { start &-= 1 }
        self = SplitWord()
        self.placesBefore = placesBefore
        if start < text.upperBound { _ = append(start..<text.upperBound) }
    }

    /// False when the word would be longer than one is.
    mutating func append(_ piece: Range<Int>) -> Bool {
        let size = pieces.reduce(piece.count) { $0 &+ $1.count }
        guard pieces.count < Self.pieceLimit, size <= Self.sizeLimit else { return false }
        pieces.append(piece)
        return true
    }
}

extension HTMLLinkScan {
    /// Takes account of visible text for words that go on.
    mutating func takeWord(_ text: Range<Int>, _ html: Span<UInt8>, placesBefore: Int) {
        if word.isOpen {
            var end = text.lowerBound
            while end < text.upperBound, !html[end].isHTMLSpace { end &+= 1 }
            let fits = end == text.lowerBound || word.append(text.lowerBound..<end)
            if fits, end == text.upperBound { return }
            endWord(html)
        }
        word.begin(in: text, html, placesBefore: placesBefore)
    }

    /// Takes account of a tag: all but those within a line end the word.
    mutating func divideWord(_ element: HTMLElement?, _ html: Span<UInt8>) {
        guard word.isOpen, element != .wbr else { return }
        if element?.isWithinLine == false { endWord(html) } else { word.hasOnlyBreaks = false }
    }

    mutating func endWord(_ html: Span<UInt8>) {
        if word.pieces.count > 1 { joinWord(html) }
        word = SplitWord()
    }

    /// The links of the whole word that lie over more than one piece.
    private mutating func joinWord(_ html: Span<UInt8>) {
        var text: [UInt8] = []
        var parts: [(decoded: Range<Int>, map: MappedText)] = []
        for piece in word.pieces {
            let map = MappedText(html: html, piece, as: .text, charset: charset)
            parts.append((text.count..<text.count + map.bytes.count, map))
            text += map.bytes
        }
        // Over other elements a sentence's end and the next word would be a name: `end.</b>de`.
        let style = word.hasOnlyBreaks ? Autolinker.Style.markup : .pieces
        var autolinker = Autolinker(
            range: 0..<text.count, charset: .utf8, urlLength: limits.urlLength, style: style)
        let characters = text.span
        while let link = autolinker.next(in: characters) {
            let shares = parts.compactMap { part -> Range<Int>? in
                let share = link.range.clamped(to: part.decoded)
                let start = part.decoded.lowerBound
                return share.isEmpty ? nil : part.map.source(of: share.lowerBound - start..<share.upperBound - start)
            }
            guard shares.count > 1, !add(link, showing: Array(text[link.range]), over: shares, html),
                let first = parts.first(where: { $0.decoded.upperBound > link.range.lowerBound })
            else { continue }
            autolinker = Autolinker(
                range: first.decoded.upperBound..<text.count, charset: .utf8, urlLength: limits.urlLength, style: style)
        }
    }

    /// What becomes of the shares of a link.
    ///
    /// Of a target that goes and that the first stretch by itself shows from further ahead the part before the share remains.
    /// A link that it shows from further ahead is wrapped as that: false, for the word does not show it, and so what stands
    /// behind the first share may be another link.
    private mutating func add(
        _ link: Autolink, showing text: [UInt8], over shares: [Range<Int>], _ html: Span<UInt8>
    ) -> Bool {
        let first = shares[0]
        let recent = min(word.placesBefore, places.count)
        let isFurtherAhead = { (place: HTMLPlace) in
            place.range.lowerBound < first.lowerBound && place.range.overlaps(first)
        }
        if let before = places[recent...].firstIndex(where: isFurtherAhead) {
            guard case .gone(let why, _) = places[before].use else { return false }
            let rest = places.remove(at: before)  // its beginning
            defang(rest.range.lowerBound..<first.lowerBound, why, rest.value, html)
        }
        switch link.kind {
        case .link(let target, let url): return add(target, url, over: shares, from: recent, html)
        case .note(let reason):
            if let why = LinkRemoval.Reason(reason) { defang(shares, why, text, from: recent, html) }
        }
        return true
    }

    /// One link in the place of all its shares; the tags between them stand behind it.
    ///
    /// Where something in the tags between is changed too, or a stretch by itself shows a link that goes on further, the
    /// head alone leads elsewhere, and the rest is text behind it, with the links that it holds by itself. False when some
    /// of that goes: it is broken up with spaces, and what follows stands behind no link any more.
    private mutating func add(
        _ target: [UInt8], _ url: WebURL, over shares: [Range<Int>], from recent: Int, _ html: Span<UInt8>
    ) -> Bool {
        let first = shares[0]
        let isRestUnbroken = !places[recent...].contains { place in
            guard case .gone = place.use else { return false }
            return shares.dropFirst().contains { $0.overlaps(place.range) }
        }
        let holdsLink = places[recent...].contains { $0.range.lowerBound == first.lowerBound }
        if holdsLink, !word.hasOnlyBreaks { return isRestUnbroken }
        let whole = first.lowerBound..<(shares.last ?? first).upperBound
        let isWhole =
            limits.coversTags
            && !places[recent...].contains { place in
                place.range.reaches(into: whole)
                    && (place.range.upperBound > whole.upperBound || !shares.contains { $0.overlaps(place.range) })
            }
        forgetPlaces(from: recent, over: isWhole ? shares : [first])
        let context = context(at: first, html)
        if isWhole {
            add(whole, target, .visible(url, .divided(context, tags: tags(between: shares, html))))
            return true
        }
        add(first, target, .visible(url, context))
        return isRestUnbroken
    }

    private func context(at share: Range<Int>, _ html: Span<UInt8>) -> LinkContext {
        let opensTag = share.lowerBound > 0 && html[share.lowerBound &- 1] == .lessThan
        return opensTag ? .htmlTextBehindLessThan : .htmlText
    }

    private mutating func forgetPlaces(from recent: Int, over shares: [Range<Int>]) {
        let kept = places[recent...].filter { place in !shares.contains { $0.overlaps(place.range) } }
        places.replaceSubrange(recent..., with: kept)
    }

    /// Breaks up every share of a target that goes, or the others could make one among themselves; and with the last one
    /// what its stretch by itself shows there.
    private mutating func defang(
        _ shares: [Range<Int>], _ reason: LinkRemoval.Reason, _ target: [UInt8], from recent: Int, _ html: Span<UInt8>
    ) {
        var shares = shares
        let last = shares.removeLast()
        let end = places[recent...].reduce(last.upperBound) {
            $1.range.overlaps(last) ? max($0, $1.range.upperBound) : $0
        }
        shares.append(last.lowerBound..<end)
        forgetPlaces(from: recent, over: shares)
        for share in shares { defang(share, reason, target, html) }
    }

    private mutating func defang(
        _ share: Range<Int>, _ reason: LinkRemoval.Reason, _ target: [UInt8], _ html: Span<UInt8>
    ) {
        let text = MappedText(html: html, share, as: .text, charset: charset).bytes
        let replacement = context(at: share, html).written(Defanging.text(text, goesOn: true))
        add(share, target, .gone(reason, replacement: replacement))
    }

    private func tags(between shares: [Range<Int>], _ html: Span<UInt8>) -> [UInt8] {
        zip(shares, shares.dropFirst()).flatMap { html.bytes($0.upperBound..<$1.lowerBound) }
    }
}

extension Range<Int> {
    /// Whether it lies over the other one, or is an empty place within: a value that is not there (`<v:a href=>`).
    fileprivate func reaches(into other: Range<Int>) -> Bool {
        lowerBound < other.upperBound && upperBound > other.lowerBound
    }
}

extension HTMLElement {
    /// Whether text goes on over the element's tags in the same line.
    fileprivate var isWithinLine: Bool {
        switch self {
        case .b, .big, .code, .em, .font, .i, .nobr, .s, .small, .span, .strike, .strong, .sub, .sup, .tt, .u, .var:
            true
        default: false
        }
    }
}
