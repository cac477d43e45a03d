// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Cuts a stream into rows of CSV (RFC 4180): fields in quotes may hold commas, quotes twice, and line ends.
///
/// A quote that nobody closes would take the rest of the file for one field. So where a quoted field goes on over lines and
/// turns out to be none (no end within some lines, or something behind the quote that ends it), its first line alone is a
/// bad row, and the lines behind it are read again. Lines that begin with `#` are comments, as URLhaus writes them. Holds one
/// row at most.
struct CSVRows {
    enum Row {
        case fields([[UInt8]])
        /// Why it is none.
        case bad(String)
    }

    /// Bytes of a row; more is told as a bad row.
    static let limit = 64 * 1_024
    /// Fields of a row.
    static let fieldLimit = 200
    /// Line ends within the quotes of a row: comments have a few; and how often a line is read again at most.
    static let quotedLines = 20

    private enum Place {
        case fieldStart, plain, quoted, quoteInQuoted, comment
    }

    private var place = Place.fieldStart
    private var fields: [[UInt8]] = []
    private var field: [UInt8] = []
    /// The row as it stands in the file, at most `limit` bytes.
    private var raw: [UInt8] = []
    /// Line ends within quotes so far.
    private var linesInRow = 0
    private var isTooLong = false
    private var line = 1
    private var rowLine = 1
    private let separator: UInt8

    init(separator: UInt8 = UInt8(ascii: ",")) {
        self.separator = separator
    }

    /// Gives every row with the line it begins in.
    mutating func read(_ bytes: Span<UInt8>, _ body: (Int, Row) -> Void) {
        for index in bytes.indices { take(bytes[index], body) }
    }

    /// The last row, when no line end closes it; answers whether the content ends within it: what lacks both its line end and
    /// a quote was cut off.
    mutating func end(_ body: (Int, Row) -> Void) -> Bool {
        // Each time at least one line less is left.
        while place == .quoted {
            guard raw.contains(.lineFeed) else { return true }
            readAgain(body)
        }
        if place != .comment, !fields.isEmpty || !field.isEmpty || place != .fieldStart || isTooLong {
            closeField()
            give(body)
        }
        return false
    }

    private static let open = "a quote that nothing closes"

    private mutating func take(_ byte: UInt8, _ body: (Int, Row) -> Void) {
        if byte == .lineFeed { line += 1 }
        if raw.count < Self.limit { raw.append(byte) } else { isTooLong = true }
        // A row of several lines that is too long was none; the lines behind its first are read again.
        if isTooLong, linesInRow > 0 { return readAgain(upTo: byte, body) }
        switch place {
        case .comment:
            if byte == .lineFeed { begin() }
        case .quoted: quoted(byte, body)
        case .quoteInQuoted where byte == UInt8(ascii: "\""):
            field.append(byte)
            place = .quoted
        case .quoteInQuoted where linesInRow > 0 && !isEndOfField(byte): readAgain(upTo: byte, body)
        case .fieldStart where byte == UInt8(ascii: "#") && fields.isEmpty: place = .comment
        case .fieldStart where byte == UInt8(ascii: "\""): place = .quoted
        case .fieldStart where byte.isBlank && byte != separator: break  // "a", "b" with a blank between
        case .fieldStart, .plain, .quoteInQuoted: plain(byte, body)
        }
    }

    private func isEndOfField(_ byte: UInt8) -> Bool {
        byte == separator || byte == .lineFeed || byte == .carriageReturn || byte.isBlank
    }

    private mutating func quoted(_ byte: UInt8, _ body: (Int, Row) -> Void) {
        if byte == UInt8(ascii: "\"") { return place = .quoteInQuoted }
        if byte == .lineFeed { linesInRow += 1 }
        guard linesInRow <= Self.quotedLines, !isTooLong else {
            // One line that is too long ends with its line, like one without quotes.
            return raw.contains(.lineFeed) ? readAgain(upTo: byte, body) : (place = .plain)
        }
        field.append(byte)
    }

    private mutating func plain(_ byte: UInt8, _ body: (Int, Row) -> Void) {
        switch byte {
        case separator:
            closeField()
            place = .fieldStart
        case .lineFeed:
            closeField()
            give(body)
        case .carriageReturn: break
        default:
            if !isTooLong { field.append(byte) }
            if place == .fieldStart { place = .plain }
        }
    }

    /// The first line of the row is bad; what stands behind it is read as if the quote had not been there.
    ///
    /// Calls itself by `take`, for no more lines than a row may have within quotes.
    private mutating func readAgain(upTo byte: UInt8? = nil, _ body: (Int, Row) -> Void) {
        let lines = isTooLong ? raw + [byte].compactMap(\.self) : raw
        guard let end = lines.firstIndex(of: .lineFeed) else { return }
        body(rowLine, .bad(Self.open))
        line = rowLine + 1
        begin()
        for byte in lines[(end + 1)...] { take(byte, body) }
    }

    private mutating func closeField() {
        if fields.count < Self.fieldLimit { fields.append(field) } else { isTooLong = true }
        field.removeAll(keepingCapacity: true)
    }

    private mutating func give(_ body: (Int, Row) -> Void) {
        if isTooLong {
            body(rowLine, .bad("longer than \(Self.limit) bytes"))
        } else if fields.count > 1 || !(fields.first?.isEmpty ?? true) {
            body(rowLine, .fields(fields))
        }
        begin()
    }

    private mutating func begin() {
        place = .fieldStart
        fields.removeAll(keepingCapacity: true)
        field.removeAll(keepingCapacity: true)
        raw.removeAll(keepingCapacity: true)
        (linesInRow, isTooLong, rowLine) = (0, false, line)
    }
}
