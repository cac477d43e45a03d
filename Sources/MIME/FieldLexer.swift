// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Reads the value of a structured field (RFC 2045, section 5.1; RFC 5322, section 3.2) piece by piece.
///
/// Everything moves forward, so a field costs its length once.
struct FieldLexer {
    private let bytes: ArraySlice<UInt8>
    private var index: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        index = bytes.startIndex
    }

    var next: UInt8? { index < bytes.endIndex ? bytes[index] : nil }
    /// The place in the message, for errors.
    var offset: Int { index }

    /// Takes that byte if it comes next.
    mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        index &+= 1
        return true
    }

    /// Passes white space, line ends and comments; an open comment runs to the end.
    mutating func skipSpace() {
        while let byte = next {
            if byte == UInt8(ascii: "(") {
                skipComment()
            } else if byte.isFoldingSpace {
                index &+= 1
            } else {
                return
            }
        }
    }

    /// Passes everything up to the next `;` that is in no quoted string, and that `;` too.
    mutating func skipToParameter() {
        while let byte = next {
            switch byte {
            case UInt8(ascii: ";"):
                index &+= 1
                return
            case UInt8(ascii: "\""): _ = quotedString()
            case UInt8(ascii: "("): skipComment()
            default: index &+= 1
            }
        }
    }

    /// The bytes up to white space, a comment or one of `stops`.
    mutating func token(stops: StaticString) -> ArraySlice<UInt8> {
        let stops = stops.bytes
        let start = index
        while let byte = next, !byte.isFoldingSpace, byte != UInt8(ascii: "("), !stops.contains(byte) { index &+= 1 }
        return bytes[start..<index]
    }

    /// The bytes up to `;`, white space inside kept.
    mutating func rest() -> ArraySlice<UInt8> {
        let start = index
        while let byte = next, byte != UInt8(ascii: ";") { index &+= 1 }
        var end = index
        while end > start, bytes[end &- 1].isFoldingSpace { end &-= 1 }
        return bytes[start..<end]
    }

    /// What a quoted string says: without quotes, backslashes and line ends; an open one runs to the end.
    mutating func quotedString() -> [UInt8] {
        guard take(UInt8(ascii: "\"")) else { return [] }
        var out: [UInt8] = []
        while let byte = next {
            index &+= 1
            switch byte {
            case UInt8(ascii: "\""): return out
            case UInt8(ascii: "\\"):
                guard let quoted = next else { return out }
                out.append(quoted)
                index &+= 1
            case .carriageReturn, .lineFeed: continue
            default: out.append(byte)
            }
        }
        return out
    }

    private mutating func skipComment() {
        var depth = 0
        while let byte = next {
            index &+= 1
            switch byte {
            case UInt8(ascii: "("): depth &+= 1
            case UInt8(ascii: ")"): depth &-= 1
            case UInt8(ascii: "\\"): index = min(index &+ 1, bytes.endIndex)
            default: break
            }
            if depth == 0 { return }
        }
    }
}

extension UInt8 {
    /// Space, tab, CR or LF.
    var isFoldingSpace: Bool { self == .space || self == .tab || self == .carriageReturn || self == .lineFeed }
}

extension Collection<UInt8> {
    /// The bytes in lower case as text, for comparing names.
    var lowercasedText: String { lowercased.text }
}
