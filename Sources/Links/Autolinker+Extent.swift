// SPDX-License-Identifier: Apache-2.0

import Bytes
import URLSyntax

// Where a visible URL ends.
extension Autolinker {
    /// Where the host and port end that begin here.
    func hostEnd(_ text: Span<UInt8>, from start: Int, to end: Int) -> Int {
        let place = nameEnd(text, from: addressEnd(text, start..<end), to: end)
        return place > start ? portEnd(text, from: place, to: end) : place
    }

    /// Where the brackets of the IPv6 address end that a host begins with; its start without one.
    private func addressEnd(_ text: Span<UInt8>, _ host: Range<Int>) -> Int {
        guard !host.isEmpty, text[host.lowerBound] == 0x5B else { return host.lowerBound }
        let bracket = text.index(of: .rightSquareBracket, from: host.lowerBound, to: host.upperBound)
        return min(bracket &+ 1, host.upperBound)
    }

    /// The host with its port in the authority of a link, as far as a browser could open it.
    func validHost(_ text: Span<UInt8>, from start: Int, _ host: Int, before end: Int) -> Range<Int>? {
        let hostEnd = hostEnd(text, from: host, to: end)
        return validEnd(text, from: start, host..<hostEnd, prefix: []).map { host..<$0 }
    }

    /// Labels that may be wrong at the end of a host: each is one more attempt.
    private static let wrongLabels = 3

    /// Where a host ends that a browser opens; `prefix` is what clients put before the link.
    ///
    /// The whole, or what stands before the byte that makes it wrong: clients differ about what a host may hold, and what
    /// one replaces there would mend it for the other.
    func validEnd(_ text: Span<UInt8>, from start: Int, _ host: Range<Int>, prefix: [UInt8]) -> Int? {
        var end = host.upperBound
        for attempt in 0...(Self.wrongLabels &+ 1) where end > host.lowerBound {
            if (try? WebURL.parse(prefix + utf8(text, start..<end))) != nil { return end }
            let before = end
            if attempt == 0 { end = soundEnd(text, host) }
            if end == before { end = lastLabel(text, host.lowerBound..<end) }
        }
        return nil
    }

    /// Where what is sound in a host ends: in its first label that is wrong, before what is escaped or not ASCII there; or
    /// before the port.
    private func soundEnd(_ text: Span<UInt8>, _ host: Range<Int>) -> Int {
        let bracket = addressEnd(text, host)
        if bracket > host.lowerBound { return bracket }  // `[::1]http` is an address with a word behind it
        var place = text.index(of: .colon, from: host.lowerBound, to: host.upperBound)
        if let label = wrongLabel(text, host) {
            place = label.first { text[$0].isNonASCII || text[$0] == 0x25 } ?? label.upperBound
        }
        while place > host.lowerBound, text[place &- 1] == .fullStop || text[place &- 1] == .hyphen { place &-= 1 }
        return place
    }

    /// The first label before the port that no host has.
    private func wrongLabel(_ text: Span<UInt8>, _ host: Range<Int>) -> Range<Int>? {
        var label = host.lowerBound
        while label < host.upperBound {
            var end = label
            while end < host.upperBound, text[end] != .fullStop, text[end] != .colon { end &+= 1 }
            if isWrong(text, label..<end) { return label..<end }
            guard end < host.upperBound, text[end] == .fullStop else { return nil }
            label = end &+ 1
        }
        return nil
    }

    /// What stands from `start` on with a host that no browser opens although each label could stand in one.
    ///
    /// Such are names that are written from left to right and from right to left at once (RFC 5893). Cut anywhere, it may be
    /// a host: by a link of ours in the place of a `www.` within, for one. So all of it is broken up, with what follows, as a
    /// target that is taken away. Nil where no label is sound.
    mutating func refused(_ text: Span<UInt8>, from start: Int, _ host: Range<Int>) -> Autolink? {
        let end = soundEnd(text, host)
        guard addressEnd(text, host) == host.lowerBound,
            (host.lowerBound..<end).contains(where: { text[$0].isNonASCII || text[$0] == 0x25 })
        else { return nil }
        let reach = reach(text, from: start, pathFrom: end, goes: true)
        return brokenUp(text, start..<reach, least: end, .invalidURL)
    }

    /// Where the host ends without its last label.
    private func lastLabel(_ text: Span<UInt8>, _ host: Range<Int>) -> Int {
        var place = host.upperBound
        while place > host.lowerBound, text[place &- 1] != .fullStop { place &-= 1 }
        while place > host.lowerBound, text[place &- 1] == .fullStop { place &-= 1 }
        return place
    }

    /// Where the letters, digits, dots and the like of a host end that begin here.
    ///
    /// `stopsWhereWrong`: behind a label that no host has, so that the name ends there for whoever begins another in it:
    /// `www.0\u{FFFD}www.example.com`.
    func nameEnd(_ text: Span<UInt8>, from start: Int, to end: Int, stopsWhereWrong: Bool = false) -> Int {
        var place = start
        var label = start
        while place < end, text[place].isHostByte {
            let length = characterLength(text, at: place)
            guard length > 0, !(text[place].isNonASCII && endsBeforeWord(text, at: place, label: label)) else { break }
            if text[place] == .fullStop {
                if stopsWhereWrong, isWrong(text, label..<place) { return place }
                label = place &+ 1
            }
            place &+= length
        }
        return place
    }

    /// Whether a host with the label is none, whatever stands around it.
    private func isWrong(_ text: Span<UInt8>, _ label: Range<Int>) -> Bool {
        let isPlain = !label.contains { text[$0].isNonASCII || text[$0] == 0x25 }
        if isPlain, !text.has(Self.encodedLabel, at: label.lowerBound, before: label.upperBound) { return false }
        return (try? WebURL.parse(Self.bareScheme + utf8(text, label) + Self.plainLabel)) == nil
    }

    private static let encodedLabel = ("xn--" as StaticString).bytes
    /// Behind a label that would be a number at the end of a host.
    private static let plainLabel = (".a" as StaticString).bytes

    /// Whether a domain ends here and a word begins: `www.example.com에서`.
    private func endsBeforeWord(_ text: Span<UInt8>, at place: Int, label: Int) -> Bool {
        label > range.lowerBound && text[label &- 1] == .fullStop && beginsWord(text, at: place)
            && PublicSuffixList.system.isTopLevel(text.bytes(label..<place))
    }

    /// Whether a letter of a script that is written without spaces, or whose particles join what stands before them,
    /// follows an ASCII letter or digit here: `https://example.com/a를`, not `https://example.com/日本`.
    ///
    /// Clients differ about it: what some take for a part of the link stands behind ours then, where it does no harm.
    private func beginsWord(_ text: Span<UInt8>, at place: Int) -> Bool {
        guard place > range.lowerBound, text[place &- 1].isASCIIAlphanumeric else { return false }
        switch charset.character(text, at: place, before: range.upperBound).codePoint {
        case 0xE00...0xEFF, 0x1000...0x11FF, 0x1780...0x17FF: return true  // Thai, Lao, Burmese, Hangul, Khmer
        case 0x2E80...0x9FFF, 0xA960...0xA97F, 0xAC00...0xD7FF, 0xF900...0xFAFF: return true  // Chinese, kana, Hangul
        case 0xFF66...0xFFDC, 0x1B000...0x1B16F, 0x20000...0x3FFFF: return true
        default: return false
        }
    }

    /// Where the port ends behind the host that ends here; the host's end without one.
    ///
    /// What goes on behind the digits is no port: its letters would be glued to the rewritten link.
    func portEnd(_ text: Span<UInt8>, from host: Int, to end: Int) -> Int {
        guard host < end, text[host] == .colon else { return host }
        var port = host &+ 1
        while port < end, text[port].isASCIIDigit { port &+= 1 }
        if port < end, text[port].isHostByte, characterLength(text, at: port) > 0, text[port] != .fullStop {
            return host
        }
        let isEmpty = port == host &+ 1  // a port may be empty, if something comes behind it
        return isEmpty && !(port < range.upperBound && text[port].endsAuthority) ? host : port
    }

    /// Where the link ends whose path, query or fragment begins at `path`; its end is never cut before `least`.
    func extent(_ text: Span<UInt8>, from start: Int, pathFrom path: Int, least: Int) -> Int {
        trimmed(text, start..<reach(text, from: start, pathFrom: path), least)
    }

    /// The same with the punctuation at its end.
    ///
    /// `goes`: whether its target is taken away; then words that follow go along, for they do not stand behind a link of ours.
    func reach(_ text: Span<UInt8>, from start: Int, pathFrom path: Int, goes: Bool = false) -> Int {
        var wrapping = Wrapping(before: start, in: text, range)
        let isDelimited = goes || start > range.lowerBound && text[start &- 1] == .lessThan
        var place = path
        while place < range.upperBound {
            let byte = text[place]
            if wrapping.ends(byte) { break }
            if byte.isNonASCII, place > path, !isDelimited, beginsWord(text, at: place) { break }
            if byte.joinsURLs, startsWebURL(text, at: place &+ 1) { break }
            let length = characterLength(text, at: place)
            guard length > 0 else { break }
            place &+= length
        }
        return place
    }

    func startsWebURL(_ text: Span<UInt8>, at place: Int) -> Bool {
        guard text.has(Self.http, at: place, before: range.upperBound) else { return false }
        let colon = place &+ (place &+ 4 < range.upperBound && text[place &+ 4].lowercased == 0x73 ? 5 : 4)
        return colon &+ 1 < range.upperBound && text[colon] == .colon && text[colon &+ 1].isSlash
    }

    /// The end without the punctuation that closes a sentence or a bracket opened before the link.
    func trimmed(_ text: Span<UInt8>, _ link: Range<Int>, _ least: Int) -> Int {
        var end = link.upperBound
        var balances: [UInt8: Int] = [:]
        while end > least {
            let byte = text[end &- 1]
            if byte.endsSentence {
                end &-= 1
            } else if let opener = byte.openingPartner {
                // Counted once for a kind of bracket, then carried along.
                let balance = balances[byte] ?? Self.balance(text, link.lowerBound..<end, opener, byte)
                guard balance < 0 else { return end }
                balances[byte] = balance + 1
                end &-= 1
            } else {
                let quote = trailingQuote(text, link.lowerBound..<end)
                guard quote > 0, end &- quote >= least else { return end }
                end &-= quote
            }
        }
        return end
    }

    private static func balance(_ text: Span<UInt8>, _ range: Range<Int>, _ opener: UInt8, _ closer: UInt8) -> Int {
        var balance = 0
        for place in range {
            if text[place] == opener { balance &+= 1 }
            if text[place] == closer { balance &-= 1 }
        }
        return balance
    }

    /// The length of a `’` or `…` at the end.
    private func trailingQuote(_ text: Span<UInt8>, _ range: Range<Int>) -> Int {
        let last = text[range.upperBound &- 1]
        guard charset == .utf8 else { return last == 0x92 || last == 0x85 ? 1 : 0 }
        guard range.count > 3, last == 0x99 || last == 0xA6, text[range.upperBound &- 2] == 0x80,
            text[range.upperBound &- 3] == 0xE2
        else { return 0 }
        return 3
    }

    /// The length of the character here, or 0 when no link goes over it.
    @inline(__always)
    func characterLength(_ text: Span<UInt8>, at place: Int) -> Int {
        let byte = text[place]
        return byte.isNonASCII ? wideCharacterLength(text, at: place) : byte.endsURL ? 0 : 1
    }

    private func wideCharacterLength(_ text: Span<UInt8>, at place: Int) -> Int {
        let (codePoint, length) = charset.character(text, at: place, before: range.upperBound)
        switch codePoint {
        case 0x80...0xA0, 0xAB, 0xBB, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F: return 0  // white space
        case 0x201C...0x201F, 0x3000, 0x3001, 0x3008...0x3011, 0x3014...0x301F: return 0  // quotes and brackets
        case 0xFF01, 0xFF02, 0xFF08, 0xFF09, 0xFF0C, 0xFF1A, 0xFF1B, 0xFF1C, 0xFF1E, 0xFF1F, 0xFF5B...0xFF60: return 0
        case 0x3002, 0xFF61:  // a full stop, of a sentence or between labels
            let next = place &+ length
            return next < range.upperBound && text[next].isASCIIAlphanumeric ? length : 0
        default: return length
        }
    }
}

/// The bracket or quote that stands open before a link, which its partner closes.
struct Wrapping {
    private let opener: UInt8?
    private let closer: UInt8?
    private var depth = 0

    /// What stands before the link that begins at `start`.
    init(before start: Int, in text: Span<UInt8>, _ range: Range<Int>) {
        closer = start > range.lowerBound ? text[start &- 1].closingPartner : nil
        opener = closer == nil ? nil : text[start &- 1]
    }

    /// Whether this next byte of the link closes it; brackets within the link have to be closed first.
    mutating func ends(_ byte: UInt8) -> Bool {
        guard byte == closer else {
            if byte == opener { depth &+= 1 }
            return false
        }
        if depth == 0 { return true }
        depth &-= 1
        return false
    }
}

extension UInt8 {
    var isSlash: Bool { self == .solidus || self == .reverseSolidus }

    var endsAuthority: Bool { isSlash || self == .questionMark || self == .numberSign }

    /// Controls, space, `"`, `<`, `>`, `` ` ``.
    fileprivate var endsURL: Bool {
        self <= .space || self == .quotationMark || self == .lessThan || self == .greaterThan || self == 0x60
            || self == 0x7F
    }

    /// What may stand in a visible host: a letter, a digit, `-`, `.`, `_`, `%`.
    var isHostByte: Bool {
        isASCIIAlphanumeric || isNonASCII || self == .hyphen || self == .fullStop || self == 0x5F || self == 0x25
    }

    /// Comma, semicolon and bar, where senders glue links together.
    fileprivate var joinsURLs: Bool { self == 0x2C || self == .semicolon || self == 0x7C }

    /// Punctuation that closes a sentence or an emphasis: `. , ; : ! ? ' * _ ~ |`.
    fileprivate var endsSentence: Bool {
        switch self {
        case .fullStop, 0x2C, .semicolon, .colon, .exclamationMark, .questionMark, .apostrophe, 0x2A, 0x5F, 0x7E, 0x7C:
            true
        default: false
        }
    }

    fileprivate var openingPartner: UInt8? {
        switch self {
        case 0x29: 0x28
        case .rightSquareBracket: 0x5B
        case 0x7D: 0x7B
        default: nil
        }
    }

    fileprivate var closingPartner: UInt8? {
        switch self {
        case 0x28: 0x29
        case 0x5B: .rightSquareBracket
        case 0x7B: 0x7D
        case .apostrophe: .apostrophe
        default: nil
        }
    }
}
