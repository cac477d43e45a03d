// SPDX-License-Identifier: Apache-2.0

import Bytes

/// How text is written at a place of a calendar: escaped as TEXT, and folded where the line gets too long.
///
/// The escapes are those of TEXT whatever the property: our own URLs hold none of the bytes concerned, and what is written
/// into markup (`&amp;`) stands in TEXT. A line that was over the length before is left unfolded: whoever made it does not
/// care, and the transfer encoding takes care of lines no MTA would take. Behind an escaped backslash a space is written:
/// to a client that shows the calendar as it stands, two backslashes begin a path to a file server.
package struct CalendarFold: Hashable, Sendable {
    /// Octets of the line before the place; nil when no fold may stand there: the line was too long before, or what stands
    /// right behind the place would show as a link by itself.
    private let column: Int?
    /// Octets behind it.
    private let tail: Int
    private let lineEnd: [UInt8]

    /// Octets of a line, its end not counted (RFC 5545, section 3.1).
    private static let lineLimit = 75

    init(around range: Range<Int>, in text: Span<UInt8>, lineEnd: [UInt8]) {
        var start = range.lowerBound
        while start > 0, !text[start &- 1].endsLine, range.lowerBound &- start <= Self.lineLimit { start &-= 1 }
        var end = range.upperBound
        while end < text.count, !text[end].endsLine, end &- range.upperBound <= Self.lineLimit { end &+= 1 }
        tail = end &- range.upperBound
        let isFree =
            range.lowerBound &- start < Self.lineLimit && tail < Self.lineLimit
            && !Self.holdsLink(text, range.upperBound..<end)
        column = isFree ? range.lowerBound &- start : nil
        self.lineEnd = lineEnd
    }

    /// Whether what stands right behind a link would be one by itself: to who shows the calendar as it stands it is a part of
    /// the link before it, as long as no fold divides that one.
    private static func holdsLink(_ text: Span<UInt8>, _ tail: Range<Int>) -> Bool {
        var end = tail.lowerBound
        while end < tail.upperBound, text[end] > .space { end &+= 1 }
        guard end > tail.lowerBound else { return false }
        var autolinker = Autolinker(range: tail.lowerBound..<end, charset: .utf8, urlLength: end, style: .pieces)
        return autolinker.next(in: text) != nil
    }

    /// The line end that the first line has.
    static func lineEnd(of text: Span<UInt8>) -> [UInt8] {
        var place = 0
        while place < text.count, place < 1_024, text[place] != .lineFeed { place &+= 1 }
        let isBare = place > 0 && place < text.count && text[place] == .lineFeed && text[place &- 1] != .carriageReturn
        return isBare ? [.lineFeed] : [.carriageReturn, .lineFeed]
    }

    /// The bytes as they are written at the place.
    func written(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count + bytes.count / 24 + 8)
        guard var column else {
            for byte in bytes { append(byte, to: &out) }
            return out
        }
        func fold() {
            out.append(contentsOf: lineEnd)
            out.append(.space)
            column = 1
        }
        // Where it does not fit, it begins the next line: who shows the calendar as it stands takes what the line holds for
        // the link, and half of our host's name may be somebody else's.
        if column > 1, column + Self.size(bytes[...]) > Self.lineLimit { fold() }
        for segment in Self.segments(of: bytes) {
            let isWhole = Self.mayHoldName(bytes[segment])
            if isWhole, column > 1, column + Self.size(bytes[segment]) > Self.lineLimit { fold() }
            for byte in bytes[segment] {
                let size = Self.size(byte)
                // A continuation byte of UTF-8 stays with its character.
                if !isWhole, column &+ size > Self.lineLimit, byte & 0xC0 != 0x80 { fold() }
                append(byte, to: &out)
                column &+= size
            }
        }
        if column &+ tail > Self.lineLimit, tail > 0 { fold() }
        return out
    }

    /// The pieces that begin with a slash, and what stands before the first.
    private static func segments(of bytes: [UInt8]) -> [Range<Int>] {
        var out: [Range<Int>] = []
        var start = 0
        for index in bytes.indices where bytes[index] == .solidus && index > start {
            out.append(start..<index)
            start = index
        }
        return out + [start..<bytes.count]
    }

    /// Whether the half of it could be a name: the host that a link shows stays in one line, even in one too long.
    private static func mayHoldName(_ segment: ArraySlice<UInt8>) -> Bool {
        zip(segment, segment.dropFirst()).contains { $0 == .fullStop && ($1.isASCIIAlphanumeric || $1.isNonASCII) }
    }

    private static func size(_ bytes: ArraySlice<UInt8>) -> Int { bytes.reduce(0) { $0 + size($1) } }

    private func append(_ byte: UInt8, to out: inout [UInt8]) {
        switch byte {
        case .lineFeed: out.append(contentsOf: [.reverseSolidus, 0x6E])
        case .reverseSolidus: out.append(contentsOf: [byte, byte, .space])
        case .semicolon, 0x2C: out.append(contentsOf: [.reverseSolidus, byte])
        default: out.append(byte)
        }
    }

    /// Bytes that `append` writes.
    private static func size(_ byte: UInt8) -> Int {
        switch byte {
        case .reverseSolidus: 3
        case .lineFeed, .semicolon, 0x2C: 2
        default: 1
        }
    }
}

// Reading: folds, escapes, content lines.
extension CalendarFold {
    /// The end of the fold that begins at this line end; nil when the line ends here.
    static func end(_ text: Span<UInt8>, at lineEnd: Int, before end: Int) -> Int? {
        var place = lineEnd &+ 1
        if text[lineEnd] == .carriageReturn, place < end, text[place] == .lineFeed { place &+= 1 }
        return place < end && (text[place] == .space || text[place] == .tab) ? place &+ 1 : nil
    }

    /// What the escape that begins at this backslash means, and where it ends: a fold may stand within.
    static func escape(_ text: Span<UInt8>, at start: Int, before end: Int) -> (UInt8, Int)? {
        var place = start &+ 1
        if place < end, text[place].endsLine, let foldEnd = Self.end(text, at: place, before: end) { place = foldEnd }
        guard place < end else { return nil }
        switch text[place] {
        case 0x6E, 0x4E: return (.lineFeed, place &+ 1)
        // Apple's contact cards escape colons, too.
        case .reverseSolidus, .semicolon, .colon, 0x2C: return (text[place], place &+ 1)
        default: return nil
        }
    }

    /// Where the content line that begins here ends, its line end included.
    static func contentLineEnd(_ text: Span<UInt8>, from start: Int) -> Int {
        var place = start
        while place < text.count {
            guard text[place].endsLine else {
                place &+= 1
                continue
            }
            guard let foldEnd = end(text, at: place, before: text.count) else {
                let isPair = text[place] == .carriageReturn && place &+ 1 < text.count && text[place &+ 1] == .lineFeed
                return place &+ (isPair ? 2 : 1)
            }
            place = foldEnd
        }
        return place
    }
}

extension UInt8 {
    fileprivate var endsLine: Bool { self == .lineFeed || self == .carriageReturn }
}
