// SPDX-License-Identifier: Apache-2.0

// PDF: the streams of a PDF with their filters undone, and its names, numbers and strings (ISO 32000-2, section 7).
//
// For who looks into a PDF without drawing it. No cross-reference table is followed and no tree is built: a stream is found
// wherever it stands, also in an object that no table mentions, in files cut short and in those with junk around, because
// viewers repair what they open. Two modules ask: `AttachmentLinks` for what a PDF leads to, `Unpacking` for the files in it.

import Bytes

/// A stream of a PDF: its dictionary, and where its bytes are.
package struct PDFStream {
    /// The names of the dictionary itself, and of none within it, in their order.
    private var names: [[UInt8]] = []
    /// As the dictionary has it; nil where that stands in another object.
    private var length: Int?
    /// From the stream before to this one: its object begins here.
    package let head: Range<Int>
    /// Up to the word that ends it: the length is not believed.
    package let content: Range<Int>
    /// The dictionary begins farther before the stream than is looked.
    package private(set) var isOverlong = false
    /// What comes out of its filters are differences (section 7.4.4.4), which are not added up here.
    package private(set) var isPredicted = false

    /// Bytes before the word `stream` that may be its dictionary.
    private static let dictionarySize = 64 * 1_024
    private static let start = ("stream" as StaticString).bytes
    private static let end = ("endstream" as StaticString).bytes
    private static let object = ("obj" as StaticString).bytes

    /// The next stream.
    package static func next(in bytes: [UInt8], from begin: Int) -> PDFStream? {
        var place = begin
        while let found = bytes.span.range(of: start, from: place, to: bytes.count)?.lowerBound {
            place = found + start.count
            guard place < bytes.count, bytes[place] <= 0x20, !bytes.has(end, at: found - 3) else { continue }
            var first = place
            if bytes[first] == 0x0D { first += 1 }
            if first < bytes.count, bytes[first] == 0x0A { first += 1 }
            let last = bytes.span.range(of: end, from: first, to: bytes.count)?.lowerBound ?? bytes.count
            return PDFStream(bytes, head: begin..<found, content: first..<max(first, last))
        }
        return nil
    }

    private init(_ bytes: [UInt8], head: Range<Int>, content: Range<Int>) {
        self.head = head
        self.content = content
        let least = max(head.lowerBound, head.upperBound - Self.dictionarySize)
        var start = head.upperBound
        while start > least, !bytes.has(Self.object, at: start) { start -= 1 }
        isOverlong = start == least && least > head.lowerBound
        readDictionary(bytes, start..<head.upperBound)
    }

    private mutating func readDictionary(_ bytes: [UInt8], _ range: Range<Int>) {
        var place = range.lowerBound
        var depth = 0
        while place < range.upperBound {
            switch bytes[place] {
            case UInt8(ascii: "/"):
                let name = PDFText.name(bytes, at: place)
                if depth <= 1 { names.append(name.bytes) }
                place = name.end
                // The last name may go into the word behind the dictionary.
                guard place < range.upperBound else { return }
                readNumber(of: name.bytes, isOwn: depth <= 1, bytes, place..<range.upperBound)
            case UInt8(ascii: "("): place = PDFText.literal(bytes, at: place, limit: Self.dictionarySize).end
            case UInt8(ascii: "<") where place + 1 < range.upperBound && bytes[place + 1] == UInt8(ascii: "<"):
                depth += 1
                place += 2
            case UInt8(ascii: ">") where place + 1 < range.upperBound && bytes[place + 1] == UInt8(ascii: ">"):
                depth -= 1
                place += 2
            default: place += 1
            }
        }
    }

    private mutating func readNumber(of name: [UInt8], isOwn: Bool, _ bytes: [UInt8], _ range: Range<Int>) {
        if isOwn, name == ("Length" as StaticString).bytes { length = PDFText.number(bytes, in: range) }
        if name == ("Predictor" as StaticString).bytes, PDFText.number(bytes, in: range) != 1 { isPredicted = true }
    }

    private func has(_ name: StaticString) -> Bool { names.contains(name.bytes) }

    /// The filters in the order in which they are undone.
    package var filters: [[UInt8]] {
        guard let key = names.firstIndex(of: ("Filter" as StaticString).bytes) ?? names.firstIndex(of: [0x46]) else {
            return []
        }
        return Array(names[(key + 1)...].prefix { PDFFilter(name: $0) != nil }.prefix(8))
    }

    package var isEmbeddedFile: Bool { has("EmbeddedFile") }
    /// Holds objects, and no file.
    package var isObjectStream: Bool { has("ObjStm") }

    /// Pictures, fonts, colours and tables of places hold no link.
    package var isWorthReading: Bool {
        !(has("Image") && has("Width")) && !has("XRef") && !has("Length1") && !has("FontFile3") && !has("ICCBased")
            && !has("Metadata") && !has("CIDFontType0C")
    }

    /// Numbers of objects that begin between the stream before and this one, however the bytes between are read; one of them
    /// is the stream's own.
    package func numbers(in bytes: [UInt8]) -> Set<Int> {
        PDFPass.allCases.reduce(into: []) { numbers, pass in addNumbers(in: bytes, by: pass, to: &numbers) }
    }

    private func addNumbers(in bytes: [UInt8], by pass: PDFPass, to numbers: inout Set<Int>) {
        var pair = PDFNumberPair()
        var place = head.lowerBound
        while place < head.upperBound {
            if pass == .inOrder, let end = PDFText.endOfPassage(bytes, at: place, limit: Self.dictionarySize) {
                place = end
            } else if bytes[place] == UInt8(ascii: "o"), bytes.has(Self.object, at: place) {
                if let number = pair.object { numbers.insert(number) }
                pair = PDFNumberPair()
                place += Self.object.count
            } else {
                place = pair.step(bytes, at: place)
            }
        }
    }

    /// Up to where its length ends, if that is farther and a stream can end there: a file that is stored as it is may have
    /// the word that ends a stream in it.
    package func wholeContent(in bytes: [UInt8]) -> Range<Int> {
        let start = content.lowerBound
        guard let length, length <= bytes.count - start, start + length > content.upperBound else { return content }
        var end = start + length
        if end < bytes.count, bytes[end] == 0x0D { end += 1 }
        if end < bytes.count, bytes[end] == 0x0A { end += 1 }
        return bytes.has(Self.end, at: end) ? start..<start + length : content
    }

    /// The bytes of a range of the file, the stream's own unless told, with all filters undone.
    package func decoded(_ bytes: [UInt8], in range: Range<Int>? = nil, limit: Int) -> PDFContent {
        let filters = filters
        let stored = bytes[range ?? content]
        guard !filters.isEmpty else {
            return PDFContent(bytes: Array(stored.prefix(limit)), isCut: stored.count > limit)
        }
        var out = stored.prefix(4 * limit)
        for name in filters {
            guard let filter = PDFFilter(name: name), let step = filter.decoded(out, limit: limit) else {
                return PDFContent(isUnread: true)
            }
            out = step[...]
            if out.count >= limit { return PDFContent(bytes: Array(out), isCut: true) }
        }
        return PDFContent(bytes: Array(out))
    }
}

/// What came out of a stream.
package struct PDFContent {
    package var bytes: [UInt8] = []
    /// There is more than was asked for.
    package var isCut = false
    /// A filter could not be undone.
    package var isUnread = false
}
