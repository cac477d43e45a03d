// SPDX-License-Identifier: Apache-2.0

import Bytes
import Links
import URLSyntax

/// A link in a file.
package struct AttachmentLink: Hashable, Sendable {
    /// What is done to open it, as records say it.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case annotation = "pdf annotation"
        case form = "pdf form"
        case script
        /// Visible in the file, or in it as text.
        case text
        case page = "html"
        case calendar
        /// A relationship of an Office document, or an attribute of an OpenDocument file.
        case document
        /// Loaded when the document is opened, before anybody clicks: a template, a picture, an object.
        case remoteContent = "remote content"
        case shortcut
        case qrCode = "qr code"
        /// A string in a binary file.
        case binary
    }

    /// As found, decoded to UTF-8: absolute, of http or https.
    package let url: [UInt8]
    /// The file it is in, with its containers.
    package let place: [UInt8]
    package let kind: Kind
}

/// What a file does beside leading to web pages.
package struct AttachmentEvidence: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case javaScript = "javascript"
        /// Starts a program or opens a file when it is opened.
        case launch
        /// Leads to another document.
        case remoteDocument = "remote document"
        /// A share of a foreign host: opening it sends a password hash there.
        case networkPath = "network path"
        /// The target and the arguments of a shortcut.
        case target, arguments
        /// A link, but not of the web.
        case scheme
        /// Loaded from elsewhere when the document is opened.
        case remoteTemplate = "remote template"
        /// Files within a document that the container's reader does not see.
        case embeddedFile = "embedded file"
        /// Could not be read without a password.
        case encrypted
        /// A part in an encoding that is not undone here.
        case unreadPart = "unread part"
    }

    package let kind: Kind
    /// What it says, cut to a length for records.
    package let value: [UInt8]
    package let place: [UInt8]
}

/// What the search of one file found.
package struct AttachmentScan: Hashable, Sendable {
    /// Each address once, in the order in which they were found.
    package private(set) var links: [AttachmentLink] = []
    package private(set) var evidence: [AttachmentEvidence] = []
    /// The limits that were met: some of the file was not searched.
    package private(set) var exceededLimits: [AttachmentLinkLimit] = []
    let limits: AttachmentLinkLimits
    private let place: [UInt8]
    private var seen: Set<[UInt8]> = []
    private var seenEvidence: Set<AttachmentEvidence> = []

    init(place: [UInt8], limits: AttachmentLinkLimits) {
        self.place = place
        self.limits = limits
    }

    /// Of a file for which there was no time left.
    package init(unsearched file: SearchedFile) {
        self.init(place: file.place, limits: AttachmentLinkLimits())
        note(.time)
    }

    mutating func note(_ limit: AttachmentLinkLimit) {
        if !exceededLimits.contains(limit) { exceededLimits.append(limit) }
    }

    mutating func note(_ kind: AttachmentEvidence.Kind, _ value: some Sequence<UInt8>) {
        let found = AttachmentEvidence(
            kind: kind, value: Array(value.prefix(limits.evidenceLength)), place: place)
        guard seenEvidence.insert(found).inserted else { return }
        guard evidence.count < limits.evidence else { return note(.evidence) }
        evidence.append(found)
    }

    /// Whether there is room for more links.
    var isFull: Bool { links.count >= limits.links }

    mutating func add(_ url: [UInt8], _ kind: AttachmentLink.Kind) {
        guard !seen.contains(url) else { return }
        guard !isFull else { return note(.links) }
        seen.insert(url)
        links.append(AttachmentLink(url: url, place: place, kind: kind))
    }

    /// A target as some format holds it: a link if it is of the web, else evidence of where it leads.
    mutating func take(target: [UInt8], _ kind: AttachmentLink.Kind) {
        let target = target.trimmed
        guard !target.isEmpty else { return }
        guard target.count <= limits.urlLength else { return note(.urlLength) }
        if target.isNetworkPath { return note(.networkPath, target) }
        if let url = try? WebURL.parse(target) {
            if url.isWeb { add(target, kind) } else { note(.scheme, target) }
        } else if target.lowercased.starts(with: ("www." as StaticString).bytes) {
            take(target: ("http://" as StaticString).bytes + target, kind)
        }
    }

    /// The links that a client would make of the text.
    mutating func take(text: [UInt8], _ kind: AttachmentLink.Kind) {
        take(parts: text, as: .plain(flow: nil), charset: nil, kind: kind)
    }

    /// The links of content in a format that messages have too.
    mutating func take(parts: [UInt8], as format: LinkFormat, charset: String?, kind: AttachmentLink.Kind) {
        guard !isFull else { return note(.links) }
        let decoded = parts.decodedUTF16
        let charset = decoded == nil ? charset.flatMap { TextCharset(label: Array($0.utf8)) } ?? .utf8 : .utf8
        var bounds = LinkLimits()
        bounds.links = limits.links
        bounds.urlLength = limits.urlLength
        let found = PartLinks.scan(decoded ?? parts, as: format, charset: charset, limits: bounds)
        for link in found.candidates { add(link.target, kind) }
        for removal in found.removals where removal.target.count <= limits.urlLength {
            note(removal.target.startsLikeScript ? .javaScript : .scheme, removal.target)
        }
        if !found.exceededLimits.isEmpty { note(.links) }
    }
}

extension [UInt8] {
    /// Without white space and controls around.
    var trimmed: [UInt8] {
        guard let start = firstIndex(where: { $0 > 0x20 }), let end = lastIndex(where: { $0 > 0x20 }) else { return [] }
        return Array(self[start...end])
    }

    /// `\\host\share`, `//host/share`, or the same as a file URL.
    var isNetworkPath: Bool {
        if starts(with: [0x5C, 0x5C]) || starts(with: [0x2F, 0x2F]) { return count > 2 }
        let start = prefix(9).lowercased
        guard start.starts(with: ("file://" as StaticString).bytes), count > 8 else { return false }
        return self[7] != 0x2F || self[8] == 0x2F || self[8] == 0x5C
    }

    fileprivate var startsLikeScript: Bool {
        let start = trimmed.prefix(11).lowercased
        return start.starts(with: ("javascript:" as StaticString).bytes)
            || start.starts(with: ("vbscript:" as StaticString).bytes)
    }

    /// UTF-16 with a byte order mark, as UTF-8; nil for what has none.
    var decodedUTF16: [UInt8]? {
        guard count >= 2 else { return nil }
        switch (self[0], self[1]) {
        case (0xFE, 0xFF): return UTF16Text.decoded(self[2...], isBigEndian: true)
        case (0xFF, 0xFE): return UTF16Text.decoded(self[2...], isBigEndian: false)
        default: return nil
        }
    }
}

enum UTF16Text {
    /// As UTF-8; what is no character becomes U+FFFD.
    static func decoded(_ bytes: ArraySlice<UInt8>, isBigEndian: Bool) -> [UInt8] {
        var units: [UInt16] = []
        units.reserveCapacity(bytes.count / 2)
        var place = bytes.startIndex
        while place + 1 < bytes.endIndex {
            let (first, second) = (UInt16(bytes[place]), UInt16(bytes[place + 1]))
            units.append(isBigEndian ? first << 8 | second : second << 8 | first)
            place += 2
        }
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }
}
