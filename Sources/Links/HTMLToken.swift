// SPDX-License-Identifier: Apache-2.0

import Bytes

/// One token of an HTML document, as byte ranges over the document.
package struct HTMLToken: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// Characters, in one piece up to the next markup.
        case text
        case startTag, endTag, comment, doctype
    }

    package var kind: Kind
    /// Everything the token was made of, delimiters included.
    package var range: Range<Int>
    /// The characters of a text or comment, the name of a tag; empty for a DOCTYPE.
    package var content: Range<Int>
    /// The name of a tag.
    package var name = HTMLName()
    package var isSelfClosing = false
    /// Whether character references count in this text: they do not in `<style>`, `<script>`, CDATA and the like.
    package var hasReferences = false
}

/// One attribute of the tag read last, as byte ranges over the document.
package struct HTMLAttribute: Hashable, Sendable {
    package enum Quoting: Hashable, Sendable {
        case double, single, unquoted
        /// There is a name only: the value is the empty range behind it.
        case absent
    }

    package var name: HTMLName
    package var nameRange: Range<Int>
    /// The value without its quotes, references not yet decoded.
    package var value: Range<Int>
    package var quoting: Quoting
}

/// The name of a tag or an attribute, in small letters, in two machine words.
///
/// Made while the name is scanned, so that telling elements apart costs one comparison and no allocation. Names of
/// more than sixteen bytes, of which we need none, all become one value that equals no known name.
package struct HTMLName: Hashable, Sendable {
    private(set) var low: UInt64 = 0
    private(set) var high: UInt64 = 0

    package init() {}

    /// The name of known bytes.
    package init(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { append(byte) }
    }

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    mutating func append(_ byte: UInt8) {
        let overflows = high >> 56 != 0
        high = overflows ? .max : high << 8 | low >> 56
        // A zero byte would vanish from the front of the word; U+FFFD, its replacement, is in no name we know.
        low = low << 8 | UInt64(byte == 0 ? 0xFF : byte.lowercased)
    }
}
