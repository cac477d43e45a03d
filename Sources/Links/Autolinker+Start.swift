// SPDX-License-Identifier: Apache-2.0

import Bytes

// Where a visible URL begins.
extension Autolinker {
    /// Schemes that clients link in text behind which a slash stands, and that are not of the web.
    private static let others: [[UInt8]] =
        [
            "ftp", "ftps", "sftp", "file", "smb", "smbs", "ws", "wss", "nfs", "afp", "dav", "davs", "webdav", "telnet",
            "gopher",
        ].map { (name: StaticString) in name.bytes }
    /// Schemes that open a program of the desktop, whatever stands behind them.
    private static let search = ("search-ms" as StaticString).bytes
    private static let office = ("ms-" as StaticString).bytes
    private static let file = ("file" as StaticString).bytes
    private static let www = ("www" as StaticString).bytes
    /// Bytes of the longest scheme looked for (`ms-virtualtouchpad` and the like).
    private static let schemeLimit = 32

    mutating func start(_ text: Span<UInt8>, at place: Int) -> Start? {
        switch text[place] {
        case .colon: schemeStart(text, before: place)
        case .reverseSolidus: uncStart(text, at: place)
        default: wwwStart(text, before: place) ?? nameStart(text, around: place)
        }
    }

    /// A scheme with `:/` or `:\` behind it that is not the tail of a longer word.
    private func schemeStart(_ text: Span<UInt8>, before colon: Int) -> Start? {
        guard colon &+ 1 < range.upperBound else { return nil }
        guard text[colon &+ 1].isSlash else { return desktopStart(text, before: colon) }
        var start = colon
        while start > floor, colon &- start < 7, text[start &- 1].isASCIILetter { start &-= 1 }
        if start > range.lowerBound, text[start &- 1].isASCIIAlphanumeric || text[start &- 1] == 0x2B { return nil }
        if isWebScheme(text, start..<colon) { return .web(at: start) }
        let other = Self.others.first { $0.count == colon &- start && text.has($0, at: start, before: colon) }
        return other.map { .other(at: start, scheme: $0) } ?? desktopStart(text, before: colon)
    }

    /// `search-ms:query=…`, `ms-word:ofe|u|…`: a scheme of the desktop with something right behind it.
    private func desktopStart(_ text: Span<UInt8>, before colon: Int) -> Start? {
        guard colon > floor, text[colon &+ 1] > .space, text[colon &- 1].isASCIILetter else { return nil }
        var start = colon
        while start > floor, colon &- start <= Self.schemeLimit,
            text[start &- 1].isASCIILetter || text[start &- 1] == .hyphen
        {
            start &-= 1
        }
        let length = colon &- start
        guard length <= Self.schemeLimit, start == range.lowerBound || !text[start &- 1].isASCIIAlphanumeric else {
            return nil
        }
        // What ends in `http` or `https` is a word that stands right before a link, perhaps one that we wrote.
        let isOffice =
            length > Self.office.count && text.has(Self.office, at: start, before: colon)
            && !isWebScheme(text, colon &- 4..<colon) && !isWebScheme(text, colon &- 5..<colon)
        let isSearch = length == Self.search.count && text.has(Self.search, at: start, before: colon)
        return isOffice || isSearch ? .other(at: start, scheme: text.bytes(start..<colon).lowercased) : nil
    }

    private func isWebScheme(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard text.has(Self.http, at: range.lowerBound, before: range.upperBound) else { return false }
        return range.count == 4 || range.count == 5 && text[range.lowerBound &+ 4].lowercased == 0x73
    }

    /// `\\host\share`: Windows clients open it, and give the user's password hash to the host.
    private func uncStart(_ text: Span<UInt8>, at place: Int) -> Start? {
        guard place &+ 2 < range.upperBound, text[place &+ 1] == .reverseSolidus, place >= floor else { return nil }
        if place > range.lowerBound {
            let before = text[place &- 1]
            if before == .reverseSolidus || before.isASCIIAlphanumeric || before == 0x5F { return nil }
        }
        let name = place &+ 2
        var end = name
        while end < range.upperBound, end &- name <= Self.uncHostLimit, text[end].isUNCHostByte { end &+= 1 }
        guard end > name, text[name] != .hyphen, text[name] != .fullStop, end &+ 1 < range.upperBound,
            text[end].isSlash, !text[end &+ 1].isSlash, characterLength(text, at: end &+ 1) > 0
        else { return nil }
        return .other(at: place, scheme: Self.file)
    }

    /// Bytes of a UNC path's host: with its port or `@SSL` no longer than a name of the DNS may be.
    private static let uncHostLimit = 300

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
}

extension UInt8 {
    /// A letter, a digit, `-`, `.`, `_`, or the `@` of `host@SSL` and `host@8080`.
    fileprivate var isUNCHostByte: Bool {
        isASCIIAlphanumeric || isNonASCII || self == .hyphen || self == .fullStop || self == 0x5F || self == 0x40
    }
}
