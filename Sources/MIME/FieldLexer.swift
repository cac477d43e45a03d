// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Reads the value of a structured field (RFC 2045, section 5.1; RFC 5322, section 3.2) piece by piece.
///
/// Everything moves forward, so a field costs its length once.
struct FieldLexer {
    private let bytes: ArraySlice<UInt8>
    private var index: Int
    let habits: ClientHabits
    /// What was passed over or bent so far.
    private(set) var oddities: Oddities = []

    init(_ bytes: ArraySlice<UInt8>, habits: ClientHabits = .first) {
        self.bytes = bytes
        self.habits = habits
        index = bytes.startIndex
    }

    var next: UInt8? { index < bytes.endIndex ? bytes[index] : nil }
    /// The place in the message, for errors.
    var offset: Int { index }

    mutating func note(_ oddity: Oddities) { oddities.formUnion(oddity) }

    /// Takes that byte if it comes next.
    mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        index &+= 1
        return true
    }

    /// Passes white space, line ends and comments; an open comment runs to the end.
    mutating func skipSpace() {
        while let byte = next {
            if byte == UInt8(ascii: "("), habits.readsComments {
                skipComment()
            } else if byte.isFoldingSpace {
                index &+= 1
            } else {
                return
            }
        }
    }

    /// Passes white space, comments and any of `separators`.
    mutating func skip(_ separators: StaticString) {
        let separators = separators.bytes
        while true {
            skipSpace()
            guard let byte = next, separators.contains(byte) else { return }
            index &+= 1
        }
    }

    /// The bytes up to white space, a comment or one of `stops`.
    mutating func token(stops: StaticString) -> ArraySlice<UInt8> {
        let stops = stops.bytes
        let start = index
        while let byte = next, !byte.isFoldingSpace, !opensComment(byte), !stops.contains(byte) { index &+= 1 }
        return bytes[start..<index]
    }

    /// The bytes up to `;`, white space inside kept, comments left out unless they belong to the text.
    mutating func rest(keepsParentheses: Bool) -> [UInt8] {
        var out: [UInt8] = []
        while let byte = next, byte != UInt8(ascii: ";") {
            if !keepsParentheses, opensComment(byte) {
                skipComment()
            } else {
                out.append(byte)
                index &+= 1
            }
        }
        while let last = out.last, last.isFoldingSpace { out.removeLast() }
        return out
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
                note(.leniency)
                guard let quoted = next else { return out }
                if !habits.isLenient { out.append(byte) }
                out.append(quoted)
                index &+= 1
            case .carriageReturn, .lineFeed: continue
            default: out.append(byte)
            }
        }
        return out
    }

    private func opensComment(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "(") && habits.readsComments }

    private mutating func skipComment() {
        note(.comment)
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
