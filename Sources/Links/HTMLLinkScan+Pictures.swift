// SPDX-License-Identifier: Apache-2.0

import Bytes
import URLSyntax

// Pictures, and what else a client loads by itself to show the message: no click leads there.
//
// Looked for only when asked for (`LinkLimits.findsPictures`). Sheets, fonts and scripts are none; the pictures that
// JSON-LD and microdata name for a client's own list of messages are left.
extension HTMLLinkScan {
    /// What an attribute says of pictures.
    private enum Value {
        case address
        /// Addresses with descriptors, with commas between.
        case list
        case style
    }

    /// Keeps the pictures of the tag that was read last.
    mutating func gatherPictures(_ tag: HTMLTag, _ html: Span<UInt8>) {
        for index in tokenizer.attributes.indices {
            let found = tokenizer.attributes[index]
            guard !found.value.isEmpty, let value = value(found.name, tag, html) else { continue }
            switch value {
            case .address: address(found, html)
            case .list: list(found, html)
            case .style: style(found, html)
            }
        }
    }

    private func value(_ name: HTMLName, _ tag: HTMLTag, _ html: Span<UInt8>) -> Value? {
        switch (name.high, name.low) {
        case (0, 0x73_7479_6C65): .style
        case (0, 0x73_7263): loadsSource(tag, html) ? .address : nil
        case (0, 0x7372_6373_6574), (0x69_6D61, 0x6765_7372_6373_6574): .list  // srcset, imagesrcset
        case (0x6261, 0x636B_6772_6F75_6E64): .address  // background
        case (0, 0x706F_7374_6572), (0, 0x6C6F_7773_7263), (0, 0x6479_6E73_7263): .address  // poster, lowsrc, dynsrc
        case (0, 0x6872_6566), (0x786C, 0x696E_6B3A_6872_6566): tag.isForeign && !tag.isFollowed ? .address : nil
        default: nil
        }
    }

    /// Whether `src` names a picture: not where it is a link, and not where nothing is loaded.
    private func loadsSource(_ tag: HTMLTag, _ html: Span<UInt8>) -> Bool {
        switch tag.element {
        case .iframe, .frame, .embed, .script: false
        case nil: Self.ampLoader(html, tag.name) == nil
        default: true
        }
    }

    private mutating func address(_ found: HTMLAttribute, _ html: Span<UInt8>) {
        if Self.isInline(html, found.value) { return }
        add(found.value, decoded(found, html), .attribute(found.quoting))
    }

    /// Most pictures that are no links, and the only ones that are large: told without decoding them.
    private static func isInline(_ html: Span<UInt8>, _ value: Range<Int>) -> Bool {
        let start = html.skipSpace(from: value.lowerBound, to: value.upperBound)
        return inlineSchemes.contains { html.has($0, at: start, before: value.upperBound) }
    }

    private static let inlineSchemes = (["cid:", "data:"] as [StaticString]).map(\.bytes)

    /// The addresses of a `srcset` (HTML Standard, section 4.8.4.3.6).
    private mutating func list(_ found: HTMLAttribute, _ html: Span<UInt8>) {
        let map = MappedText(html: html, found.value, as: .attribute, charset: charset)
        var scan = SourceSet(end: map.bytes.count)
        while let range = scan.next(in: map.bytes.span) {
            add(map.source(of: range), Array(map.bytes[range]), .piece)
        }
    }

    private mutating func style(_ found: HTMLAttribute, _ html: Span<UInt8>) {
        let range = found.value
        guard StyleScan.mayNamePicture(html, range) || hasOtherReference(html, range) else { return }
        let map = MappedText(html: html, range, as: .attribute, charset: charset)
        var scan = StyleScan(range: 0..<map.bytes.count)
        while let finding = scan.next(in: map.bytes.span) {
            if case .picture(let range, let value) = finding { add(map.source(of: range), value, .style) }
        }
    }

    /// Whether a parenthesis or a letter may be written as a reference: `&quot;` is the only one that honest styles have.
    private func hasOtherReference(_ html: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var place = range.lowerBound
        while true {
            place = html.index(of: .ampersand, from: place, to: range.upperBound)
            guard place < range.upperBound else { return false }
            if !html.has(Self.quot, at: place, before: range.upperBound) { return true }
            place &+= 1
        }
    }

    private static let quot = ("&quot;" as StaticString).bytes

    /// Nobody loads from an address beyond the limit, so it is no reason to say that something was not looked at.
    mutating func add(_ range: Range<Int>, _ value: [UInt8], _ spelling: PictureSpelling) {
        let value = value.trimmed
        guard !value.isEmpty, value.first != .numberSign, value.count <= limits.urlLength else { return }
        add(range, value, .picture(.picture(spelling)))
    }
}

/// Goes through the addresses of a `srcset`.
private struct SourceSet {
    private var position = 0
    private let end: Int

    init(end: Int) {
        self.end = end
    }

    mutating func next(in text: Span<UInt8>) -> Range<Int>? {
        while position < end, text[position].isHTMLSpace || text[position] == UInt8(ascii: ",") { position &+= 1 }
        guard position < end else { return nil }
        let start = position
        while position < end, !text[position].isHTMLSpace { position &+= 1 }
        var last = position
        while last > start, text[last &- 1] == UInt8(ascii: ",") { last &-= 1 }
        if last == position { skipDescriptors(text) }
        return start..<last
    }

    private mutating func skipDescriptors(_ text: Span<UInt8>) {
        var depth = 0
        while position < end {
            let byte = text[position]
            if byte == UInt8(ascii: ","), depth == 0 { return }
            if byte == 0x28 { depth &+= 1 } else if byte == 0x29, depth > 0 { depth &-= 1 }
            position &+= 1
        }
    }
}
