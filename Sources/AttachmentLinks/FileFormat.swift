// SPDX-License-Identifier: Apache-2.0

import Bytes

/// How a file is searched.
///
/// One file may be several things to several programs, and is searched as each.
enum FileFormat: Hashable {
    case pdf, documentXML, shortcutText, shellLink, image, html, calendar, text, binary

    /// By content above all; the name decides between formats that are all text.
    static func formats(of file: SearchedFile, _ content: [UInt8]) -> [FileFormat] {
        guard !content.isEmpty else { return [] }
        var formats: [FileFormat] = []
        // A viewer takes a header anywhere in the first kilobyte.
        if content.firstPlace(of: ("%PDF-" as StaticString).bytes, in: 0..<min(content.count, 1_024 + 5)) != nil {
            formats.append(.pdf)
        }
        if let format = byType(file.mediaType) ?? byEnding(file.name) ?? file.declaredType.flatMap(byType) {
            if !formats.contains(format) { formats.append(format) }
        }
        // Text by one word and something else by another: as both.
        if let format = byEnding(file.name), isText(file.mediaType), !formats.contains(format) {
            formats.append(format)
        }
        if formats.isEmpty { formats.append(isText(file.mediaType) ? .text : .binary) }
        return formats
    }

    private static func isText(_ type: String) -> Bool { type.hasPrefix("text/") || type == "application/json" }

    private static func byType(_ type: String) -> FileFormat? {
        switch type {
        case "application/pdf": .pdf
        case "text/html", "application/xhtml+xml", "image/svg+xml", "application/hta": .html
        case "text/calendar": .calendar
        case "text/xml", "application/xml": .documentXML
        case "application/x-mswinurl", "application/x-desktop": .shortcutText
        case "application/x-ms-shortcut": .shellLink
        case "image/png", "image/jpeg", "image/gif", "image/bmp", "image/x-ms-bmp", "image/webp": .image
        default: nil
        }
    }

    private static func byEnding(_ name: [UInt8]) -> FileFormat? {
        guard let dot = name.lastIndex(of: 0x2E) else { return nil }
        switch name[(dot + 1)...].lowercased.text {
        case "pdf": return .pdf
        case "htm", "html", "xhtml", "shtml", "xht", "svg", "hta": return .html
        case "ics", "ical", "vcs": return .calendar
        case "xml", "rels", "vml", "webloc", "xsl", "opf", "ncx", "fodt", "fods", "fodp", "searchconnector-ms",
            "library-ms", "search-ms", "settingcontent-ms", "application", "appref-ms":
            return .documentXML
        case "url", "desktop", "website": return .shortcutText
        case "lnk": return .shellLink
        default: return nil
        }
    }
}

extension [UInt8] {
    /// The first place of the bytes in the range.
    func firstPlace(of wanted: [UInt8], in range: Range<Int>) -> Int? {
        guard let first = wanted.first, range.count >= wanted.count else { return nil }
        let span = span
        let end = range.upperBound - wanted.count
        var place = range.lowerBound
        while place <= end {
            if span[place] == first, has(wanted, at: place) { return place }
            place += 1
        }
        return nil
    }

    func has(_ wanted: [UInt8], at place: Int) -> Bool {
        guard place >= 0, count - place >= wanted.count else { return false }
        for offset in wanted.indices where self[place + offset] != wanted[offset] { return false }
        return true
    }
}
