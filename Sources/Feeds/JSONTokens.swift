// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Cuts a stream of JSON (RFC 8259) into tokens, byte by byte; holds one string or number at most.
///
/// It checks the grammar, for a page of HTML or half a file must not pass for a list with nothing in it. A string
/// beyond the limit comes as `longString`: its beginning is of no use, and it does not end the run.
struct JSONTokens {
    enum Token: Hashable {
        case beginObject, endObject, beginArray, endArray
        case key([UInt8])
        case string([UInt8])
        case longString
        /// As it is written.
        case number([UInt8])
        case bool(Bool)
        case null
    }

    /// Bytes of a string or number that are held: what a value of ours can have, and some.
    static let stringLimit = 64 * 1_024
    /// Arrays and objects inside one another: stops a feed of brackets.
    static let depthLimit = 64

    private enum Expecting { case value, valueOrEnd, key, keyOrEnd, colon, commaOrEnd, nothing }
    private enum Scalar { case none, string, escape, hex(Int), number, word }

    private var expecting = Expecting.value
    private var scalar = Scalar.none
    private var open: [Bool] = []  // true: an object
    private var held: [UInt8] = []
    private var isLong = false
    private var isKey = false
    private var unit: UInt32 = 0
    private var highSurrogate: UInt32?
    private(set) var offset = 0

    /// How many arrays and objects are open.
    var depth: Int { open.count }

    mutating func read(_ bytes: Span<UInt8>, _ body: (Token) -> Void) throws(FeedFault) {
        for index in bytes.indices {
            try take(bytes[index], body)
            offset += 1
        }
    }

    /// The content has ended; it must be whole.
    mutating func end(_ body: (Token) -> Void) throws(FeedFault) {
        if case .number = scalar { try endScalar(body) }
        if case .word = scalar { try endScalar(body) }
        guard case .none = scalar, case .nothing = expecting else {
            throw FeedFault("the JSON ends at byte \(offset) and is not whole")
        }
    }

    private func fault(_ expected: String) -> FeedFault { FeedFault("no JSON at byte \(offset): expected \(expected)") }

    // MARK: Bytes

    private mutating func take(_ byte: UInt8, _ body: (Token) -> Void) throws(FeedFault) {
        switch scalar {
        case .string: try string(byte, body)
        case .escape: try escape(byte)
        case .hex(let left): try hex(byte, left)
        case .number, .word:
            if byte.isASCIIAlphanumeric || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: ".")
            {
                guard held.count < 64 else { throw fault("a shorter number") }
                held.append(byte)
            } else {
                try endScalar(body)
                try structure(byte, body)
            }
        case .none: try structure(byte, body)
        }
    }

    private mutating func structure(_ byte: UInt8, _ body: (Token) -> Void) throws(FeedFault) {
        switch byte {
        case 0x20, 0x09, 0x0A, 0x0D: return
        case 0xEF where offset == 0, 0xBB where offset == 1, 0xBF where offset == 2: return  // a byte order mark
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            try expectValue()
            guard open.count < Self.depthLimit else { throw fault("at most \(Self.depthLimit) levels") }
            let isObject = byte == UInt8(ascii: "{")
            open.append(isObject)
            expecting = isObject ? .keyOrEnd : .valueOrEnd
            body(isObject ? .beginObject : .beginArray)
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            let isObject = byte == UInt8(ascii: "}")
            guard open.last == isObject, mayEnd(isObject) else { throw fault("a value") }
            open.removeLast()
            ended()
            body(isObject ? .endObject : .endArray)
        case UInt8(ascii: ","):
            guard case .commaOrEnd = expecting, let isObject = open.last else { throw fault("a value") }
            expecting = isObject ? .key : .value
        case UInt8(ascii: ":"):
            guard case .colon = expecting else { throw fault("a value") }
            expecting = .value
        case UInt8(ascii: "\""): try beginString()
        default: try beginScalar(byte)
        }
    }

    private func mayEnd(_ isObject: Bool) -> Bool {
        switch expecting {
        case .commaOrEnd: true
        case .keyOrEnd: isObject
        case .valueOrEnd: !isObject
        case .value, .key, .colon, .nothing: false
        }
    }

    private func expectValue() throws(FeedFault) {
        switch expecting {
        case .value, .valueOrEnd: return
        case .key, .keyOrEnd: throw fault("a key")
        case .colon: throw fault("':'")
        case .commaOrEnd: throw fault("',' or an end")
        case .nothing: throw fault("the end")
        }
    }

    private mutating func ended() { expecting = open.isEmpty ? .nothing : .commaOrEnd }

    // MARK: Scalars

    private mutating func beginString() throws(FeedFault) {
        switch expecting {
        case .key, .keyOrEnd: isKey = true
        default:
            try expectValue()
            isKey = false
        }
        scalar = .string
    }

    private mutating func beginScalar(_ byte: UInt8) throws(FeedFault) {
        try expectValue()
        guard byte.isASCIIDigit || byte == UInt8(ascii: "-") || "tfn".utf8.contains(byte) else {
            throw fault("a value")
        }
        scalar = byte.isASCIILetter ? .word : .number
        held.append(byte)
    }

    private mutating func endScalar(_ body: (Token) -> Void) throws(FeedFault) {
        let text = held
        held.removeAll(keepingCapacity: true)
        if case .word = scalar {
            switch text.text {
            case "true": body(.bool(true))
            case "false": body(.bool(false))
            case "null": body(.null)
            default: throw fault("a value")
            }
        } else {
            body(.number(text))
        }
        scalar = .none
        ended()
    }

    private mutating func string(_ byte: UInt8, _ body: (Token) -> Void) throws(FeedFault) {
        switch byte {
        case UInt8(ascii: "\""):
            if highSurrogate != nil { keep(scalar: 0xFFFD) }
            let text = held
            held.removeAll(keepingCapacity: true)
            scalar = .none
            if isKey {
                expecting = .colon
                body(.key(isLong ? [] : text))
            } else {
                ended()
                body(isLong ? .longString : .string(text))
            }
            isLong = false
        case UInt8(ascii: "\\"): scalar = .escape
        case 0..<0x20: throw fault("no control character in a string")
        default:
            if highSurrogate != nil { keep(scalar: 0xFFFD) }
            keep(byte)
        }
    }

    private mutating func escape(_ byte: UInt8) throws(FeedFault) {
        scalar = .string
        if byte == UInt8(ascii: "u") {
            scalar = .hex(4)
            unit = 0
            return
        }
        if highSurrogate != nil { keep(scalar: 0xFFFD) }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): keep(byte)
        case UInt8(ascii: "b"): keep(0x08)
        case UInt8(ascii: "f"): keep(0x0C)
        case UInt8(ascii: "n"): keep(.lineFeed)
        case UInt8(ascii: "r"): keep(.carriageReturn)
        case UInt8(ascii: "t"): keep(.tab)
        default: throw fault("an escape that JSON has")
        }
    }

    private mutating func hex(_ byte: UInt8, _ left: Int) throws(FeedFault) {
        guard let value = byte.hexValue else { throw fault("four hexadecimal digits") }
        unit = unit << 4 | UInt32(value)
        guard left == 1 else {
            scalar = .hex(left - 1)
            return
        }
        scalar = .string
        if let high = highSurrogate, (0xDC00..<0xE000).contains(unit) {
            highSurrogate = nil
            return keep(scalar: 0x10000 + (high - 0xD800) << 10 + (unit - 0xDC00))
        }
        if highSurrogate != nil { keep(scalar: 0xFFFD) }
        if (0xD800..<0xDC00).contains(unit) { highSurrogate = unit } else { keep(scalar: unit) }
    }

    /// A surrogate that has lost its other half reads as U+FFFD.
    private mutating func keep(scalar value: UInt32) {
        highSurrogate = nil
        for byte in String(Unicode.Scalar(value) ?? "\u{FFFD}").utf8 { keep(byte) }
    }

    private mutating func keep(_ byte: UInt8) {
        if held.count < Self.stringLimit { held.append(byte) } else { isLong = true }
    }
}
