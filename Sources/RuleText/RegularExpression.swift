// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Reads YARA's regular expressions, as far as their literals go; case never matters, since the index folds it.
struct RegularExpression {
    /// Brackets within brackets: libyara's own parser refuses a little more.
    static let depthLimit = 64

    private let text: ArraySlice<UInt8>
    private var place: Int

    /// What stands between the slashes, as a pattern; nil when it is not understood.
    static func pattern(_ text: ArraySlice<UInt8>) -> BytePattern? {
        var reader = RegularExpression(text: text, place: text.startIndex)
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
            guard byte() == "|", place < text.endIndex else { break }
            place += 1
        }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence(depth: Int) -> BytePattern? {
        var parts: [BytePattern] = []
        while place < text.endIndex, byte() != "|", byte() != ")" {
            guard let part = single(depth: depth) else { return nil }
            guard let repeated = quantified(part) else { return nil }
            parts.append(repeated)
        }
        return .sequence(parts)
    }

    private mutating func single(depth: Int) -> BytePattern? {
        let first = byte()
        place += 1
        switch first {
        case "(":
            guard byte() != "?", let inner = choice(depth: depth + 1), byte() == ")" else { return nil }
            place += 1
            return inner
        case "[": return characterClass()
        case ".": return .gap
        case "^", "$": return .sequence([])
        case "*", "+", "?": return nil
        case "\\": return escape(inClass: false)
        default: return .bytes([first.lowercased])
        }
    }

    /// What follows a backslash; `.gap` for a class of characters.
    private mutating func escape(inClass: Bool) -> BytePattern? {
        guard place < text.endIndex else { return nil }
        let letter = byte()
        place += 1
        switch letter {
        case "n": return .bytes([0x0A])
        case "t": return .bytes([0x09])
        case "r": return .bytes([0x0D])
        case "f": return .bytes([0x0C])
        case "a": return .bytes([0x07])
        case "x":
            guard let high = byte().hexValue, let low = byte(1).hexValue else { return nil }
            place += 2
            return .bytes([(high << 4 | low).lowercased])
        case "w", "W", "s", "S", "d", "D": return .gap
        case "b", "B": return inClass ? .gap : .sequence([])
        case let other where other.isASCIIAlphanumeric:
            // Nothing that is documented: libyara takes the letter itself, another version might not.
            return .gap
        default: return .bytes([letter])
        }
    }

    private mutating func characterClass() -> BytePattern? {
        var members: Set<UInt8> = []
        var isOpen = false
        if byte() == "^" {
            isOpen = true
            place += 1
        }
        var isFirst = true
        while place < text.endIndex, isFirst || byte() != "]" {
            isFirst = false
            guard let low = member() else { return nil }
            guard case .bytes(let one) = low, byte() == "-", byte(1) != "]", place + 1 < text.endIndex else {
                if case .bytes(let bytes) = low { members.formUnion(bytes.lowercased) } else { isOpen = true }
                continue
            }
            place += 1
            guard case .bytes(let other)? = member(), one[0] <= other[0] else { return nil }
            for byte in one[0]...other[0] { members.insert(byte.lowercased) }
        }
        guard byte() == "]", place < text.endIndex else { return nil }
        place += 1
        return isOpen || members.isEmpty || members.count > BytePattern.choiceLimit ? .gap : .bytes(members.sorted())
    }

    /// One member of a class, its letter's case kept: ranges need it.
    private mutating func member() -> BytePattern? {
        let first = byte()
        place += 1
        guard first == "\\" else { return .bytes([first]) }
        if byte() == "x", let high = byte(1).hexValue, let low = byte(2).hexValue {
            place += 3
            return .bytes([high << 4 | low])
        }
        return escape(inClass: true)
    }

    /// The part with the quantifier behind it, if there is one.
    private mutating func quantified(_ part: BytePattern) -> BytePattern? {
        guard place < text.endIndex else { return part }
        let range: (Int, Int?)
        switch byte() {
        case "*": range = (0, nil)
        case "+": range = (1, nil)
        case "?": range = (0, 1)
        case "{":
            guard let counts = counts() else { return nil }
            range = counts
        default: return part
        }
        place += 1
        if byte() == "?", place < text.endIndex { place += 1 }
        return .repeated(part, from: range.0, to: range.1)
    }

    /// `{2}`, `{2,}`, `{,3}`, `{2,3}`; leaves the place at the closing brace.
    private mutating func counts() -> (Int, Int?)? {
        guard let end = text[place...].firstIndex(of: UInt8(ascii: "}")) else { return nil }
        let parts = text[place + 1..<end].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        place = end
        guard parts.count <= 2, parts.allSatisfy({ $0.count <= 6 && $0.allSatisfy(\.isASCIIDigit) }) else { return nil }
        let from = Int(parts[0].map { $0 }.text)
        guard parts.count == 2 else { return from.map { ($0, $0) } }
        return (from ?? 0, Int(parts[1].map { $0 }.text))
    }
}
