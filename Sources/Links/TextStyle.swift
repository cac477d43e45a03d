// SPDX-License-Identifier: Apache-2.0

package import Bytes

/// How a rewritten link stands in plain text.
package enum TextStyle: String, Hashable, Sendable, CaseIterable {
    /// As the old one stood.
    case bare
    /// In angle brackets, `<https://…>`: programs then know its end, and may break it over lines (RFC 3986, appendix C).
    case angle
}

extension LinkCandidate {
    /// The patch that leads the link to another URL, in the style of the site.
    ///
    /// Only a link of plain text has a style, and one that stands in angle brackets already keeps them.
    package func patch(rewrittenURL url: [UInt8], style: TextStyle, in text: [UInt8]) -> Patch {
        guard style == .angle, context == .plainText, !isBracketed(in: text) else { return patch(rewrittenURL: url) }
        return Patch(range: range, replacement: [.lessThan] + url + [.greaterThan])
    }

    private func isBracketed(in text: [UInt8]) -> Bool {
        let before = text[..<min(range.lowerBound, text.count)]
        let label = ("<url:" as StaticString).bytes
        return before.last == .lessThan || before.suffix(label.count).equalsIgnoringCase(label)
    }
}
