// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Looks for the end of an answer in bytes that come in pieces: the line that begins with our tag.
///
/// A line that ends in `{n}` goes on after n bytes (RFC 3501, section 4.3), so a tag inside a literal ends nothing.
/// Each byte is looked at once.
struct AnswerEnd {
    private let tag: [UInt8]
    private var position = 0
    private var lineStart = 0
    /// Whether the line began as one of the server's, not behind a literal.
    private var isFresh = true

    init(tag: [UInt8]) {
        self.tag = tag + [.space]
    }

    /// Whether `bytes`, all that came so far, holds the whole answer.
    mutating func isReached(in bytes: [UInt8]) -> Bool {
        while position < bytes.count {
            guard bytes[position] == .lineFeed else {
                position += 1
                continue
            }
            let line = bytes[lineStart..<position]
            if isFresh, line.starts(with: tag) { return true }
            let literal = Self.literalLength(endOf: line)
            isFresh = literal == nil
            position += 1 + (literal ?? 0)
            lineStart = position
        }
        return false
    }

    /// The n of a line that ends in `{n}` or `{n+}`.
    private static func literalLength(endOf line: ArraySlice<UInt8>) -> Int? {
        var end = line[...]
        if end.last == .carriageReturn { end.removeLast() }
        guard end.popLast() == UInt8(ascii: "}") else { return nil }
        if end.last == UInt8(ascii: "+") { end.removeLast() }
        // Ten digits hold every length there is; a longer run is no literal.
        let digits = end.suffix(11).reversed().prefix { $0.isASCIIDigit }
        guard (1...10).contains(digits.count), end.dropLast(digits.count).last == UInt8(ascii: "{") else { return nil }
        return digits.reversed().reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
}
