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
    let range: Range<Int>
    let charset: TextCharset
    private let urlLength: Int

    /// Schemes that clients link in text and that are not of the web.
    private static let others: [(StaticString, [UInt8])] = ["ftp", "ftps", "sftp", "file", "smb", "ws", "wss"].map {
        (name: StaticString) in (name, name.bytes)
    }
    static let http = ("http" as StaticString).bytes
    private static let www = ("www" as StaticString).bytes
    /// What clients put before a link that has no scheme.
    private static let bareScheme = ("http://" as StaticString).bytes

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
                let linkEnd = extent(text, from: start, pathFrom: place &+ 1, least: place &+ 1)
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
        let other = Self.others.first { $0.1.count == colon &- start && text.has($0.1, at: start, before: colon) }
        return other.map { .other(at: start, scheme: $0.0) }
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
        guard start > range.lowerBound else { return .www(at: start) }
        let before = text[start &- 1]
        // Dots of an ellipsis are not part of a name.
        let isEllipsis = before == .fullStop && !(start > range.lowerBound &+ 1 && text[start &- 2].isASCIIAlphanumeric)
        let joins: [UInt8] = [.hyphen, .fullStop, .solidus, 0x40, 0x5F]
        if before.isASCIIAlphanumeric || joins.contains(before) && !isEllipsis { return nil }
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
        var wrapping = Wrapping(before: start, in: text, range)
        while authorityEnd < range.upperBound, !text[authorityEnd].endsAuthority, !wrapping.ends(text[authorityEnd]) {
            let length = characterLength(text, at: authorityEnd)
            guard length > 0 else { break }
            if text[authorityEnd] == 0x40 { hostStart = authorityEnd &+ 1 }
            authorityEnd &+= length
        }
        let hostEnd = hostEnd(text, from: hostStart, to: authorityEnd)
        // Only the authority can be wrong: looking at it first keeps a bad link from hiding the next one.
        guard hostEnd > hostStart, (try? WebURL.parse(utf8(text, start..<hostEnd))) != nil else { return nil }
        let end =
            hostEnd == authorityEnd
            ? extent(text, from: start, pathFrom: hostEnd, least: hostStart)
            : trimmed(text, start..<hostEnd, hostStart)
        take(upTo: max(end, hostStart))
        return found(text, start..<end, prefix: [])
    }

    /// The link that begins with `www.`.
    private mutating func bareLink(_ text: Span<UInt8>, from start: Int, labelsFrom labels: Int) -> Autolink? {
        let name = nameEnd(text, from: labels, to: range.upperBound)
        let hostEnd = portEnd(text, from: name, to: range.upperBound)
        let trimmedHost = trimmed(text, labels..<hostEnd, labels)
        guard let dot = (labels..<trimmedHost).first(where: { text[$0] == .fullStop }), dot > labels,
            (try? WebURL.parse(Self.bareScheme + utf8(text, start..<trimmedHost))) != nil
        else {
            position = max(position, name)  // a bad host does not hide what comes behind it
            return nil
        }
        let goesOn = hostEnd < range.upperBound && text[hostEnd].endsAuthority
        let end = goesOn ? extent(text, from: start, pathFrom: hostEnd, least: labels) : trimmedHost
        take(upTo: end)
        return found(text, start..<end, prefix: Self.bareScheme)
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
}
