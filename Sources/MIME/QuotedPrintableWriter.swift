// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Writes text in quoted-printable, no line longer than 76 bytes (RFC 2045, section 6.7).
struct QuotedPrintableWriter {
    /// The longest line, its soft break included.
    static let lineLimit = 76

    private(set) var bytes: [UInt8] = []
    /// Bytes in the line so far.
    var column = 0
    let lineEnd: [UInt8]

    init(lineEnd: [UInt8], column: Int = 0) {
        self.lineEnd = lineEnd
        self.column = column
    }

    /// The text as a whole: line ends become hard breaks, everything else is one run.
    static func encode(_ text: [UInt8], lineEnd: [UInt8]) -> [UInt8] {
        var writer = QuotedPrintableWriter(lineEnd: lineEnd)
        writer.bytes.reserveCapacity(text.count + text.count / 8)
        writer.append(text[...])
        return writer.bytes
    }

    /// A run of text; white space at its end is written so that no line end can follow it bare.
    mutating func append(_ text: ArraySlice<UInt8>) {
        var index = text.startIndex
        while index < text.endIndex {
            let run = literals(text, from: index)
            if run > index {
                bytes.append(contentsOf: text[index..<run])
                column += run - index
                index = run
                continue
            }
            let size = Self.lineEndSize(text, at: index)
            if size > 0 {
                bytes.append(contentsOf: lineEnd)
                column = 0
                index += size
            } else {
                let isLast = index + 1 == text.endIndex || Self.lineEndSize(text, at: index + 1) > 0
                append(text[index], isLast: isLast)
                index += 1
            }
        }
    }

    /// Where the bytes end that stand for themselves and fit into the line; what is left is looked at one by one.
    private func literals(_ text: ArraySlice<UInt8>, from start: Int) -> Int {
        // A line of ours never starts as a delimiter line does, whatever boundary the sender chose.
        guard column > 0 || text[start] != UInt8(ascii: "-") else { return start }
        let end = min(text.endIndex, start + max(0, Self.lineLimit - 1 - column))
        var index = start
        while index < end, Self.isLiteral(text[index], isLast: true) { index += 1 }
        return index
    }

    mutating func softBreak() {
        bytes.append(UInt8(ascii: "="))
        bytes.append(contentsOf: lineEnd)
        column = 0
    }

    /// One byte, always as an escape.
    mutating func appendEscaped(_ byte: UInt8) {
        if column + 3 >= Self.lineLimit { softBreak() }
        bytes.append(UInt8(ascii: "="))
        bytes.append(Self.digit(byte >> 4))
        bytes.append(Self.digit(byte & 15))
        column += 3
    }

    private mutating func append(_ byte: UInt8, isLast: Bool) {
        guard Self.isLiteral(byte, isLast: isLast) else { return appendEscaped(byte) }
        if column + 1 >= Self.lineLimit { softBreak() }
        if column == 0, byte == UInt8(ascii: "-") { return appendEscaped(byte) }
        bytes.append(byte)
        column += 1
    }

    private static func isLiteral(_ byte: UInt8, isLast: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "="): false
        case .space, .tab: !isLast
        default: byte > .space && byte < 0x7F
        }
    }

    /// 1 for a line feed, 2 for CR LF, else 0: a CR alone is data.
    private static func lineEndSize(_ text: ArraySlice<UInt8>, at index: Int) -> Int {
        guard index < text.endIndex else { return 0 }
        if text[index] == .lineFeed { return 1 }
        guard text[index] == .carriageReturn, index + 1 < text.endIndex else { return 0 }
        return text[index + 1] == .lineFeed ? 2 : 0
    }

    /// RFC 2045 wants capitals.
    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x41 + value - 10 }
}
