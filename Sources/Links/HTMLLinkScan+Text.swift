// SPDX-License-Identifier: Apache-2.0

import Bytes
import URLSyntax

// Visible URLs outside of links, which clients make links of; and the text of scripts and styles that clients follow.
extension HTMLLinkScan {
    /// Text that a reader sees.
    mutating func visible(_ range: Range<Int>, _ html: Span<UInt8>, hasReferences: Bool) {
        let reference = html.index(of: .ampersand, from: range.lowerBound, to: range.upperBound)
        guard hasReferences, reference < range.upperBound else {
            return autolinks(in: html, range, charset, html) { $0 }
        }
        let text = MappedText(html: html, range, as: .text, charset: charset)
        autolinks(in: text.bytes.span, 0..<text.bytes.count, .utf8, html) { text.source(of: $0) }
    }

    private mutating func autolinks(
        in text: Span<UInt8>, _ range: Range<Int>, _ charset: TextCharset, _ html: Span<UInt8>,
        source: (Range<Int>) -> Range<Int>
    ) {
        var autolinker = Autolinker(range: range, charset: charset, urlLength: limits.urlLength)
        while let autolink = autolinker.next(in: text) {
            let place = source(autolink.range)
            switch autolink.kind {
            case .link(let target, let url):
                let opensTag = place.lowerBound > 0 && html[place.lowerBound &- 1] == .lessThan
                add(place, target, .visible(url, opensTag ? .htmlTextBehindLessThan : .htmlText))
            case .note(let reason): leave(autolink, reason, place, text, .htmlText)
            }
        }
    }

    /// A visible URL that is none of the web loses its target.
    private mutating func leave(
        _ autolink: Autolink, _ reason: LinkNote.Reason, _ place: Range<Int>, _ text: Span<UInt8>,
        _ context: LinkContext
    ) {
        var why = LinkRemoval.Reason.limit(.urlLength)
        switch reason {
        case .scheme(let scheme): why = .scheme(scheme)
        case .limit(let limit): note(limit, place)
        case .invalidURL: why = .invalidURL
        case .ambiguous: return
        }
        guard let defanged = autolink.defanged else { return }
        let target = text.bytes(autolink.range.prefix(limits.noteLength))
        add(place, target, .gone(why, replacement: context.written(defanged)))
    }

    // MARK: JSON

    /// The URLs of a JSON-LD script, which a mail client opens from its own buttons.
    ///
    /// Not read as JSON: a client may be lenient where we were not. A URL that a string begins with goes up to the string's
    /// end; vocabularies and pictures stay.
    mutating func json(_ range: Range<Int>, _ html: Span<UInt8>) {
        let text = MappedText(json: html, range)
        let span = text.bytes.span
        var autolinker = Autolinker(
            range: 0..<span.count, charset: .utf8, urlLength: limits.urlLength, style: .pieces)
        var end = 0
        while let autolink = autolinker.next(in: span) {
            guard autolink.range.lowerBound >= end else { continue }
            end = autolink.range.upperBound
            switch autolink.kind {
            case .link(let target, let url):
                let whole = JSONString.extent(of: autolink.range, in: span)
                end = whole.upperBound
                if JSONString.isVocabulary(url) || JSONString.isPicture(span, before: whole.lowerBound) { continue }
                if whole == autolink.range {
                    addJSON(text.source(of: whole), target, .visible(url, .json), html)
                } else if let longer = try? WebURL.parse(span.bytes(whole)), longer.isWeb {
                    addJSON(text.source(of: whole), span.bytes(whole), .visible(longer, .json), html)
                }
            case .note(.scheme(let scheme)): takeJSON(autolink.range, .scheme(scheme), text, html)
            case .note(.limit(let limit)):
                note(limit, text.source(of: autolink.range))
                takeJSON(autolink.range, .limit(limit), text, html)
            case .note(.invalidURL): takeJSON(autolink.range, .invalidURL, text, html)
            case .note(.ambiguous): continue
            }
        }
    }

    /// Behind a `<` a letter would begin a tag for a client to which the script is markup: nothing is written there.
    private mutating func addJSON(_ place: Range<Int>, _ target: [UInt8], _ use: HTMLPlace.Use, _ html: Span<UInt8>) {
        let opensTag = place.lowerBound > 0 && html[place.lowerBound &- 1] == .lessThan
        add(place, target, opensTag ? .gone(.element("script"), replacement: [.space]) : use)
    }

    /// Nobody reads a script's text, so it need not be kept; and the escapes of a defanged one could look like a path.
    private mutating func takeJSON(
        _ range: Range<Int>, _ reason: LinkRemoval.Reason, _ text: MappedText, _ html: Span<UInt8>
    ) {
        let target = text.bytes.span.bytes(range.prefix(limits.noteLength))
        let place = text.source(of: range)
        // Within a string what is written could join what stands before it to a name.
        let isWhole = place.lowerBound > 0 && html[place.lowerBound &- 1] == .quotationMark
        addJSON(place, target, .gone(reason, replacement: isWhole ? LinkCandidate.nowhere : [.space]), html)
    }

    // MARK: Style

    /// Style sheets and fonts that a style loads from elsewhere, for what it shows could be another message tomorrow; and
    /// pictures.
    mutating func style(_ range: Range<Int>, _ html: Span<UInt8>) {
        let findsPictures = limits.findsPictures && StyleScan.mayNamePicture(html, range)
        guard limits.stripsRemoteStyle || findsPictures else { return }
        var scan = StyleScan(range: range)
        while let finding = scan.next(in: html) {
            switch finding {
            case .rule(let rule):
                guard limits.stripsRemoteStyle else { continue }
                add(rule, html.bytes(rule.prefix(limits.noteLength)), .gone(.element("stylesheet"), replacement: []))
            case .picture(let range, let value):
                if findsPictures { add(range, charset.decoded(value), .style) }
            }
        }
    }
}
