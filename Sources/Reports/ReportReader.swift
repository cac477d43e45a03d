// SPDX-License-Identifier: Apache-2.0

import Bytes
package import LinkTokens
package import MIME
import Mail

/// Reads reports; `clickURL` and `keys` are there to know our own links, where the site has them at hand.
package struct ReportReader: Sendable {
    private let links: OwnLinks?

    package init(clickURL: String, keys: KeyRing?) {
        links = keys.map { OwnLinks(clickURL: clickURL, keys: $0) }
    }

    /// The report in a mail; an error says which limit of MIME it is beyond.
    package func read(_ bytes: [UInt8]) throws(MIMELimitExceeded) -> UserReport {
        let tree = try EntityTree.parse(bytes)
        let header = Header(tree.root.header, bytes)
        let feedback = tree.entities.first { $0.contentType.mediaType == "message/feedback-report" }
        var originals: [ReportedOriginal] = []
        for entity in tree.entities where originals.count < ReportLimits.originals && isReported(entity, in: tree) {
            originals.append(original(entity, in: tree))
        }
        let form: ReportForm = feedback != nil ? .feedback : originals.isEmpty ? .forwarded : .attached
        if originals.isEmpty { originals = [forwarded(tree, header)] }
        return UserReport(
            opinion: feedback.flatMap { Self.opinion(of: $0, in: tree) }
                ?? Self.opinion(ofSubject: header.text("Subject") ?? ""),
            form: form, reporter: header.address("From"), language: header.language, isAutomatic: header.isAutomatic,
            originals: originals.filter { !$0.isEmpty })
    }

    // MARK: Originals

    /// A message in the report, or the header of one; not one within another.
    private func isReported(_ entity: Entity, in tree: EntityTree) -> Bool {
        guard entity.index > 0, Self.messages.contains(entity.contentType.mediaType) else { return false }
        var parent = entity.parent
        while let index = parent {
            if Self.messages.contains(tree.entities[index].contentType.mediaType) { return false }
            parent = tree.entities[index].parent
        }
        return true
    }

    private static let messages: Set<String> = ["message/rfc822", "message/global", "text/rfc822-headers"]

    private func original(_ entity: Entity, in tree: EntityTree) -> ReportedOriginal {
        let content = tree.decoded(entity).bytes
        guard let inner = try? EntityTree.parse(content) else {
            let header = (try? EntityTree.header(of: content)).map { Header($0, content) }
            return traces(header)
        }
        var original = traces(Header(inner.root.header, content))
        original.references = references(in: inner)
        return original
    }

    private func traces(_ header: Header?) -> ReportedOriginal {
        var original = ReportedOriginal()
        original.stamp = header?.text("X-Rearguard-Id")
        original.messageIDs = header?.identifiers("Message-ID") ?? []
        original.subject = header?.text("Subject")
        return original
    }

    /// The original of a report that has it in its text: clients name it in References, and its subject in ours.
    private func forwarded(_ tree: EntityTree, _ header: Header) -> ReportedOriginal {
        var original = ReportedOriginal()
        original.messageIDs = header.identifiers("In-Reply-To") + header.identifiers("References").reversed()
        original.references = references(in: tree)
        original.subject = header.text("Subject").map(Self.withoutPrefixes).flatMap { $0.isEmpty ? nil : $0 }
        return original
    }

    private func references(in tree: EntityTree) -> [String] {
        guard let links else { return [] }
        var found: [String] = []
        var left = ReportLimits.text
        for leaf in tree.leaves where leaf.contentType.isText && left > 0 {
            let text = tree.decoded(leaf).bytes.prefix(left)
            left -= text.count
            for reference in links.references(in: text) where !found.contains(reference) { found.append(reference) }
        }
        return Array(found.prefix(ReportLimits.traces))
    }

    // MARK: Opinions

    /// RFC 5965, section 7.3, and what feedback loops send beside it.
    private static func opinion(of feedback: Entity, in tree: EntityTree) -> ReportOpinion? {
        let text = tree.decoded(feedback).bytes.prefix(ReportLimits.field)
        for line in text.split(separator: .lineFeed) {
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1)
            guard parts.count == 2, parts[0].equalsIgnoringCase("Feedback-Type") else { continue }
            return switch parts[1].filter({ $0 > .space }).lowercased.text {
            case "not-spam": .notJunk
            case "fraud", "virus": .phishing
            default: .junk
            }
        }
        return nil
    }

    /// The beginnings of subjects that report buttons write (defender.md, 4.1); without any, a report is about phishing.
    private static let marks: [(String, ReportOpinion)] = [
        ("1|", .junk), ("2|", .notJunk), ("3|", .phishing), ("junk:", .junk), ("not junk:", .notJunk),
        ("phishing:", .phishing), ("[junk]", .junk), ("[not junk]", .notJunk), ("[phishing]", .phishing),
    ]

    private static func opinion(ofSubject subject: String) -> ReportOpinion {
        let small = subject.lowercased()
        return marks.first { small.hasPrefix($0.0) }?.1 ?? .phishing
    }

    /// Prefixes of answers and forwards, as the larger clients write them.
    private static let prefixes = [
        "re:", "fwd:", "fw:", "wg:", "aw:", "tr:", "rv:", "i:", "r:", "enc:", "vs:", "sv:", "doorst:",
    ]

    /// The subject of what was forwarded; a few prefixes may stand before one another.
    static func withoutPrefixes(_ subject: String) -> String {
        var rest = subject[...]
        for _ in 0..<10 {
            rest = rest.drop { $0 == " " }
            let small = rest.prefix(20).lowercased()
            guard let mark = (marks.map(\.0) + prefixes).first(where: small.hasPrefix) else { break }
            rest = rest.dropFirst(mark.count)
        }
        return String(rest)
    }
}

// MARK: - Header fields

/// The fields of one header section that matter here.
private struct Header {
    private let section: HeaderSection
    private let bytes: [UInt8]

    init(_ section: HeaderSection, _ bytes: [UInt8]) {
        self.section = section
        self.bytes = bytes
    }

    private func value(_ name: HeaderFieldName) -> ArraySlice<UInt8>? {
        section.value(name, in: bytes)?.prefix(ReportLimits.field)
    }

    func text(_ name: HeaderFieldName) -> String? {
        guard let value = value(name) else { return nil }
        let text = EncodedWords.decode(value).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return text.isEmpty ? nil : text
    }

    /// The `<…>` in the field, in order.
    func identifiers(_ name: HeaderFieldName) -> [String] {
        var found: [String] = []
        var rest = value(name) ?? []
        while found.count < ReportLimits.traces, let open = rest.firstIndex(of: UInt8(ascii: "<")),
            let close = rest[open...].firstIndex(of: UInt8(ascii: ">"))
        {
            found.append(rest[open...close].text)
            rest = rest[(close + 1)...]
        }
        return found
    }

    /// The (first) address: between angle brackets, or the whole value (RFC 5322, section 3.4).
    func address(_ name: HeaderFieldName) -> String? {
        guard let value = value(name) else { return nil }
        let bracketed = identifiers(name).first.map { String($0.dropFirst().dropLast()) }
        let address = (bracketed ?? value.filter { $0 > .space }.text).lowercased()
        let isAddress = address.utf8.count <= 320 && address.contains("@") && !address.contains(where: \.isWhitespace)
        return isAddress ? address : nil
    }

    /// What the reporter's client is set to (Outlook writes it), else what the text is in.
    var language: String? {
        let field = text("Accept-Language") ?? text("Content-Language")
        let tag = (field ?? "").prefix { $0.isLetter || $0 == "-" }.prefix { $0 != "-" }.lowercased()
        return (2...3).contains(tag.utf8.count) ? tag : nil
    }

    var isAutomatic: Bool {
        if let submitted = text("Auto-Submitted"), submitted.lowercased() != "no" { return true }
        return ["bulk", "junk", "list"].contains(text("Precedence")?.lowercased())
    }
}

/// Finds links of ours in text, and the messages they were made for.
private struct OwnLinks: Sendable {
    private let prefix: [UInt8]
    private let keys: KeyRing

    init(clickURL: String, keys: KeyRing) {
        prefix = Array(clickURL.utf8) + (clickURL.hasSuffix("/") ? "to/" : "/to/").utf8
        self.keys = keys
    }

    func references(in text: ArraySlice<UInt8>) -> [String] {
        var found: [String] = []
        var rest = text
        while found.count < ReportLimits.traces, let start = place(in: rest) {
            rest = rest[(start + prefix.count)...]
            let path = rest.prefix { $0 > .space && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "<") }
            if let token = UnverifiedLinkToken(path: path)?.verified(by: keys) {
                let reference = token.reference.description
                if !found.contains(reference) { found.append(reference) }
            }
        }
        return found
    }

    private func place(in text: ArraySlice<UInt8>) -> Int? {
        guard let first = prefix.first, text.count >= prefix.count else { return nil }
        let end = text.endIndex - prefix.count
        var index = text.startIndex
        while index <= end {
            if text[index] == first, text[index..<(index + prefix.count)].elementsEqual(prefix) { return index }
            index += 1
        }
        return nil
    }
}
