// SPDX-License-Identifier: Apache-2.0

import Bytes

/// URLs that stand in a binary file as strings, of one byte a character or of two: old Office files, OneNote sections,
/// Outlook messages, programs.
enum BinaryText {
    /// Places that are looked at: a file of nothing but `http` has a quarter as many as bytes.
    private static let places = 100_000
    private static let starts: [[UInt8]] = ["http://", "https://", "HTTP://", "HTTPS://"].map { Array($0.utf8) }

    static func search(_ content: [UInt8], into scan: inout AttachmentScan) {
        var (place, looked) = (0, 0)
        let bytes = content.span
        while place + 7 <= bytes.count, looked < places, !scan.isFull {
            guard bytes[place] | 0x20 == 0x68 else {
                place += 1
                continue
            }
            looked += 1
            let width = bytes[place + 1] == 0 ? 2 : 1
            guard starts.contains(where: { content.has($0, at: place, width: width) }) else {
                place += 1
                continue
            }
            let text = content.characters(at: place, width: width, limit: scan.limits.urlLength)
            // The text ends where a person would end it: brackets and quotes are the finder's business.
            if !NamespaceName.isOne(text) { scan.take(text: text, .binary) }
            place += text.count * width
        }
    }
}

extension [UInt8] {
    fileprivate func has(_ word: [UInt8], at place: Int, width: Int) -> Bool {
        guard place + word.count * width <= count else { return false }
        for offset in word.indices where self[place + offset * width] != word[offset] { return false }
        return true
    }

    /// Printable ASCII from there on; for `width` 2, each with a NUL behind it.
    fileprivate func characters(at start: Int, width: Int, limit: Int) -> [UInt8] {
        var text: [UInt8] = []
        var place = start
        while place + width <= count, text.count < limit, self[place] > 0x20, self[place] < 0x7F {
            if width == 2, self[place + 1] != 0 { break }
            text.append(self[place])
            place += width
        }
        return text
    }
}
