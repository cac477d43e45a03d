// SPDX-License-Identifier: Apache-2.0

// Links: finds what a mail client would open in one decoded part, and makes the patches that lead it elsewhere.
//
// A part goes in as bytes, a `LinkScan` comes out: candidates with their byte ranges and absolute URLs, removals of what
// must lose its target (a `javascript:` link, an animation of one), and notes about what was left (a limit that was
// reached). Nothing is rewritten here: whoever decides what becomes of a candidate asks it for a `Patch`, and the bytes
// that no patch touches stay as they are.
//
//   HTMLTokenizer   bytes -> tokens as ranges           ForeignContent, OpenSelect  where markup is not read as usual
//   HTMLLinkScan    tokens -> places, one reading       HTMLLinks       all readings, put together
//   MappedText      references -> characters, and back  Autolinker      visible URLs in characters
//   LinkResolver    value and <base> -> URL, or a reason  TextLinks, CalendarLinks  the other formats
//
// Road not taken: building a tree and printing it again, as most sanitisers do. It changes every byte of a message,
// costs ten times as much, and what the printer does not understand is lost. Regular expressions over the raw bytes
// are the other road: they see links where no client does, and miss every one that is written with some care.
//
// `<base>` stays where it is: images hang on it, and a link that is written absolute does not.

package import URLSyntax

/// One link that a mail client would open.
package struct LinkCandidate: Hashable, Sendable {
    /// The bytes of the part that a patch replaces.
    package let range: Range<Int>
    /// The target: the very bytes found, after character references, without white space around, when they are an
    /// absolute URL; the serialised URL when they were relative to a base or had no scheme.
    package let target: [UInt8]
    /// The target as a browser understands it: http or https, with a host.
    package let url: WebURL
    /// What stands around the range, and so how it is written.
    package let context: LinkContext

    /// Where it was found.
    package var place: LinkPlace {
        switch context {
        case _ where context.isPicture: .picture
        case .plainText, .calendar, .quoted: .text
        default: .html
        }
    }
}

/// The kind of part that holds a link.
package enum LinkPlace: String, Hashable, Sendable {
    case html, text
    /// Of HTML, where no click leads: the client loads it to show the message.
    case picture
}

/// Something in a part that was left as it is, and why.
package struct LinkNote: Hashable, Sendable {
    package enum Reason: Hashable, Sendable, CustomStringConvertible {
        /// A link, but not of the web.
        case scheme(String)
        /// Written like a link, but no browser could open it.
        case invalidURL
        /// Clients differ about what is markup, and no writing serves them all.
        case ambiguous
        /// The rest of its kind was not looked at.
        case limit(LinkLimit)

        package var description: String {
            switch self {
            case .scheme(let name): "scheme: \(name)"
            case .invalidURL: "invalid url"
            case .ambiguous: "ambiguous markup"
            case .limit(let limit): "limit: \(limit.rawValue)"
            }
        }
    }

    package let reason: Reason
    /// The bytes of the part it is about.
    package let range: Range<Int>
    /// What they say, decoded and cut to a length for records; empty for a limit.
    package let target: [UInt8]
    package let place: LinkPlace
}

/// What a scan of one part found.
package struct LinkScan: Hashable, Sendable {
    /// In the order of their ranges, which do not overlap.
    package var candidates: [LinkCandidate] = []
    /// In the order of their ranges, which overlap neither one another nor those of the candidates.
    package var removals: [LinkRemoval] = []
    /// In no particular order.
    package private(set) var notes: [LinkNote] = []
    /// Whether some client would still show a link that is not ours when all of this is carried out.
    package private(set) var isAmbiguous = false
    /// Each limit is told once, however often it is met.
    private var limitsMet: Set<LinkLimit> = []

    /// The limits that the part went over: some of it was not looked at.
    package var exceededLimits: [LinkLimit] {
        notes.compactMap { note in
            guard case .limit(let limit) = note.reason else { return nil }
            return limit
        }
    }

    mutating func note(
        _ reason: LinkNote.Reason, _ range: Range<Int>, _ target: [UInt8] = [], _ place: LinkPlace, _ limits: LinkLimits
    ) {
        if case .limit(let limit) = reason {
            guard limitsMet.insert(limit).inserted else { return }
        } else if reason == .ambiguous {
            guard !isAmbiguous else { return }
            isAmbiguous = true
        } else if notes.count >= limits.notes {
            return note(.limit(.notes), range, place, limits)
        }
        let shown = Array(target.prefix(limits.noteLength))
        notes.append(LinkNote(reason: reason, range: range, target: shown, place: place))
    }

    private mutating func note(_ reason: LinkNote.Reason, _ range: Range<Int>, _ place: LinkPlace, _ limits: LinkLimits)
    {
        note(reason, range, [], place, limits)
    }
}
