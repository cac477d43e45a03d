// SPDX-License-Identifier: Apache-2.0

import Bytes

extension MappedText {
    /// A format=flowed text with DelSp=yes as a client shows it (RFC 3676, section 4): soft line breaks are gone with the
    /// space before them, and so are quote marks and space-stuffing.
    ///
    /// Without DelSp the space stays, so that no link goes over a soft line break, and the text is read as it stands.
    init(flowed text: Span<UInt8>) {
        self.init(sourceStart: 0)
        bytes.reserveCapacity(text.count)
        var line = 0
        /// The quote depth of the line before, when it ends in a soft break.
        var softDepth: Int?
        while line < text.count {
            let end = text.index(of: .lineFeed, from: line, to: text.count)
            var content = line
            while content < end, text[content] == .greaterThan { content &+= 1 }
            let depth = content &- line
            if content < end, text[content] == .space { content &+= 1 }
            let textEnd = end > content && end < text.count && text[end &- 1] == .carriageReturn ? end &- 1 : end
            if softDepth == depth {
                drop(line..<content)
            } else {
                if softDepth != nil { insertLineEnd(at: line) }  // another depth ends the paragraph all the same
                drop(line..<content)
            }
            let isSoft =
                textEnd > content && end < text.count && text[textEnd &- 1] == .space
                && !isSignatureSeparator(text, content..<textEnd)
            softDepth = isSoft ? depth : nil
            let next = min(end &+ 1, text.count)
            append(text, isSoft ? content..<(textEnd &- 1) : content..<next)
            if isSoft { drop((textEnd &- 1)..<next) }
            line = next
        }
    }

    /// `-- ` alone is no soft break (section 4.3).
    private func isSignatureSeparator(_ text: Span<UInt8>, _ line: Range<Int>) -> Bool {
        line.count == 3 && text[line.lowerBound] == .hyphen && text[line.lowerBound &+ 1] == .hyphen
    }
}

// Building a text from stretches of its source.
extension MappedText {
    init(sourceStart: Int) {
        self.sourceStart = sourceStart
    }

    /// Takes over a stretch as it stands.
    mutating func append(_ text: Span<UInt8>, _ range: Range<Int>) {
        bytes.append(contentsOf: text, in: range)
    }

    /// Leaves a stretch out.
    mutating func drop(_ source: Range<Int>) {
        if !source.isEmpty { edits.append(Edit(decoded: bytes.count..<bytes.count, source: source)) }
    }

    /// Puts one byte in the place of a stretch.
    mutating func replace(_ source: Range<Int>, by byte: UInt8) {
        bytes.append(byte)
        edits.append(Edit(decoded: (bytes.count - 1)..<bytes.count, source: source))
    }

    private mutating func insertLineEnd(at place: Int) { replace(place..<place, by: .lineFeed) }
}
