// SPDX-License-Identifier: Apache-2.0

import Bytes
import URLSyntax

/// A URL that stands visibly in characters and that mail clients make a link of.
struct Autolink {
    enum Kind {
        case link(target: [UInt8], WebURL)
        case note(LinkNote.Reason)
    }

    var range: Range<Int>
    var kind: Kind
}

/// Finds visible URLs: `http://…`, `https://…` and `www.…`, as greedily as common mail clients.
///
/// The search goes from one `:` or `.` to the next and looks back a few bytes for what makes it a link, so prose costs
/// one comparison a byte. A link goes up to white space, `<`, `>`, `"` or the like, without punctuation at its end;
/// what stands open around it, as `(` before it, ends it. Clients differ in the last characters: where they take more
/// than we do, the rest still stands behind the rewritten link and is no link of its own. Each byte is looked at a
/// bounded number of times: a scan for a link's end stops where the next link could begin.
///
/// Bare hosts (`example.org/x`) are not found: without a list of top-level domains they cannot be told from file
/// names and abbreviations.
struct Autolinker {
    private enum Start {
        case web(at: Int)
        case www(at: Int)
        case other(at: Int, scheme: StaticString)
    }

    private var position: Int
    /// The end of what the last link took: nothing before it belongs to another one.
    private var floor: Int
    private let range: Range<Int>
    private let charset: TextCharset
    private let urlLength: Int

    /// Schemes that clients link in text and that are not of the web.
    private static let others: [(StaticString, [UInt8])] = ["ftp", "ftps", "sftp", "file", "smb", "ws", "wss"].map {
        (name: StaticString) in (name, name.bytes)
    }
    private static let http = ("http" as StaticString).bytes
    private static let www = ("www" as StaticString).bytes

    /// The shortest text that can hold a link.
    static let shortest = 8

    init(range: Range<Int>, charset: TextCharset, urlLength: Int) {
        position = range.lowerBound
        floor = range.lowerBound
        self.range = range
        self.charset = charset
        self.urlLength = urlLength
    }

    /// The next link in the text, always the same one, or nil at its end.
    mutating func next(in text: Span<UInt8>) -> Autolink? {
        let end = range.upperBound
        while position < end {
            while position < end, text[position] != .colon, text[position] != .fullStop { position &+= 1 }
            guard position < end else { return nil }
            let place = position
            position = place &+ 1
            switch start(text, at: place) {
            case .web(let start)?:
                if let link = link(text, from: start, schemeEnd: place &+ 1) { return link }
            case .www(let start)?:
                if let link = bareLink(text, from: start, labelsFrom: place &+ 1) { return link }
            case .other(let start, let scheme)?:
                let linkEnd = extent(text, from: start, pathFrom: place &+ 1)
                take(upTo: linkEnd)
                return Autolink(range: start..<linkEnd, kind: .note(.scheme(scheme.bytes.text)))
            case nil: break
            }
        }
        return nil
    }

    private mutating func take(upTo place: Int) {
        floor = place
        position = max(position, place)
    }

    // MARK: Where a link begins

    private func start(_ text: Span<UInt8>, at place: Int) -> Start? {
        text[place] == .colon ? schemeStart(text, before: place) : wwwStart(text, before: place)
    }

    /// A scheme with `:/` or `:\` behind it that is not the tail of a longer word.
    private func schemeStart(_ text: Span<UInt8>, before colon: Int) -> Start? {
        guard colon &+ 1 < range.upperBound, text[colon &+ 1].isSlash else { return nil }
        var start = colon
        while start > floor, colon &- start < 6, text[start &- 1].isASCIILetter { start &-= 1 }
        if start > range.lowerBound, text[start &- 1].isASCIIAlphanumeric || text[start &- 1] == 0x2B { return nil }
        if isWebScheme(text, start..<colon) { return .web(at: start) }
        for (name, bytes) in Self.others where bytes.count == colon &- start && text.has(bytes, at: start, before: colon) {
            return .other(at: start, scheme: name)
        }
        return nil
    }

    private func isWebScheme(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard text.has(Self.http, at: range.lowerBound, before: range.upperBound) else { return false }
        return range.count == 4 || range.count == 5 && text[range.lowerBound &+ 4].lowercased == 0x73
    }

    /// `www.` or `www1.` that is not within a word, a mail address or a path.
    private func wwwStart(_ text: Span<UInt8>, before dot: Int) -> Start? {
        var start = dot
        while start > floor, dot &- start < 3, text[start &- 1].isASCIIDigit { start &-= 1 }
        start &-= 3
        guard start >= floor, text.has(Self.www, at: start, before: dot) else { return nil }
        if start > range.lowerBound {
            let before = text[start &- 1]
            let joins: [UInt8] = [.hyphen, .fullStop, .solidus, 0x40, 0x5F]
            if before.isASCIIAlphanumeric || joins.contains(before) { return nil }
        }
        return .www(at: start)
    }

    // MARK: Where it ends

    /// The link that begins with a web scheme.
    private mutating func link(_ text: Span<UInt8>, from start: Int, schemeEnd: Int) -> Autolink? {
        var host = schemeEnd
        while host < range.upperBound, text[host].isSlash { host &+= 1 }
        position = host
        var authorityEnd = host
        var hostStart = host
        while authorityEnd < range.upperBound, !text[authorityEnd].endsAuthority {
            let length = characterLength(text, at: authorityEnd)
            guard length > 0 else { break }
            if text[authorityEnd] == 0x40 { hostStart = authorityEnd &+ 1 }
            authorityEnd &+= length
        }
        let hostEnd = hostEnd(text, from: hostStart, to: authorityEnd)
        // Only the authority can be wrong: looking at it first keeps a bad link from hiding the next one.
        guard hostEnd > hostStart, (try? WebURL.parse(utf8(text, start..<hostEnd))) != nil else { return nil }
        let isWhole = hostEnd == authorityEnd
        let end = isWhole ? extent(text, from: start, pathFrom: hostEnd) : trimmed(text, start..<hostEnd, hostStart)
        take(upTo: max(end, hostStart))
        return found(text, start..<end, prefix: [])
    }

    /// The link that begins with `www.`.
    private mutating func bareLink(_ text: Span<UInt8>, from start: Int, labelsFrom labels: Int) -> Autolink? {
        let hostEnd = hostEnd(text, from: labels, to: range.upperBound)
        let trimmedHost = trimmed(text, labels..<hostEnd, labels)
        guard let dot = (labels..<trimmedHost).first(where: { text[$0] == .fullStop }), dot > labels else {
            position = max(position, trimmedHost)
            return nil
        }
        let goesOn = hostEnd < range.upperBound && text[hostEnd].endsAuthority
        let end = goesOn ? extent(text, from: start, pathFrom: hostEnd) : trimmedHost
        take(upTo: end)
        return found(text, start..<end, prefix: Array("http://".utf8))
    }

    private func found(_ text: Span<UInt8>, _ range: Range<Int>, prefix: [UInt8]) -> Autolink? {
        guard range.count <= urlLength else { return Autolink(range: range, kind: .note(.limit(.urlLength))) }
        guard let url = try? WebURL.parse(prefix + utf8(text, range)), url.isWeb else { return nil }
        return Autolink(
            range: range, kind: .link(target: prefix.isEmpty ? utf8(text, range) : url.serialized, url))
    }

    private func utf8(_ text: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
        guard charset != .utf8 else { return text.bytes(range) }
        var out: [UInt8] = []
        for place in range { out.appendUTF8(charset.character(text, at: place, before: range.upperBound).codePoint) }
        return charset.urlForUTF8(out)
    }

    /// Where the host and port end that begin here.
    private func hostEnd(_ text: Span<UInt8>, from start: Int, to end: Int) -> Int {
        var place = start
        if place < end, text[place] == 0x5B {  // an IPv6 address
            place = min(text.index(of: .rightSquareBracket, from: place, to: end) &+ 1, end)
        }
        while place < end, text[place].isHostByte {
            let length = characterLength(text, at: place)
            guard length > 0 else { break }
            place &+= length
        }
        guard place > start, place &+ 1 < end, text[place] == .colon, text[place &+ 1].isASCIIDigit else { return place }
        place &+= 1
        while place < end, text[place].isASCIIDigit { place &+= 1 }
        return place
    }

    /// Where the link ends whose path, query or fragment begins at `path`.
    private func extent(_ text: Span<UInt8>, from start: Int, pathFrom path: Int) -> Int {
        let closer = start > range.lowerBound ? text[start &- 1].closingPartner : nil
        let opener = closer == nil ? nil : text[start &- 1]
        var depth = 0
        var place = path
        while place < range.upperBound {
            let byte = text[place]
            if byte == closer {
                if depth == 0 { break }
                depth &-= 1
            } else if byte == opener {
                depth &+= 1
            }
            if byte.joinsURLs, startsWebURL(text, at: place &+ 1) { break }
            let length = characterLength(text, at: place)
            guard length > 0 else { break }
            place &+= length
        }
        return trimmed(text, start..<place, path)
    }

    private func startsWebURL(_ text: Span<UInt8>, at place: Int) -> Bool {
        guard text.has(Self.http, at: place, before: range.upperBound) else { return false }
        let colon = place &+ (place &+ 4 < range.upperBound && text[place &+ 4].lowercased == 0x73 ? 5 : 4)
        return colon &+ 1 < range.upperBound && text[colon] == .colon && text[colon &+ 1].isSlash
    }

    /// The end without the punctuation that closes a sentence or a bracket opened before the link.
    private func trimmed(_ text: Span<UInt8>, _ link: Range<Int>, _ least: Int) -> Int {
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
    private func characterLength(_ text: Span<UInt8>, at place: Int) -> Int {
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

extension UInt8 {
    fileprivate var isSlash: Bool { self == .solidus || self == .reverseSolidus }

    fileprivate var endsAuthority: Bool { isSlash || self == .questionMark || self == .numberSign }

    /// Controls, space, `"`, `<`, `>`, `` ` ``.
    fileprivate var endsURL: Bool {
        self <= .space || self == .quotationMark || self == .lessThan || self == .greaterThan || self == 0x60 || self == 0x7F
    }

    fileprivate var isHostByte: Bool {
        isASCIIAlphanumeric || isNonASCII || self == .hyphen || self == .fullStop || self == 0x5F || self == 0x25
    }

    /// Comma, semicolon and bar, where senders glue links together.
    fileprivate var joinsURLs: Bool { self == 0x2C || self == .semicolon || self == 0x7C }

    /// `. , ; : ! ? ' * _ ~ |`
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
