// SPDX-License-Identifier: Apache-2.0

import Bytes

extension MappedText {
    /// A text/enriched (RFC 1896) or text/richtext (RFC 1341) as a client shows it: commands are gone, with what stands
    /// between `<param>` and `</param>`.
    ///
    /// A command may break a link in two that is shown as one. What is no command (`<http://…>` is none) stays.
    init(enriched text: Span<UInt8>) {
        self.init(sourceStart: 0)
        bytes.reserveCapacity(text.count)
        var copied = 0
        var place = text.index(of: .lessThan, from: 0, to: text.count)
        var isParameter = false
        while place < text.count {
            if !isParameter { append(text, copied..<place) }
            if place &+ 1 < text.count, text[place &+ 1] == .lessThan {
                if !isParameter { replace(place..<place &+ 2, by: .lessThan) }
                copied = place &+ 2
            } else if let end = Self.commandEnd(text, at: place) {
                let name = text.bytes((place &+ 1)..<(end &- 1))
                if name.equalsIgnoringCase("param") { isParameter = true }
                if name.equalsIgnoringCase("nl") || name.equalsIgnoringCase("np") {
                    replace(place..<end, by: .lineFeed)
                } else {
                    drop(place..<end)
                }
                if name.equalsIgnoringCase("/param") { isParameter = false }
                copied = end
            } else {
                if !isParameter { append(text, place..<place &+ 1) }
                copied = place &+ 1
            }
            let next = text.index(of: .lessThan, from: copied, to: text.count)
            if isParameter { drop(copied..<next) }
            place = next
        }
        if copied < text.count, !isParameter { append(text, copied..<text.count) }
    }

    /// Bytes of a command's name (RFC 1896, section 2: 60 characters at most).
    private static let commandLimit = 61

    /// The end of the command that begins at the `<`; nil when it is none.
    private static func commandEnd(_ text: Span<UInt8>, at start: Int) -> Int? {
        var place = start &+ 1
        if place < text.count, text[place] == .solidus { place &+= 1 }
        let name = place
        while place < text.count, place &- name < commandLimit,
            text[place].isASCIIAlphanumeric || text[place] == .hyphen
        {
            place &+= 1
        }
        return place > name && place < text.count && text[place] == .greaterThan ? place &+ 1 : nil
    }
}
