// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The `content` of a `<meta http-equiv=refresh>`: a delay and, perhaps, a URL (HTML Standard, section 4.2.5.3,
/// shared declarative refresh steps).
struct MetaRefresh: Hashable, Sendable {
    /// Everything before the URL and its quote.
    var delay: [UInt8]
    var url: [UInt8]

    /// The refresh of a decoded value; nil when it is none or leads to the document itself.
    init?(_ content: [UInt8]) {
        var place = 0
        func at(_ offset: Int) -> UInt8? { place + offset < content.count ? content[place + offset] : nil }
        func skip(while condition: (UInt8) -> Bool) {
            while let byte = at(0), condition(byte) { place += 1 }
        }
        skip(while: \.isHTMLSpace)
        guard let first = at(0), first.isASCIIDigit || first == .fullStop else { return nil }
        skip { $0.isASCIIDigit || $0 == .fullStop }
        guard let separator = at(0), Self.separates(separator) || separator.isHTMLSpace else { return nil }
        skip(while: \.isHTMLSpace)
        if let byte = at(0), Self.separates(byte) { place += 1 }
        skip(while: \.isHTMLSpace)
        let bare = place
        for letter: UInt8 in [0x75, 0x72, 0x6C] where at(0)?.lowercased == letter { place += 1 }
        skip(while: \.isHTMLSpace)
        if place >= bare + 3, at(0) == .equalsSign {
            place += 1
            skip(while: \.isHTMLSpace)
        } else {
            place = bare  // the URL without `url=`
        }
        let before = place
        var end = content.count
        if let quote = at(0), quote == .quotationMark || quote == .apostrophe {
            place += 1
            end = content[place...].firstIndex(of: quote) ?? end
        }
        guard place < end else { return nil }
        delay = Array(content[..<before])
        url = Array(content[place..<end])
    }

    private static func separates(_ byte: UInt8) -> Bool { byte == .semicolon || byte == 0x2C }
}
