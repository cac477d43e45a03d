// SPDX-License-Identifier: Apache-2.0

import Bytes
import PDF

/// Which objects of a PDF are files that somebody can save or open from it, and what they are called (ISO 32000-2, section
/// 7.11.4).
///
/// What a key of file specifications refers to is one, wherever that stands: neither the tree of names nor the dictionaries
/// around it are believed. That is more than a viewer offers, never less.
struct PDFFileSearch {
    /// By object number; empty names where there are none.
    private(set) var names: [Int: [UInt8]] = [:]
    private(set) var isEncrypted = false
    /// There are more than were looked for.
    private(set) var isOverfull = false

    private static let keys: Set<[UInt8]> = Set(["F", "UF", "DOS", "Mac", "Unix"].map { Array($0.utf8) })
    private static let object = ("obj" as StaticString).bytes
    /// Bytes of a name, and of a string that is passed over.
    private static let textSize = 4_096
    /// Dictionaries within one another that are told apart; deeper ones count as the last of them.
    private static let depth = 64

    /// A dictionary that is open: what it calls its file, and the files in it that have no name.
    private struct Level {
        var name: [UInt8] = []
        var files: [Int] = []
    }

    private var levels = [Level()]
    /// The key whose value comes next.
    private var key: [UInt8]?
    private var pair = PDFNumberPair()
    /// Files that are looked for.
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    mutating func read(_ bytes: [UInt8], in range: Range<Int>, by pass: PDFPass) {
        beginObject()
        var place = range.lowerBound
        while place < range.upperBound {
            if key == nil { place = Self.nextSign(bytes.span, from: place, to: range.upperBound) }
            guard place < range.upperBound else { return }
            if let end = value(bytes, at: place) {
                place = end
            } else if pass == .inOrder, let end = PDFText.endOfPassage(bytes, at: place, limit: Self.textSize) {
                place = end
            } else {
                place = step(bytes, at: place)
            }
        }
    }

    /// Where something stands that is more than a part of a value nobody asked for.
    private static func nextSign(_ bytes: Span<UInt8>, from place: Int, to end: Int) -> Int {
        var place = place
        while place < end {
            switch bytes[place] {
            case UInt8(ascii: "/"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "o"), UInt8(ascii: "("),
                UInt8(ascii: "%"):
                return place
            default: place &+= 1
            }
        }
        return place
    }

    /// Reads a string that is the value of a key; nil where none stands.
    private mutating func value(_ bytes: [UInt8], at place: Int) -> Int? {
        guard let key else { return nil }
        let text: (bytes: [UInt8], end: Int)
        switch bytes[place] {
        case UInt8(ascii: "("): text = PDFText.literal(bytes, at: place, limit: Self.textSize)
        case UInt8(ascii: "<") where place + 1 < bytes.count && bytes[place + 1].isASCIIHexDigit:
            text = PDFText.hexadecimal(bytes, at: place, limit: Self.textSize)
        default: return nil
        }
        // The name in Unicode is the one that viewers show.
        if levels[levels.count - 1].name.isEmpty || key == ("UF" as StaticString).bytes {
            levels[levels.count - 1].name = Self.utf8(text.bytes)
        }
        self.key = nil
        return text.end
    }

    private mutating func step(_ bytes: [UInt8], at place: Int) -> Int {
        switch bytes[place] {
        case UInt8(ascii: "/"): return takeName(bytes, at: place)
        case UInt8(ascii: "<") where place + 1 < bytes.count && bytes[place + 1] == UInt8(ascii: "<"):
            if levels.count < Self.depth { levels.append(Level()) }
            clear()
            return place + 2
        case UInt8(ascii: ">") where place + 1 < bytes.count && bytes[place + 1] == UInt8(ascii: ">"):
            endDictionary()
            return place + 2
        case UInt8(ascii: "R"):
            if key != nil, let number = pair.object { takeFile(number) }
            clear()
            return place + 1
        case UInt8(ascii: "o") where bytes.has(Self.object, at: place):
            beginObject()
            return place + Self.object.count
        case 0x00...0x20, 0x30...0x39: return pair.step(bytes, at: place)
        default:
            clear()
            return place + 1
        }
    }

    private mutating func clear() {
        key = nil
        pair = PDFNumberPair()
    }

    private mutating func beginObject() {
        levels = [Level()]
        clear()
    }

    private mutating func takeName(_ bytes: [UInt8], at place: Int) -> Int {
        clear()
        let name = PDFText.name(bytes, at: place)
        if Self.keys.contains(name.bytes) { key = name.bytes }
        if name.bytes == ("Encrypt" as StaticString).bytes { isEncrypted = true }
        return name.end
    }

    private mutating func takeFile(_ number: Int) {
        if names[number] == nil {
            guard names.count < limit else {
                isOverfull = true
                return
            }
            names[number] = []
        }
        levels[levels.count - 1].files.append(number)
    }

    /// Gives the dictionary's files its name; one without a name leaves that to the dictionary around it.
    private mutating func endDictionary() {
        clear()
        guard levels.count > 1, let level = levels.popLast() else { return }
        guard !level.name.isEmpty else {
            levels[levels.count - 1].files += level.files
            return
        }
        for file in level.files where names[file]?.isEmpty == true { names[file] = level.name }
    }

    /// A text string is in UTF-16 or UTF-8 behind a mark of that, or in one byte a character (section 7.9.2.2), which are
    /// Latin-1's but for a few signs; programs write UTF-8 without a mark, too.
    private static func utf8(_ text: [UInt8]) -> [UInt8] {
        if text.starts(with: [0xFE, 0xFF]) {
            let units = stride(from: 2, to: text.count - 1, by: 2).map { UInt16(text[$0]) << 8 | UInt16(text[$0 + 1]) }
            return Array(String(decoding: units, as: UTF16.self).utf8)
        }
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(text[3...]) }
        guard String(validating: text, as: UTF8.self) == nil else { return text }
        return Array(String(String.UnicodeScalarView(text.map { Unicode.Scalar($0) })).utf8)
    }
}
