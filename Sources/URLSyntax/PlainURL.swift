// SPDX-License-Identifier: Apache-2.0

import Bytes

/// What nearly every link of a message is: http or https in small letters, a plain name, and nothing behind it that is
/// encoded, made small or left out when it is serialised.
///
/// One pass over the bytes and a copy of each part. Whatever has another shape is the parser's (`URLParser`), which says
/// the same about this one, only later.
enum PlainURL {
    /// Nil for what the parser has to read.
    static func parse(_ input: [UInt8]) -> URLParts? {
        let text = input.span
        guard text.count <= WebURL.sizeLimit, let scheme = scheme(text) else { return nil }
        let host = scheme.count &+ 3
        guard let path = hostEnd(text, from: host) else { return nil }
        guard let query = pathEnd(text, from: path) else { return nil }
        let fragment = text.index(of: UInt8(ascii: "#"), from: query, to: text.count)
        guard isPlain(text, query..<fragment, .specialQuery), isPlain(text, fragment..<text.count, .fragment) else {
            return nil
        }
        var parts = URLParts()
        parts.scheme = scheme
        parts.host = .domain(Array(input[host..<path]))
        parts.path = path < query ? Array(input[path..<query]) : [UInt8(ascii: "/")]
        if query < fragment { parts.query = Array(input[(query + 1)..<fragment]) }
        if fragment < input.count { parts.fragment = Array(input[(fragment + 1)...]) }
        return parts
    }

    /// http or https with `://` behind it.
    private static func scheme(_ text: Span<UInt8>) -> [UInt8]? {
        for (start, scheme) in [(httpsStart, SpecialScheme.https), (httpStart, SpecialScheme.http)]
        where text.count > start.count {
            var place = 0
            while place < start.count, text[place] == start[place] { place &+= 1 }
            if place == start.count { return scheme }
        }
        return nil
    }

    private static let httpStart = ("http://" as StaticString).bytes
    private static let httpsStart = ("https://" as StaticString).bytes

    /// Where the name ends: small letters, digits, dots and dashes, none of its labels in Punycode, the last one no number.
    private static func hostEnd(_ text: Span<UInt8>, from start: Int) -> Int? {
        var place = start
        var label = start
        while place < text.count {
            let byte = text[place]
            if byte == UInt8(ascii: ".") {
                label = place &+ 1
            } else if byte == UInt8(ascii: "x"), place == label, isPunycode(text, at: place) {
                return nil
            } else if byte &- 0x61 >= 26, !byte.isASCIIDigit, byte != UInt8(ascii: "-") {
                break
            }
            place &+= 1
        }
        guard place > label, text[place &- 1].isASCIILetter, !text[label].isASCIIDigit else { return nil }
        guard place < text.count else { return place }
        switch text[place] {
        case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"): return place
        default: return nil
        }
    }

    private static func isPunycode(_ text: Span<UInt8>, at place: Int) -> Bool {
        place &+ 3 < text.count && text[place &+ 1] == UInt8(ascii: "n") && text[place &+ 2] == UInt8(ascii: "-")
            && text[place &+ 3] == UInt8(ascii: "-")
    }

    /// Where the path ends; nil when a part of it may be `.` or `..`, or would be written otherwise.
    private static func pathEnd(_ text: Span<UInt8>, from start: Int) -> Int? {
        let set = PercentEncodeSet.path
        var place = start
        while place < text.count {
            let byte = text[place]
            if byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") { return place }
            if set.contains(byte) || byte == UInt8(ascii: "\\") { return nil }
            place &+= 1
            guard byte == UInt8(ascii: "/"), place < text.count else { continue }
            if text[place] == UInt8(ascii: ".") || text[place] == UInt8(ascii: "%") { return nil }
        }
        return place
    }

    /// Whether nothing behind the first byte, which is the sign that begins the part, would be encoded.
    private static func isPlain(_ text: Span<UInt8>, _ part: Range<Int>, _ set: PercentEncodeSet) -> Bool {
        var place = part.lowerBound &+ 1
        while place < part.upperBound {
            if set.contains(text[place]) { return false }
            place &+= 1
        }
        return true
    }
}
