// SPDX-License-Identifier: Apache-2.0

import Bytes
import Fingerprints
import Links
import MIME
import Records
import URLSyntax

/// Goes through the parts of one message and gathers links, attachments and patches.
struct PartInspection {
    private(set) var links: [LinkRecord] = []
    private(set) var attachments: [AttachmentRecord] = []
    /// Over the message, in order.
    private(set) var patches: [Patch] = []
    /// Set when the content of the message itself, not of a part, is in another transfer encoding now.
    private(set) var rootEncoding: TransferEncoding?
    /// Why parts stay as they are, each reason once; no more than are told, for a sender may invent them.
    private(set) var reasons: [String] = []
    /// What links and attachments take in the journal so far.
    private var journalSize = 0
    private let tree: EntityTree
    private let rules: LinkRules

    init(tree: EntityTree, rules: LinkRules) {
        self.tree = tree
        self.rules = rules
    }

    mutating func inspect(_ policy: RewritePolicy) throws(InspectionFault) {
        var files = tree.attachments[...]
        for leaf in tree.leaves {
            let file = files.first?.entity.index == leaf.index ? files.popFirst() : nil
            let format = TextFormat(leaf.contentType)
            guard file != nil || format != nil else { continue }
            let content = tree.decoded(leaf)
            if let file {
                let record = AttachmentRecord(file, content: content.bytes)
                attachments.append(record)
                try count(record.journalSize)
            }
            if let format { try search(leaf, format, content, policy) }
        }
    }

    private mutating func search(
        _ leaf: Entity, _ format: TextFormat, _ content: DecodedContent, _ policy: RewritePolicy
    ) throws(InspectionFault) {
        let charset = leaf.contentType.charset.checked(against: content.bytes)
        guard charset.isScannable else { return note("charset: \(charset.name)") }
        var reason = (leaf.protection ?? format.protection(in: content.bytes))?.rawValue
        if leaf.disposition?.isAttachment == true, !policy.rewritesAttachedText { reason = reason ?? "attachment" }
        if let reason { note(reason) }
        let scan = format.scan(content.bytes, charset: charset, limits: policy.linkLimits)
        var changes: [Patch] = []
        for link in scan.candidates {
            guard links.count < policy.linkLimit else { throw .limit("links") }
            let isGuess = !charset.isFullyRead && content.bytes[link.range].contains { $0.isNonASCII }
            let partReason = reason ?? (isGuess ? "charset: \(charset.name)" : nil)
            if let patch = decide(link, in: leaf, partReason: partReason) { changes.append(patch) }
            try count(links.last?.journalSize ?? 0)
        }
        try take(scan.notes, in: leaf, policy)
        if !changes.isEmpty { try add(changes, to: content, of: leaf) }
    }

    /// Records links that are none of the web, and the limits of the scan.
    ///
    /// Too many links make the whole message pass; where one link or one tag is too long, the others are rewritten all
    /// the same, or a sender could switch off the rewriting of a message by one tag.
    private mutating func take(
        _ notes: [LinkNote], in leaf: Entity, _ policy: RewritePolicy
    ) throws(InspectionFault) {
        for linkNote in notes {
            switch linkNote.reason {
            case .limit(.links): throw .limit("links")
            case .limit: note(linkNote.reason.description)
            case .invalidURL: continue
            case .scheme:
                guard links.count < policy.linkLimit else { throw .limit("links") }
                let url = (try? WebURL.parse(linkNote.target))?.serialized ?? linkNote.target
                links.append(
                    LinkRecord(
                        ordinal: links.count, url: url.text, part: leaf.part, place: linkNote.place.recorded,
                        rewritten: false, reason: linkNote.reason.description))
                try count(links.last?.journalSize ?? 0)
            }
        }
    }

    /// Records the link; gives its patch if it is rewritten.
    private mutating func decide(_ link: LinkCandidate, in leaf: Entity, partReason: String?) -> Patch? {
        let ordinal = links.count
        var record = LinkRecord(
            ordinal: ordinal, url: link.url.serialized.text, part: leaf.part, place: link.place.recorded,
            rewritten: false)
        defer { links.append(record) }
        switch rules.decision(for: link, ordinal: ordinal, partReason: partReason) {
        case .rewrite(let url):
            record.rewritten = true
            return link.patch(rewrittenURL: url)
        case .leave(let reason): record.reason = reason
        case .own(let target):
            record.reason = "own"
            if let url = try? WebURL.parse(target) { record.url = url.serialized.text }
        }
        return nil
    }

    private mutating func add(
        _ changes: [Patch], to content: DecodedContent, of leaf: Entity
    ) throws(InspectionFault) {
        let change: DecodedContent.Change
        do {
            change = try content.change(changes.sorted { $0.range.lowerBound < $1.range.lowerBound })
        } catch {
            throw .patch(error)
        }
        if let encoding = change.encoding {
            if leaf.parent == nil {
                rootEncoding = encoding
            } else {
                patches += tree.patches(changing: leaf, to: encoding)
            }
        }
        patches += change.patches
    }

    private mutating func note(_ reason: String) {
        if reasons.count < RecordLimit.reasons, !reasons.contains(reason) { reasons.append(reason) }
    }

    private mutating func count(_ size: Int) throws(InspectionFault) {
        journalSize += size
        guard journalSize <= RecordLimit.size else { throw .limit("record size") }
    }
}

extension LinkPlace {
    fileprivate var recorded: LinkRecord.Place {
        switch self {
        case .html: .html
        case .text: .text
        }
    }
}
