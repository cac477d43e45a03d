// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Reads `{ 4D 5A ?? [2-4] ( 01 | 02 03 ) }`.
struct HexString {
    /// Brackets within brackets; libyara's own parser ends at a similar depth.
    static let depthLimit = 64

    private let text: ArraySlice<UInt8>
    private var place: Int

    /// What stands between the braces, as a pattern; nil when it is not understood.
    static func pattern(_ text: ArraySlice<UInt8>) -> BytePattern? {
        var reader = HexString(text: text, place: text.startIndex)
        guard let pattern = reader.choice(depth: 0), reader.place == text.endIndex else { return nil }
        return pattern
    }

    private func byte(_ ahead: Int = 0) -> UInt8 {
        place + ahead < text.endIndex ? text[place + ahead] : 0
    }

    private mutating func choice(depth: Int) -> BytePattern? {
        guard depth <= Self.depthLimit else { return nil }
        var branches: [BytePattern] = []
        while true {
            guard let branch = sequence(depth: depth) else { return nil }
            branches.append(branch)
            guard byte() == "|" else { break }
            place += 1
        }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence(depth: Int) -> BytePattern? {
        var parts: [BytePattern] = []
        while place < text.endIndex {
            switch byte() {
            case " ", "\t", "\r", "\n": place += 1
            case "/": skipComment()
            case "|", ")": return .sequence(parts)
            case "(":
                place += 1
                guard let inner = choice(depth: depth + 1), byte() == ")" else { return nil }
                place += 1
                parts.append(inner)
            case "[":
                while place < text.endIndex, byte() != "]" { place += 1 }
                place += 1
                guard place <= text.endIndex else { return nil }
                parts.append(.gap)
            case "~":
                place += 3
                guard place <= text.endIndex else { return nil }
                parts.append(.gap)
            default:
                guard let part = one() else { return nil }
                parts.append(part)
            }
        }
        return .sequence(parts)
    }

    /// Two hexadecimal digits, either of which may be a question mark.
    private mutating func one() -> BytePattern? {
        let (high, low) = (byte(), byte(1))
        guard high == "?" || high.isASCIIHexDigit, low == "?" || low.isASCIIHexDigit else { return nil }
        place += 2
        guard let high = high.hexValue, let low = low.hexValue else { return .gap }
        return .bytes([(high << 4 | low).lowercased])
    }

    private mutating func skipComment() {
        if byte(1) == "*" {
            place += 2
            while place < text.endIndex, !(byte() == "*" && byte(1) == "/") { place += 1 }
            place = min(place + 2, text.endIndex)
        } else {
            while place < text.endIndex, byte() != "\n" { place += 1 }
        }
    }
}
