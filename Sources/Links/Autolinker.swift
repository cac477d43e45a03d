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
    /// What has to stand in the place of something that must not stay live and cannot be wrapped.
    var defanged: [UInt8]?
}

/// Finds visible URLs: `http://…`, `https://…`, `www.…`, names with a path, and what must lose its target (`file:`, UNC
/// paths …), as greedily as common mail clients.
///
/// The search goes from one `:`, `.` or `\\` to the next and looks back a few bytes for what makes it a link, so prose
/// costs three comparisons a byte. A link goes up to white space, `<`, `>`, `"` or the like, without punctuation at its end;
/// what stands open around it, as `(` before it, ends it. Clients differ in the last characters: where they take more
/// than we do, the rest still stands behind the rewritten link and is no link of its own. Each byte is looked at a
/// bounded number of times: a scan for a link's end stops where the next link could begin.
struct Autolinker {
    enum Start {
        case web(at: Int)
        case www(at: Int)
        case name(at: Int, end: Int)
        case other(at: Int, scheme: [UInt8])
    }

    /// Where the text stands decides what clients make of it.
    enum Style {
        /// Characters of an HTML document: a line end is white space.
        case markup
        /// Plain text: a link in angle brackets may go on over line ends.
        case plain
        /// What a program reads, or lines that may be halves of others: a bare name is a link only with a path.
        case pieces
    }

    private var position: Int
    /// The end of what the last link took: nothing before it belongs to another one.
    private(set) var floor: Int
    /// The end of the last stretch of letters, digits and dots that was looked at: each is looked at once.
    var nameFloor: Int
    let range: Range<Int>
    let charset: TextCharset
    let style: Style
    let urlLength: Int

    static let http = ("http" as StaticString).bytes
    /// What clients put before a link that has no scheme.
    static let bareScheme = ("http://" as StaticString).bytes

    /// The shortest text that can hold a link: `ws:/a`, `\\a\b`; of the web `t.co/a`.
    static let shortest = 5

    init(range: Range<Int>, charset: TextCharset, urlLength: Int, style: Style = .markup) {
        position = range.lowerBound
        floor = range.lowerBound
        nameFloor = range.lowerBound
        self.style = style
        self.range = range
        self.charset = charset
        self.urlLength = urlLength
    }

    /// The next link in the text, always the same one, or nil at its end.
    mutating func next(in text: Span<UInt8>) -> Autolink? {
        let end = range.upperBound
        while position < end {
            // Every link has one of them near its start.
            position = text.index(of: .colon, or: .fullStop, or: .reverseSolidus, from: position, to: end)
            guard position < end else { return nil }
            let place = position
            position = place &+ 1
            switch start(text, at: place) {
            case .web(let start)?:
                if let link = link(text, from: start, schemeEnd: place &+ 1) { return link }
            case .www(let start)?:
                if let link = bareLink(text, from: start, labelsFrom: place &+ 1) { return link }
            case .name(let start, let nameEnd)?:
                if let link = namedLink(text, from: start, to: nameEnd) { return link }
            case .other(let start, let scheme)?:
                if let gone = removed(text, from: start, least: place &+ 1, scheme) { return gone }
            case nil: break
            }
        }
        return nil
    }

    /// Nil for a scheme of the desktop with nothing behind it but what no link ends in.
    private mutating func removed(_ text: Span<UInt8>, from start: Int, least: Int, _ scheme: [UInt8]) -> Autolink? {
        let reach = reach(text, from: start, pathFrom: least, goes: true)
        guard trimmed(text, start..<reach, least) > least else { return nil }
        return brokenUp(text, start..<reach, least: least, .scheme(scheme.text))
    }

    /// What must not stay live, up to where it ends for who reads furthest.
    mutating func brokenUp(
        _ text: Span<UInt8>, _ reach: Range<Int>, least: Int, _ reason: LinkNote.Reason
    ) -> Autolink {
        // What stands behind the next tag may go on with a dot that is left.
        let goesOn = style != .plain && reach.upperBound == range.upperBound
        let end = goesOn ? reach.upperBound : trimmed(text, reach, least)
        take(upTo: end)
        return Autolink(
            range: reach.lowerBound..<end, kind: .note(reason),
            defanged: Defanging.text(text.bytes(reach.lowerBound..<end), goesOn: goesOn))
    }

    private mutating func take(upTo place: Int) {
        floor = place
        position = max(position, place)
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
        // Only the authority can be wrong: looking at it first keeps a bad link from hiding the next one. Where what stands
        // behind the last `@` is no host, what stands before the first is one to who stops there.
        guard
            let found = validHost(text, from: start, hostStart, before: authorityEnd)
                ?? (hostStart > host ? validHost(text, from: start, host, before: authorityEnd) : nil)
        else {
            let gone = refused(text, from: start, hostStart..<hostEnd(text, from: hostStart, to: authorityEnd))
            return gone ?? refused(text, from: start, host..<hostEnd(text, from: host, to: authorityEnd))
        }
        let end =
            found.upperBound == authorityEnd
            ? extent(text, from: start, pathFrom: authorityEnd, least: found.lowerBound)
            : trimmed(text, start..<found.upperBound, found.lowerBound)
        take(upTo: max(end, found.lowerBound))
        if let whole = bracketed(text, from: start, to: end) {
            take(upTo: whole.end)
            if let link = self.found(start..<whole.end, target: charset.urlForUTF8(whole.url)) { return link }
        }
        return self.found(text, start..<end, prefix: [])
    }

    /// The link that begins with `www.`.
    private mutating func bareLink(_ text: Span<UInt8>, from start: Int, labelsFrom labels: Int) -> Autolink? {
        let name = nameEnd(text, from: labels, to: range.upperBound, stopsWhereWrong: true)
        let hostEnd = userEnd(text, from: portEnd(text, from: name, to: range.upperBound))
        let trimmedHost = trimmed(text, labels..<hostEnd, labels)
        guard let valid = validEnd(text, from: start, labels..<trimmedHost, prefix: Self.bareScheme) else {
            position = max(position, name)  // a bad host does not hide what comes behind it
            return refused(text, from: start, labels..<trimmedHost)
        }
        guard let dot = (labels..<valid).first(where: { text[$0] == .fullStop }), dot > labels, dot &+ 1 < valid
        else {
            position = max(position, name)
            return nil
        }
        let goesOn = valid == trimmedHost && hostEnd < range.upperBound && text[hostEnd].endsAuthority
        let end = goesOn ? extent(text, from: start, pathFrom: hostEnd, least: labels) : valid
        take(upTo: end)
        return found(text, start..<end, prefix: Self.bareScheme)
    }

    /// The end of the host behind `www.user@`, where one follows: a browser opens that host.
    private func userEnd(_ text: Span<UInt8>, from user: Int) -> Int {
        guard user < range.upperBound, text[user] == 0x40 else { return user }
        let host = hostEnd(text, from: user &+ 1, to: range.upperBound)
        return host > user &+ 1 ? host : user
    }

    /// The link that is a name of a known domain, if it is one.
    private mutating func namedLink(_ text: Span<UInt8>, from start: Int, to name: Int) -> Autolink? {
        let host = portEnd(text, from: name, to: range.upperBound)
        let goesOn = host < range.upperBound && text[host].endsAuthority
        let end = goesOn ? extent(text, from: start, pathFrom: host, least: host) : host
        guard isKnownName(text, start..<name, hasPath: end > host),
            let link = found(text, start..<end, prefix: Self.bareScheme)
        else { return nil }
        take(upTo: end)
        return link
    }

    private func found(_ text: Span<UInt8>, _ range: Range<Int>, prefix: [UInt8]) -> Autolink? {
        guard range.count <= urlLength else {
            return Autolink(
                range: range, kind: .note(.limit(.urlLength)), defanged: Defanging.text(text.bytes(range)))
        }
        let target = utf8(text, range)
        guard prefix.isEmpty else {
            guard let url = try? WebURL.parse(prefix + target), url.isWeb else { return nil }
            return Autolink(range: range, kind: .link(target: url.serialized, url))
        }
        return found(range, target: target)
    }

    private func found(_ range: Range<Int>, target: [UInt8]) -> Autolink? {
        guard let url = try? WebURL.parse(target), url.isWeb else { return nil }
        return Autolink(range: range, kind: .link(target: target, url))
    }

    func utf8(_ text: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
        guard charset != .utf8 else { return text.bytes(range) }
        var out: [UInt8] = []
        for place in range { out.appendUTF8(charset.character(text, at: place, before: range.upperBound).codePoint) }
        return charset.urlForUTF8(out)
    }
}
