// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The characters behind a stretch of a document, in UTF-8, and where each of them came from.
///
/// A link is found in the decoded characters but replaced in the bytes as they stand. Between two edits the
/// bytes are the same on both sides, so the map holds the edits only.
package struct MappedText: Hashable, Sendable {
    /// A place where decoded and source bytes differ.
    struct Edit: Hashable, Sendable {
        var decoded: Range<Int>
        var source: Range<Int>
    }

    package internal(set) var bytes: [UInt8] = []
    /// Where the text begins in the source.
    let sourceStart: Int
    var edits: [Edit] = []

    package enum Place: Hashable, Sendable { case attribute, text }

    /// The characters of an attribute value or of a text with character references.
    ///
    /// In an attribute NUL becomes U+FFFD and CR LF one LF, as a browser has done before it looks at a value; in a
    /// text neither makes a difference to us.
    package init(html: Span<UInt8>, _ range: Range<Int>, as place: Place, charset: TextCharset) {
        sourceStart = range.lowerBound
        let isAttribute = place == .attribute
        let decodesHighBytes = charset != .utf8
        var copied = range.lowerBound
        var at = range.lowerBound
        while true {
            at = Self.nextEdit(html, from: at, to: range.upperBound, isAttribute, decodesHighBytes)
            guard at < range.upperBound else { break }
            let byte = html[at]
            var length = 1
            var replacement = CharacterReference?.none
            if byte == .ampersand {
                replacement = CharacterReference(html, at: at, before: range.upperBound, inAttribute: isAttribute)
                length = replacement?.length ?? 1
            } else if byte.isNonASCII, decodesHighBytes {
                replacement = CharacterReference(length: 1, first: TextCharset.windows1252CodePoint(byte))
            } else if isAttribute, byte == 0 || byte == .carriageReturn {
                let isPair = byte != 0 && at &+ 1 < range.upperBound && html[at &+ 1] == .lineFeed
                length = isPair ? 2 : 1
                replacement = CharacterReference(length: length, first: byte == 0 ? 0xFFFD : 0x0A)
            }
            if let replacement {
                bytes.append(contentsOf: html, in: copied..<at)
                append(replacement, from: at..<at &+ length)
                copied = at &+ length
            }
            at &+= length
        }
        bytes.append(contentsOf: html, in: copied..<range.upperBound)
    }

    /// The place of the next byte that may stand for something else than itself.
    @inline(__always)
    private static func nextEdit(
        _ html: Span<UInt8>, from start: Int, to end: Int, _ isAttribute: Bool, _ decodesHighBytes: Bool
    ) -> Int {
        let control: UInt8 = isAttribute ? .carriageReturn : .ampersand
        let null: UInt8 = isAttribute ? 0 : .ampersand
        let highest: UInt8 = decodesHighBytes ? 0x7F : 0xFF
        return html.index(
            from: start, to: end,
            block: {
                ($0 .== SIMD16(repeating: .ampersand)) .| ($0 .== SIMD16(repeating: control))
                    .| ($0 .== SIMD16(repeating: null)) .| ($0 .> SIMD16(repeating: highest))
            }, byte: { $0 == .ampersand || $0 == control || $0 == null || $0 > highest })
    }

    private mutating func append(_ reference: CharacterReference, from source: Range<Int>) {
        let start = bytes.count
        bytes.appendUTF8(reference.first)
        if reference.second != 0 { bytes.appendUTF8(reference.second) }
        edits.append(Edit(decoded: start..<bytes.count, source: source))
    }

    /// The source bytes behind some decoded ones; a reference that is touched is taken whole.
    package func source(of range: Range<Int>) -> Range<Int> {
        let lower = source(of: range.lowerBound, isEnd: false)
        return lower..<max(lower, source(of: range.upperBound, isEnd: true))
    }

    private func source(of place: Int, isEnd: Bool) -> Int {
        // The last edit that begins before the place, or, for the first byte of a range, at it.
        var (low, high) = (0, edits.count)
        while low < high {
            let middle = (low + high) / 2
            let start = edits[middle].decoded.lowerBound
            if isEnd ? start < place : start <= place { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return sourceStart + place }
        let edit = edits[low - 1]
        if place >= edit.decoded.upperBound { return edit.source.upperBound + place - edit.decoded.upperBound }
        return isEnd ? edit.source.upperBound : edit.source.lowerBound
    }
}
