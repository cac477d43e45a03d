// SPDX-License-Identifier: Apache-2.0

import Bytes

/// XML as ranges, read leniently and without entities of its own: no declaration is followed, nothing is expanded.
struct XMLTokens {
    struct Attribute {
        let name: Range<Int>
        let value: Range<Int>
    }

    enum Token {
        /// With references in it.
        case text(Range<Int>)
        /// As it stands: CDATA.
        case raw(Range<Int>)
        case start(name: Range<Int>, [Attribute])
        case end(name: Range<Int>)
    }

    /// Attributes kept of one tag: others are passed over.
    private static let attributes = 256

    private let bytes: [UInt8]
    private var place = 0
    /// An empty element ends where it starts.
    private var pendingEnd: Range<Int>?

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func next() -> Token? {
        if let name = pendingEnd {
            pendingEnd = nil
            return .end(name: name)
        }
        while place < bytes.count {
            guard bytes[place] == UInt8(ascii: "<") else {
                let end = bytes.index(of: UInt8(ascii: "<"), from: place)
                defer { place = end }
                return .text(place..<end)
            }
            if bytes.has(("<!--" as StaticString).bytes, at: place) {
                skip(behind: ("-->" as StaticString).bytes)
            } else if bytes.has(("<![CDATA[" as StaticString).bytes, at: place) {
                let start = place + 9
                skip(behind: ("]]>" as StaticString).bytes)
                return .raw(start..<max(start, place - 3))
            } else if bytes.has(("<?" as StaticString).bytes, at: place)
                || bytes.has(("<!" as StaticString).bytes, at: place)
            {
                skip(behind: [UInt8(ascii: ">")])
            } else {
                return tag()
            }
        }
        return nil
    }

    private mutating func skip(behind mark: [UInt8]) {
        place = bytes.firstPlace(of: mark, in: place..<bytes.count).map { $0 + mark.count } ?? bytes.count
    }

    private mutating func tag() -> Token {
        place += 1
        let isEnd = place < bytes.count && bytes[place] == UInt8(ascii: "/")
        if isEnd { place += 1 }
        let name = word()
        var attributes: [Attribute] = []
        while place < bytes.count, bytes[place] != UInt8(ascii: ">") {
            if bytes[place] <= 0x20 {
                place += 1
            } else if bytes[place] == UInt8(ascii: "/") {
                place += 1
                if place < bytes.count, bytes[place] == UInt8(ascii: ">"), !isEnd { pendingEnd = name }
            } else if let attribute = attribute(), attributes.count < Self.attributes {
                attributes.append(attribute)
            }
        }
        place = min(place + 1, bytes.count)
        return isEnd ? .end(name: name) : .start(name: name, attributes)
    }

    /// Up to a space or a character that ends a name; at least one character, so that every call moves on.
    private mutating func word() -> Range<Int> {
        let start = place
        while place < bytes.count {
            let byte = bytes[place]
            if byte <= 0x20 || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "=") || byte == UInt8(ascii: "/") {
                break
            }
            place += 1
        }
        return start..<place
    }

    private mutating func attribute() -> Attribute? {
        let name = word()
        skipSpace()
        guard place < bytes.count, bytes[place] == UInt8(ascii: "=") else {
            return nil
        }
        place += 1
        skipSpace()
        guard place < bytes.count else { return nil }
        let quote = bytes[place]
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
            return Attribute(name: name, value: word())
        }
        let end = bytes.index(of: quote, from: place + 1)
        defer { place = min(end + 1, bytes.count) }
        return Attribute(name: name, value: place + 1..<max(place + 1, end))
    }

    private mutating func skipSpace() {
        while place < bytes.count, bytes[place] <= 0x20 { place += 1 }
    }
}

extension [UInt8] {
    /// The place of the next such byte, or the end.
    fileprivate func index(of byte: UInt8, from start: Int) -> Int {
        let span = span
        var place = Swift.min(start, count)
        while place < span.count, span[place] != byte { place += 1 }
        return place
    }
}

/// Character references of XML: the five names, and numbers.
enum XMLText {
    private static let names: [([UInt8], UInt8)] = [
        ("amp", 0x26), ("lt", 0x3C), ("gt", 0x3E), ("quot", 0x22), ("apos", 0x27),
    ].map { (Array($0.utf8), $1) }

    static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        append(text, to: &out)
        return out
    }

    static func append(_ text: ArraySlice<UInt8>, to out: inout [UInt8]) {
        var place = text.startIndex
        while place < text.endIndex {
            if text[place] == UInt8(ascii: "&"),
                let end = text[place...].prefix(12).firstIndex(of: UInt8(ascii: ";")),
                append(reference: text[(place + 1)..<end], to: &out)
            {
                place = end + 1
            } else {
                out.append(text[place])
                place += 1
            }
        }
    }

    private static func append(reference: ArraySlice<UInt8>, to out: inout [UInt8]) -> Bool {
        if let named = names.first(where: { reference.elementsEqual($0.0) }) {
            out.append(named.1)
            return true
        }
        guard reference.first == UInt8(ascii: "#") else { return false }
        let digits = reference.dropFirst()
        let isHex = digits.first.map { $0 | 0x20 == 0x78 } ?? false
        let number = isHex ? UInt32(digits.dropFirst().text, radix: 16) : UInt32(digits.text)
        guard let scalar = number.flatMap(Unicode.Scalar.init) else { return false }
        out += Array(String(Character(scalar)).utf8)
        return true
    }
}
