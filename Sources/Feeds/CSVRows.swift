// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Cuts a stream into rows of CSV (RFC 4180): fields in quotes may hold commas, quotes twice, and line ends.
///
/// Lines that begin with `#` are comments, as URLhaus writes them. Holds one row at most.
struct CSVRows {
    /// Bytes of a row; more is told as a bad row.
    static let limit = 64 * 1_024
    /// Fields of a row.
    static let fieldLimit = 200

    private enum Place {
        case fieldStart, plain, quoted, quoteInQuoted, comment
    }

    private var place = Place.fieldStart
    private var fields: [[UInt8]] = []
    private var field: [UInt8] = []
    private var size = 0
    private var isTooLong = false
    private var line = 1
    private var rowLine = 1
    private let separator: UInt8

    init(separator: UInt8 = UInt8(ascii: ",")) {
        self.separator = separator
    }

    /// Gives every row with the line it begins in; nil for one that is too long.
    mutating func read(_ bytes: Span<UInt8>, _ body: (Int, [[UInt8]]?) -> Void) {
        for index in bytes.indices { take(bytes[index], body) }
    }

    /// The last row, when no line end closes it; answers whether it ended within quotes.
    mutating func end(_ body: (Int, [[UInt8]]?) -> Void) -> Bool {
        let isOpen = place == .quoted
        if place != .comment, !fields.isEmpty || !field.isEmpty || place != .fieldStart || isTooLong {
            closeField()
            give(body)
        }
        return isOpen
    }

    private mutating func take(_ byte: UInt8, _ body: (Int, [[UInt8]]?) -> Void) {
        if byte == .lineFeed { line += 1 }
        switch place {
        case .comment:
            if byte == .lineFeed { begin() }
        case .quoted:
            if byte == UInt8(ascii: "\"") { place = .quoteInQuoted } else { keep(byte) }
        case .quoteInQuoted where byte == UInt8(ascii: "\""):
            keep(byte)
            place = .quoted
        case .fieldStart where byte == UInt8(ascii: "#") && fields.isEmpty: place = .comment
        case .fieldStart where byte == UInt8(ascii: "\""): place = .quoted
        case .fieldStart where byte.isBlank && byte != separator: break  // "a", "b" with a blank between
        case .fieldStart, .plain, .quoteInQuoted: plain(byte, body)
        }
    }

    private mutating func plain(_ byte: UInt8, _ body: (Int, [[UInt8]]?) -> Void) {
        switch byte {
        case separator:
            closeField()
            place = .fieldStart
        case .lineFeed:
            closeField()
            give(body)
        case .carriageReturn: break
        default:
            keep(byte)
            if place == .fieldStart { place = .plain }
        }
    }

    private mutating func keep(_ byte: UInt8) {
        size += 1
        if size <= Self.limit { field.append(byte) } else { isTooLong = true }
    }

    private mutating func closeField() {
        if fields.count < Self.fieldLimit { fields.append(field) } else { isTooLong = true }
        field.removeAll(keepingCapacity: true)
    }

    private mutating func give(_ body: (Int, [[UInt8]]?) -> Void) {
        if isTooLong {
            body(rowLine, nil)
        } else if fields.count > 1 || !(fields.first?.isEmpty ?? true) {
            body(rowLine, fields)
        }
        begin()
    }

    private mutating func begin() {
        place = .fieldStart
        fields.removeAll(keepingCapacity: true)
        field.removeAll(keepingCapacity: true)
        (size, isTooLong, rowLine) = (0, false, line)
    }
}
