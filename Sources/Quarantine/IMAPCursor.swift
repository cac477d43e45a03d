// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The words of an IMAP answer, read from left to right (RFC 3501, section 9).
///
/// Every method returns nil and may leave the position anywhere when the bytes are something else; the caller goes on
/// with the next line. The position only grows, so reading is linear whatever the server sends.
struct IMAPCursor {
    private let bytes: [UInt8]
    private(set) var position = 0

    /// Lists in lists that are stepped over: far beyond any real BODYSTRUCTURE.
    private static let depthLimit = 100

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position >= bytes.count }

    /// The next byte; nil at the end.
    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// Steps over one given byte.
    mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    /// A run of bytes that are neither space nor a parenthesis, quote or control.
    mutating func atom() -> [UInt8]? {
        let start = position
        while let byte = next, byte > .space, byte != 0x7F, !StaticString("()\"{").bytes.contains(byte) {
            position += 1
        }
        return position > start ? Array(bytes[start..<position]) : nil
    }

    /// The name of a FETCH item: an atom, and when it has a bracket, all up to the closing one (`BODY[… (…)]`).
    mutating func itemName() -> [UInt8]? {
        let start = position
        while let byte = next, byte > .space, byte != UInt8(ascii: "["), byte != UInt8(ascii: ")") { position += 1 }
        if next == UInt8(ascii: "[") {
            while let byte = next, byte >= .space, byte != UInt8(ascii: "]") { position += 1 }
            guard take(UInt8(ascii: "]")) else { return nil }
        }
        return position > start ? Array(bytes[start..<position]) : nil
    }

    /// A decimal number of 32 bits.
    mutating func number() -> UInt32? {
        var value: UInt32?
        while let byte = next, byte.isASCIIDigit {
            let (product, high) = (value ?? 0).multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt32(byte &- 0x30))
            guard !high, !carry else { return nil }
            value = sum
            position += 1
        }
        return value
    }

    /// A quoted string or a literal.
    mutating func string() -> [UInt8]? {
        switch next {
        case UInt8(ascii: "\""): quotedString()
        case UInt8(ascii: "{"): literal()
        default: nil
        }
    }

    /// A quoted string, a literal, or an atom (a folder's name may be any of them).
    mutating func anyString() -> [UInt8]? {
        next == UInt8(ascii: "\"") || next == UInt8(ascii: "{") ? string() : atom()
    }

    private mutating func quotedString() -> [UInt8]? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        var out: [UInt8] = []
        while let byte = next, byte != .carriageReturn, byte != .lineFeed {
            position += 1
            if byte == UInt8(ascii: "\"") { return out }
            guard byte == UInt8(ascii: "\\") else {
                out.append(byte)
                continue
            }
            guard let escaped = next else { return nil }
            out.append(escaped)
            position += 1
        }
        return nil
    }

    private mutating func literal() -> [UInt8]? {
        guard take(UInt8(ascii: "{")), let length = number() else { return nil }
        _ = take(UInt8(ascii: "+"))
        guard take(UInt8(ascii: "}")) else { return nil }
        _ = take(.carriageReturn)
        guard take(.lineFeed), Int(length) <= bytes.count - position else { return nil }
        let start = position
        position += Int(length)
        return Array(bytes[start..<position])
    }

    /// Steps over one value: an atom, a string, or a list with all that is in it.
    mutating func skipValue() -> Bool {
        var depth = 0
        repeat {
            while next == .space { position += 1 }
            if take(UInt8(ascii: "(")) {
                depth += 1
            } else if take(UInt8(ascii: ")")) {
                depth -= 1
            } else if anyString() == nil {
                return false
            }
        } while depth > 0 && depth <= Self.depthLimit
        return depth == 0
    }

    /// The rest of the line without its end, and steps over both.
    mutating func restOfLine() -> ArraySlice<UInt8> {
        let start = position
        while let byte = next, byte != .lineFeed { position += 1 }
        let end = position
        if position < bytes.count { position += 1 }
        return end > start && bytes[end - 1] == .carriageReturn ? bytes[start..<(end - 1)] : bytes[start..<end]
    }
}
