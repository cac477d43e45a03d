// SPDX-License-Identifier: Apache-2.0

import Bytes
import PDF

/// The links and the actions of a PDF (ISO 32000).
///
/// No cross-reference table is followed and no tree is built: a name and the string behind it are found wherever they
/// stand, also in objects that no table mentions, in files cut short and in those with junk around, because viewers repair
/// what they open. Every stream is looked into with its filters undone; object streams are where modern files keep their
/// annotations. What is encrypted is said to be.
enum PDFLinks {
    /// Streams looked into: a book has some ten thousand.
    private static let streams = 20_000

    static func search(_ content: [UInt8], into scan: inout AttachmentScan) {
        var room = scan.limits.inflatedBytes
        var search = PDFSearch(scan)
        search.read(content)
        var (place, count) = (0, 0)
        while count < streams, let stream = PDFStream.next(in: content, from: place) {
            place = stream.content.upperBound
            count += 1
            guard stream.isWorthReading else { continue }
            let most = min(room, scan.limits.inflatedStream)
            let decoded = stream.decoded(content, limit: most)
            room -= decoded.bytes.count
            if decoded.isCut { search.scan.note(.inflatedBytes) }
            if decoded.isUnread { search.scan.note(.unreadPart, stream.filters.joined(separator: [0x20])) }
            if stream.isEmbeddedFile { search.scan.note(.embeddedFile, []) }
            search.read(decoded.bytes)
            search.readPlainText(decoded.bytes)
        }
        scan = search.scan
    }
}

/// One pass over the tokens that matter: names, and strings behind them.
struct PDFSearch {
    var scan: AttachmentScan

    init(_ scan: AttachmentScan) {
        self.scan = scan
    }

    mutating func read(_ bytes: [UInt8]) {
        var key: [UInt8] = []
        var takesStrings = false
        var place = 0
        let end = bytes.count
        while place < end {
            switch bytes[place] {
            case UInt8(ascii: "/"):
                let name = PDFText.name(bytes, at: place)
                take(name.bytes)
                key = name.bytes
                takesStrings = Self.stringKeys.contains(key)
                place = name.end
            case UInt8(ascii: "("):
                guard takesStrings || Self.beginsLikeLink(bytes, place + 1) else {
                    place += 1
                    continue
                }
                let text = PDFText.literal(bytes, at: place, limit: scan.limits.urlLength)
                take(text.bytes, for: key)
                place = text.end
            case UInt8(ascii: "<") where place + 1 < end && bytes[place + 1].isASCIIHexDigit:
                let text = PDFText.hexadecimal(bytes, at: place, limit: scan.limits.urlLength)
                take(text.bytes, for: key)
                place = text.end
            default: place += 1
            }
        }
    }

    /// Strings that are read wherever they stand: behind a name that matters, or beginning like a link.
    ///
    /// Others, such as
    /// the text of a page, are passed over byte by byte, so that a bracket that never closes swallows nothing.
    private static func beginsLikeLink(_ bytes: [UInt8], _ place: Int) -> Bool {
        guard place + 4 < bytes.count else { return false }
        switch bytes[place] {
        case 0x5C: return true
        case 0xFE: return bytes[place + 1] == 0xFF
        case 0x48, 0x68: return bytes[place..<place + 4].lowercased == ("http" as StaticString).bytes
        default: return false
        }
    }

    private static let stringKeys: Set<[UInt8]> = Set(
        ["URI", "JS", "F", "UF", "Base", "P", "D", "DOS", "Unix", "Mac", "Contents"].map { Array($0.utf8) })

    /// What an action does stands in its name.
    private mutating func take(_ name: [UInt8]) {
        switch name.text {
        case "JavaScript", "JS": scan.note(.javaScript, [])
        case "Launch": scan.note(.launch, [])
        case "GoToR", "GoToE": scan.note(.remoteDocument, [])
        case "EmbeddedFile", "EmbeddedFiles": scan.note(.embeddedFile, [])
        case "Encrypt": scan.note(.encrypted, [])
        default: break
        }
    }

    private mutating func take(_ string: [UInt8], for key: [UInt8]) {
        let text = string.decodedUTF16 ?? string
        switch key.text {
        case "URI", "Base": scan.take(target: text, .annotation)
        case "JS": scan.take(text: text, .script)
        case "F", "UF", "DOS", "Unix", "Mac":
            if text.isWeb {
                scan.take(target: text, .form)
            } else if text.isNetworkPath {
                scan.note(.networkPath, text)
            }
        default: if text.isWeb { scan.take(target: text, .annotation) }
        }
    }

    /// Scripts and forms in streams, and the text of pages where it stands unencoded.
    mutating func readPlainText(_ bytes: [UInt8]) {
        var place = 0
        let mark = ("http" as StaticString).bytes
        for _ in 0..<10_000 {
            guard let found = bytes.firstPlace(of: mark, in: place..<bytes.count) else { return }
            let rest = bytes[found...].prefix(scan.limits.urlLength)
            let text = Array(
                rest.prefix { $0 > 0x20 && $0 < 0x7F && $0 != 0x29 && $0 != 0x22 && $0 != 0x27 && $0 != 0x3C })
            if text.isWeb, !NamespaceName.isOne(text) { scan.take(text: text, .text) }
            place = found + max(4, text.count)
        }
    }
}

extension [UInt8] {
    fileprivate var isWeb: Bool {
        let start = prefix(8).lowercased
        return start.starts(with: ("http://" as StaticString).bytes)
            || start.starts(with: ("https://" as StaticString).bytes)
    }
}
