// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The links of a text/calendar part (RFC 5545).
///
/// Readings: the bytes as they stand (a client that shows the part as text), with the folds undone (values that are
/// URIs: URL, ATTACH, CONFERENCE, ALTREP …), and with the escapes of TEXT undone as well (DESCRIPTION, LOCATION …); and
/// every content line that holds markup is read as HTML too (X-ALT-DESC, and whatever else a client may show so). Which
/// property is of which kind is not asked: producers mix them up, and a client shows what it gets.
enum CalendarLinks {
    static func candidates(in bytes: [UInt8], charset: TextCharset, limits: LinkLimits) -> LinkScan {
        let text = bytes.span
        var findings: [TextFinding] = []
        // As it stands a fold makes names of halves (`a@mail.ex` and `ample.com`): bare ones are looked for unfolded only.
        findings.appendVisible(in: text, charset: charset, limits: limits, rank: 0, style: .pieces) { $0 }
        for (rank, unescaping) in [(1, false), (2, true)] {
            let reading = MappedText(calendar: text, 0..<text.count, unescaping: unescaping)
            findings.appendVisible(
                in: reading.bytes.span, charset: charset, limits: limits, rank: rank, source: reading.source)
        }
        findings.appendMarkup(of: text, charset: charset, limits: limits)
        findings.appendQuoted(of: text, charset: charset, limits: limits)
        let lineEnd = CalendarFold.lineEnd(of: text)
        let merged = findings.merged { MappedText(calendar: text, $0, unescaping: true).bytes }
        return LinkScan(merged.map { $0.folded(in: text, lineEnd: lineEnd) }, limits)
    }
}

extension [TextFinding] {
    /// The links of all values in quoted-printable.
    fileprivate mutating func appendQuoted(of text: Span<UInt8>, charset: TextCharset, limits: LinkLimits) {
        var start = 0
        while let value = QuotedLine.next(in: text, from: start), count <= 5 * (limits.links + limits.notes) {
            let reading = MappedText(quoted: text, value)
            var found: [TextFinding] = []
            found.appendVisible(
                in: reading.bytes.span, charset: charset, limits: limits, rank: TextFinding.quotedRank,
                source: reading.source)
            append(contentsOf: found.map(\.quoted))
            start = value.upperBound &+ 1
        }
    }

    /// The links of all content lines that hold markup.
    fileprivate mutating func appendMarkup(of text: Span<UInt8>, charset: TextCharset, limits: LinkLimits) {
        var line = 0
        while line < text.count, count <= 4 * (limits.links + limits.notes) {
            let end = CalendarFold.contentLineEnd(text, from: line)
            let mark = text.index(of: .lessThan, from: line, to: end)
            if mark < end {
                let html = MappedText(calendar: text, line..<content(of: line..<end, text), unescaping: true)
                if html.holdsMarkup { append(html: html, charset: charset, limits: limits) }
            }
            line = end
        }
    }

    /// Where the line ends without its line end, which no value in markup may take in: two lines would become one.
    private func content(of line: Range<Int>, _ text: Span<UInt8>) -> Int {
        var end = line.upperBound
        while end > line.lowerBound, text[end &- 1] == .lineFeed || text[end &- 1] == .carriageReturn { end &-= 1 }
        return end
    }

    private mutating func append(html: MappedText, charset: TextCharset, limits: LinkLimits) {
        var limits = limits
        limits.coversTags = false
        let scan = HTMLLinks.candidates(in: html.bytes, charset: charset, limits: limits)
        for link in scan.candidates {
            let kind = TextFinding.Kind.link(target: link.target, link.url, link.context)
            append(TextFinding(range: html.source(of: link.range), kind: kind, rank: 3))
        }
        for removal in scan.removals {
            let kind = TextFinding.Kind.removal(
                removal.reason, replacement: removal.patch.replacement, target: removal.target)
            append(TextFinding(range: html.source(of: removal.patch.range), kind: kind, rank: 3))
        }
        for note in scan.notes {
            let kind = TextFinding.Kind.note(note.reason, target: note.target)
            append(TextFinding(range: html.source(of: note.range), kind: kind, rank: 3))
        }
    }
}

extension TextFinding {
    /// Of a value in quoted-printable: over all others, for nothing else there says where it ends.
    fileprivate static let quotedRank = 4

    /// Found in a value in quoted-printable.
    fileprivate var quoted: TextFinding {
        var out = self
        switch kind {
        case .link(let target, let url, let context): out.kind = .link(target: target, url, .quoted(context))
        case .removal(let reason, let replacement, let target):
            out.kind = .removal(reason, replacement: QuotedLine.written(replacement), target: target)
        case .note: break
        }
        return out
    }

    /// With what is written in its place escaped and folded as the place needs it.
    fileprivate func folded(in text: Span<UInt8>, lineEnd: [UInt8]) -> TextFinding {
        let fold = CalendarFold(around: range, in: text, lineEnd: lineEnd)
        var out = self
        switch kind {
        case .link(_, _, .quoted): break
        case .link(let target, let url, let context): out.kind = .link(target: target, url, .calendar(fold, context))
        case .removal where rank == TextFinding.quotedRank: break
        case .removal(let reason, let replacement, let target):
            out.kind = .removal(reason, replacement: fold.written(replacement), target: target)
        case .note: break
        }
        return out
    }
}

extension MappedText {
    /// A calendar, or a line of it, with the folds undone (RFC 5545, section 3.1) and, on request, the escapes of TEXT
    /// (section 3.3.11).
    init(calendar text: Span<UInt8>, _ range: Range<Int>, unescaping: Bool) {
        self.init(sourceStart: range.lowerBound)
        bytes.reserveCapacity(range.count)
        var copied = range.lowerBound
        var place = copied
        while place < range.upperBound {
            let byte = text[place]
            if byte == .lineFeed || byte == .carriageReturn,
                let end = CalendarFold.end(text, at: place, before: range.upperBound)
            {
                append(text, copied..<place)
                drop(place..<end)
                (copied, place) = (end, end)
            } else if unescaping, byte == .reverseSolidus,
                let (meaning, end) = CalendarFold.escape(text, at: place, before: range.upperBound)
            {
                append(text, copied..<place)
                replace(place..<end, by: meaning)
                (copied, place) = (end, end)
            } else {
                place &+= 1
            }
        }
        append(text, copied..<range.upperBound)
    }

    /// Whether a `<` begins a tag, a comment or a declaration.
    fileprivate var holdsMarkup: Bool {
        zip(bytes, bytes.dropFirst()).contains {
            $0 == .lessThan && ($1.isASCIILetter || $1 == .exclamationMark || $1 == .solidus)
        }
    }
}
