// SPDX-License-Identifier: Apache-2.0

import Bytes
import URLSyntax

// Names without a scheme: `example.org/x`.
//
// Gmail, Apple Mail and linkify-it link them, Outlook does not. With a path, a query or a port every domain counts whose
// end the public suffix list knows. A name alone counts, in HTML as in plain text, where what it ends in is hardly ever
// anything else: a suffix of two labels (`co.uk`, `github.io`), or one of the endings below, which neither file names, nor
// code, nor words behind a forgotten space use: `logger.info`, `self.id`, `run.sh`, `readme.md`, `done.So` are no links.
// Of the words with a dot and a known top-level domain in the 3,124 text parts of the open corpus, three of four end so;
// of the others every second one is a file or a sentence. So a bare `bank.it` stays, though some clients link it; rewriting every second word of a patch that
// is sent to a mailing list would be worse, and the clients that link it show where it goes. Addresses (`192.0.2.1/24`)
// are left as well: most of them are networks.
extension Autolinker {
    /// Bytes of a label (RFC 1035, section 2.3.4), a few more where its letters are not ASCII.
    private static let labelLimit = 256

    /// Endings of names that are links without a path: the old ones, of countries, and new ones that are bought in bulk.
    private static let plainEndings: Set<[UInt8]> = Set(
        [
            "com", "net", "org", "edu", "gov", "biz", "xn--p1ai", "eu", "ar", "au", "br", "ca", "ch", "cn", "cz", "de",
            "dk", "fi", "fr", "gr", "hk", "hu", "ie", "il", "ir", "jp", "kr", "lt", "lv", "mx", "ng", "nl", "nz", "ro",
            "ru", "sk", "tr", "tw", "ua", "uk", "vn", "za", "xyz", "icu", "vip", "cfd", "sbs", "cyou", "club",
            "website",
        ].map { (ending: StaticString) in ending.bytes })

    /// The name around this dot, when it stands alone and may be one of a known domain.
    mutating func nameStart(_ text: Span<UInt8>, around dot: Int) -> Start? {
        guard dot >= nameFloor, dot > floor, dot &+ 1 < range.upperBound, text[dot &- 1].isLabelByte,
            text[dot &+ 1].isLabelByte
        else { return nil }
        var start = dot
        let lowest = max(floor, nameFloor, dot &- Self.labelLimit)
        while start > lowest, text[start &- 1].isLabelByte { start &-= 1 }
        start = labelStart(text, from: start, to: dot)
        guard start < dot else { return nil }
        let end = nameEnd(text, from: dot &+ 1, to: range.upperBound)
        nameFloor = end
        if start > range.lowerBound, text[start &- 1].joinsName || start == lowest && text[start &- 1].isLabelByte {
            return nil
        }
        let name = trimmed(text, start..<end, dot)
        return name > dot &+ 1 && !isContinued(text, behind: name, to: end) ? .name(at: start, end: name) : nil
    }

    /// Behind the last character there that no link goes over: a quote or a space beyond ASCII is no part of a label.
    private func labelStart(_ text: Span<UInt8>, from start: Int, to dot: Int) -> Int {
        var label = start
        var place = start
        while place < dot {
            if text[place].isNonASCII, characterLength(text, at: place) == 0 {
                place &+= charset.character(text, at: place, before: range.upperBound).length
                label = place
            } else {
                place &+= max(1, characterLength(text, at: place))
            }
        }
        return label
    }

    /// Whether what stands behind the name makes it something else: a mail address, a call, an assignment.
    private func isContinued(_ text: Span<UInt8>, behind name: Int, to end: Int) -> Bool {
        guard name == end, end < range.upperBound else { return false }
        switch text[end] {
        case 0x40, 0x28, 0x5B, 0x7B, .equalsSign, 0x2B, 0x24, .reverseSolidus: return true
        default: return false
        }
    }

    /// Whether clients link the name: by its ending, and without a path only for few of them.
    func isKnownName(_ text: Span<UInt8>, _ name: Range<Int>, hasPath: Bool) -> Bool {
        // Most of what has a dot in it is a number.
        guard hasPath || style != .pieces && !text[name.upperBound &- 1].isASCIIDigit,
            let url = try? WebURL.parse(Self.bareScheme + utf8(text, name)),
            case .domain(let host)? = url.host, let dot = host.lastIndex(of: .fullStop), host[0] != .fullStop
        else { return false }
        let ending = host[(dot + 1)...]
        if hasPath { return PublicSuffixList.system.isTopLevel(ending) }
        return (Self.plainEndings.contains(Array(ending)) || isUnderLongSuffix(url)) && !isForgottenSpace(text, name)
    }

    /// Whether the name is one under a suffix of two labels or more.
    private func isUnderLongSuffix(_ url: WebURL) -> Bool {
        guard let domain = url.registrableDomain else { return false }
        return domain.count { $0 == .fullStop } > 1
    }

    /// `end.Com`: a sentence that begins right behind another one.
    private func isForgottenSpace(_ text: Span<UInt8>, _ name: Range<Int>) -> Bool {
        var dot = name.upperBound &- 1
        while dot > name.lowerBound, text[dot] != .fullStop { dot &-= 1 }
        guard dot > name.lowerBound else { return false }
        let isCapital = text[dot &+ 1] != text[dot &+ 1].lowercased
        let isSmall = text[dot &- 1].isASCIILetter && text[dot &- 1] == text[dot &- 1].lowercased
        return isCapital && isSmall
    }
}

extension UInt8 {
    fileprivate var isLabelByte: Bool { isASCIIAlphanumeric || isNonASCII || self == .hyphen }

    /// What stands before a name that is part of something longer: a path, an address, an assignment.
    fileprivate var joinsName: Bool {
        switch self {
        case .fullStop, .solidus, .reverseSolidus, 0x40, 0x5F, 0x25, .equalsSign, .colon, .numberSign, .ampersand, 0x2B,
            0x24, 0x7E:
            true
        default: false
        }
    }
}
