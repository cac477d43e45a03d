// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The XML in Office documents (OOXML, ODF) and other files, member by member.
///
/// A target is a relationship (`.rels`), an attribute that holds an absolute address, or text: what people see, and the
/// instructions of fields (`HYPERLINK "…"`), which Word cuts into runs as it likes, so that text is put together again
/// before it is searched. No schema is followed: a link in an element nobody knows is a link.
enum DocumentXML {
    static func search(_ content: [UInt8], into scan: inout AttachmentScan) {
        let bytes = content.decodedUTF16 ?? content
        var reader = XMLTokens(bytes)
        var text: [UInt8] = []
        while let token = reader.next() {
            switch token {
            case .text(let range): XMLText.append(bytes[range], to: &text)
            case .raw(let range): text += bytes[range]
            case .start(let name, let attributes): take(name, attributes, bytes, into: &scan)
            case .end(let name): if textBreaks.contains(bytes[name].localName) { text.append(.lineFeed) }
            }
        }
        scan.take(text: text, .text)
        for word in ["DDEAUTO", "DDE "] where text.firstPlace(of: Array(word.utf8), in: 0..<text.count) != nil {
            scan.note(.launch, Array(word.utf8).trimmed)
        }
    }

    /// Elements whose end is one for the eye too: paragraphs, cells, strings.
    private static let textBreaks: Set<[UInt8]> = Set(
        ["p", "si", "c", "row", "h", "f", "v", "string", "br", "tab", "key"].map { Array($0.utf8) })
    /// Elements that name grammars.
    private static let declarations: Set<[UInt8]> = Set(["schema", "import", "include"].map { Array($0.utf8) })

    private static func take(
        _ name: Range<Int>, _ attributes: [XMLTokens.Attribute], _ bytes: [UInt8], into scan: inout AttachmentScan
    ) {
        let element = bytes[name].localName
        if element == ("Relationship" as StaticString).bytes {
            return Relationship(attributes, bytes).take(into: &scan)
        }
        if declarations.contains(element) { return }
        for attribute in attributes where !bytes[attribute.name].starts(with: ("xmlns" as StaticString).bytes) {
            let value = XMLText.decoded(bytes[attribute.value]).trimmed
            if element == ("fldSimple" as StaticString).bytes { scan.take(text: value, .document) }
            guard value.isAbsoluteTarget, !NamespaceName.isOne(value) else { continue }
            scan.take(target: value, .document)
        }
    }
}

/// One line of a `.rels` member (ECMA-376, part 2, section 9.3).
private struct Relationship {
    private var target: [UInt8] = []
    private var type: [UInt8] = []
    private var isExternal = false

    init(_ attributes: [XMLTokens.Attribute], _ bytes: [UInt8]) {
        for attribute in attributes {
            let value = XMLText.decoded(bytes[attribute.value]).trimmed
            switch bytes[attribute.name].localName.lowercased.text {
            case "target": target = value
            case "type": type = value
            case "targetmode": isExternal = value.equalsIgnoringCase("External")
            default: break
            }
        }
    }

    func take(into scan: inout AttachmentScan) {
        guard isExternal || target.isAbsoluteTarget else { return }
        let kind = type.split(separator: UInt8(ascii: "/")).last.map(Array.init)?.lowercased.text ?? ""
        if kind == "hyperlink" { return scan.take(target: target, .document) }
        // Everything else is fetched when the document is opened.
        if ["attachedtemplate", "oleobject", "frame", "subdocument", "externallinkpath"].contains(kind) {
            scan.note(.remoteTemplate, target)
        }
        let prefixed = ["mhtml:", "x-usc:", "url:"].map { Array($0.utf8) }.first { target.lowercased.starts(with: $0) }
        scan.take(target: Array(target.dropFirst(prefixed?.count ?? 0)), .remoteContent)
    }
}

/// Addresses that name grammars and lead nowhere.
enum NamespaceName {
    private static let starts: [[UInt8]] = [
        "schemas.openxmlformats.org/", "schemas.microsoft.com/", "www.w3.org/", "purl.org/", "ns.adobe.com/",
        "purl.oclc.org/", "openoffice.org/", "docs.oasis-open.org/", "schemas.xmlsoap.org/", "www.aiim.org/pdfa/",
    ].map { Array($0.utf8) }

    static func isOne(_ url: [UInt8]) -> Bool {
        guard let colon = url.firstPlace(of: ("://" as StaticString).bytes, in: 0..<min(url.count, 9)) else {
            return false
        }
        let rest = url[(colon + 3)...]
        return starts.contains { rest.starts(with: $0) }
    }
}

extension ArraySlice<UInt8> {
    /// Behind the prefix of a namespace.
    fileprivate var localName: [UInt8] { Array(lastIndex(of: UInt8(ascii: ":")).map { self[($0 + 1)...] } ?? self) }
}

extension [UInt8] {
    /// Begins with a scheme, or is a share.
    fileprivate var isAbsoluteTarget: Bool {
        if starts(with: [0x5C, 0x5C]) { return true }
        let start = prefix(12).lowercased
        return Self.schemes.contains { start.starts(with: $0) }
    }

    private static let schemes: [[UInt8]] = [
        "http:", "https:", "ftp:", "file:", "mhtml:", "javascript:", "vbscript:", "ms-", "search-ms:", "www.",
        "data:",
        "smb:", "ldap:", "x-usc:", "url:",
    ].map { Array($0.utf8) }
}
