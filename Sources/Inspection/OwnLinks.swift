// SPDX-License-Identifier: Apache-2.0

import Bytes
import LinkTokens
import URLSyntax

/// Links of ours wherever they stand in a text, for mail that leaves the site.
///
/// A scan finds what a client would open. A reply has our links in more places: as the visible text of a link, in a
/// quoted header, in an attribute no client follows. Nobody but us writes the click URL with a token that verifies, so
/// looking for its bytes is enough, and nothing else can be hurt.
enum OwnLinks {
    /// Bytes behind the click URL that may belong to one link: more than any link of ours has.
    private static let lengthLimit = 8_192

    struct Found {
        let range: Range<Int>
        /// What the link stands for.
        let target: [UInt8]
    }

    /// In order; what does not verify is no link of ours.
    static func find(in text: [UInt8], mint: LinkMint) -> [Found] {
        var found: [Found] = []
        var place = 0
        while let start = next(mint.prefix, in: text, from: place) {
            place = start + mint.prefix.count
            let rest = text[start...].prefix(lengthLimit)
            let spelled = rest.prefix {
                $0 > .space && $0 < 0x7F && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: "\"")
            }
            guard let url = try? WebURL.parse(Array(spelled)), let token = mint.unverifiedToken(in: url)?.text,
                let target = mint.linkToken(in: url)?.target,
                let end = next(token, in: text, from: place).map({ $0 + token.count }), end <= spelled.endIndex
            else { continue }
            found.append(Found(range: start..<end, target: target))
            place = end
        }
        return found
    }

    /// As it stands in HTML, as text or within quotes of either kind.
    static func escaped(_ url: [UInt8]) -> [UInt8] {
        url.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "&"): ("&amp;" as StaticString).bytes
            case UInt8(ascii: "<"): ("&lt;" as StaticString).bytes
            case UInt8(ascii: ">"): ("&gt;" as StaticString).bytes
            case UInt8(ascii: "\""): ("&quot;" as StaticString).bytes
            case UInt8(ascii: "'"): ("&#39;" as StaticString).bytes
            case .carriageReturn: ("&#13;" as StaticString).bytes
            case .lineFeed: ("&#10;" as StaticString).bytes
            default: [byte]
            }
        }
    }

    /// Where the bytes stand next.
    private static func next(_ wanted: [UInt8], in text: [UInt8], from start: Int) -> Int? {
        guard let first = wanted.first else { return nil }
        let span = text.span
        var index = start
        while index + wanted.count <= span.count {
            if span[index] == first {
                var length = 1
                while length < wanted.count, span[index + length] == wanted[length] { length += 1 }
                if length == wanted.count { return index }
            }
            index += 1
        }
        return nil
    }
}
