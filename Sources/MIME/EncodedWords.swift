// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Encoded words in header fields (RFC 2047), decoded for reading.
package enum EncodedWords {
    /// The value of a field as a person reads it: unfolded, words decoded, white space at both ends gone.
    ///
    /// A word in a charset we do not know, or one that is malformed, stays as it stands.
    package static func decode(_ value: ArraySlice<UInt8>) -> String {
        var reader = Reader()
        var rest = value.filter { $0 != .carriageReturn && $0 != .lineFeed }[...]
        while let byte = rest.first {
            if byte == UInt8(ascii: "="), let (word, after) = word(in: rest) {
                reader.append(word)
                rest = after
            } else {
                reader.append(byte)
                rest = rest.dropFirst()
            }
        }
        return reader.text()
    }

    private struct Word {
        let charset: Charset
        var bytes: [UInt8]
    }

    /// Puts pieces together: white space between two words is no text, and words of one charset may share a character.
    private struct Reader {
        private var out = ""
        private var plain: [UInt8] = []
        private var word: Word?

        mutating func append(_ byte: UInt8) {
            plain.append(byte)
        }

        mutating func append(_ next: Word) {
            guard let charset = word?.charset, plain.allSatisfy(\.isFoldingSpace) else {
                flush()
                return word = next
            }
            plain = []
            if charset == next.charset {
                word?.bytes.append(contentsOf: next.bytes)
            } else {
                flush()
                word = next
            }
        }

        mutating func text() -> String {
            flush()
            let bytes = Array(out.utf8)
            let start = bytes.firstIndex { !$0.isFoldingSpace } ?? bytes.count
            let end = bytes.lastIndex { !$0.isFoldingSpace } ?? -1
            return start <= end ? bytes[start...end].text : ""
        }

        private mutating func flush() {
            if let word { out += word.charset.text(word.bytes) }
            out += Charset.ascii.text(plain)
            word = nil
            plain = []
        }
    }

    /// The word at the start of `text`: `=?charset?encoding?content?=`.
    private static func word(in text: ArraySlice<UInt8>) -> (Word, ArraySlice<UInt8>)? {
        let mark = UInt8(ascii: "?")
        var rest = text.dropFirst()
        guard rest.popFirst() == mark else { return nil }
        // RFC 2047 allows 75 bytes a word; a label of more than 64 is none.
        guard let labelEnd = rest.prefix(64).firstIndex(of: mark) else { return nil }
        let label = rest[..<labelEnd].prefix { $0 != UInt8(ascii: "*") }  // RFC 2231, section 5: a language may follow
        rest = rest[(labelEnd + 1)...]
        guard let encoding = rest.popFirst(), rest.popFirst() == mark else { return nil }
        guard let end = rest.firstIndex(of: mark), rest[(end + 1)...].first == UInt8(ascii: "=") else { return nil }
        let charset = Charset(label: Array(label))
        if case .opaque = charset { return nil }
        guard let bytes = content(rest[..<end], encoding: encoding) else { return nil }
        return (Word(charset: charset, bytes: bytes), rest[(end + 2)...])
    }

    private static func content(_ text: ArraySlice<UInt8>, encoding: UInt8) -> [UInt8]? {
        switch encoding.lowercased {
        case UInt8(ascii: "b"): return Base64.decode(Array(text), in: 0..<text.count).bytes
        case UInt8(ascii: "q"):
            let spaced = text.map { $0 == UInt8(ascii: "_") ? UInt8.space : $0 }
            return QuotedPrintable.decode(spaced, in: 0..<spaced.count).bytes
        default: return nil
        }
    }
}
