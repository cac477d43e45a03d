// SPDX-License-Identifier: Apache-2.0

import AttachmentLinks
import Bytes
import Fingerprints
import Links
import MIME
import Mail
import Records
import URLSyntax
import Unpacking
import Verdicts

/// Goes through the parts of one message and gathers links, attachments and patches.
struct PartInspection {
    var links: [LinkRecord] = []
    var attachments: [AttachmentRecord] = []
    /// Over the message, in no order.
    private(set) var patches: [Patch] = []
    /// What must change in the message's own header section.
    private(set) var fields: [FieldChange] = []
    /// Why parts stay as they are, or are written anew; each reason once, and no more than are told, for a sender may
    /// invent them.
    private(set) var reasons: [String] = []
    /// Limits within parts: some of the links there were not seen.
    var limits: [String] = []
    /// Why some displayed text cannot be searched at all.
    private(set) var obstacles: [String] = []
    /// Whether a link stays live because a signature would break.
    var hasSignedLinks = false
    /// What becomes of the message because a scanner failed.
    var scanAnswer: UnreadAnswer?
    /// What links and attachments take in the journal so far.
    var journalSize = 0
    /// The contents that were gone through; another reading of the same bytes does not touch them again.
    private var seen = SeenRanges()
    private let rules: LinkRules
    let judge: ContentJudge
    let bounds: InspectionLimits
    /// What a scan of one part is told.
    private var part: LinkLimits
    let taker: (any ContentTaker)?
    /// One account for all attachments; made when the first one comes.
    var unpacker: Unpacker?
    let attachmentSearch: AttachmentSearchRun
    /// What may open locked archives: words of the texts so far.
    var passwords = PasswordWords()

    init(rules: LinkRules, judge: ContentJudge, limits: InspectionLimits, taker: (any ContentTaker)? = nil) {
        self.rules = rules
        self.judge = judge
        bounds = limits
        part = limits.part
        attachmentSearch = AttachmentSearchRun(limits: limits.attachment, time: limits.attachmentTime)
        part.stripsRemoteStyle = rules.policy.removesRemoteStyles
        self.taker = taker
    }

    /// Whether an attachment, or something in it, could not be looked through.
    var isUnscannable: Bool { attachments.contains { $0.unscannable != nil } }

    var changesNothing: Bool { patches.isEmpty && fields.isEmpty }

    /// Whether a link or another place that leads somewhere was changed.
    var changesLinks: Bool { links.contains { $0.rewritten || $0.removed == true } }

    /// All leaves of the message as most clients read it.
    mutating func inspect(_ tree: EntityTree) throws(InspectionFault) {
        var files = tree.attachments[...]
        for leaf in tree.leaves {
            let file = files.first?.entity.index == leaf.index ? files.popFirst() : nil
            let format = TextFormat(leaf)
            if let file { try take(file, isText: format != nil, in: tree) }
            if let format { try search(leaf, format, in: tree) }
            if leaf.isIncomplete { hold(back: "incomplete: \(leaf.contentType.mediaType)") }
            _ = seen.insert(leaf.content)
        }
    }

    /// What another reading shows at places that no reading before showed, from that byte on.
    mutating func inspect(_ reading: Reading, from start: Int) throws(InspectionFault) {
        for leaf in reading.leaves where leaf.content.lowerBound >= start && seen.insert(leaf.content) {
            if let format = TextFormat(leaf) { try search(leaf, format, in: reading.tree) }
        }
    }

    private mutating func search(_ leaf: Entity, _ format: TextFormat, in tree: EntityTree) throws(InspectionFault) {
        let content = tree.text(leaf)
        if let obstacle = content.obstacle { Self.add(obstacle, to: &obstacles) }
        if format.part == .text { passwords.add(text: content.bytes) }
        let blocks = format.pgpBlocks(in: content.bytes)
        for block in blocks { note(block.protection.rawValue) }
        let reason = reasonToKeep(leaf, format, content, blocks)
        if let reason { note(reason) }
        let scan = format.scan(content.bytes, charset: content.reading, limits: part)
        var changes: [Patch] = []
        for link in scan.candidates where format.counts(link, in: content.bytes) {
            guard links.count < bounds.links else { throw .limit("links") }
            let isGuess = !content.reading.isFullyRead && content.bytes[link.range].contains { $0.isNonASCII }
            let partReason =
                reason ?? blocks.protection(of: link.range)?.rawValue
                ?? (isGuess ? "charset: \(content.reading.name)" : nil)
            if let patch = decide(link, in: leaf, content, partReason: partReason) { changes.append(patch) }
            if leaf.protection != nil || blocks.protection(of: link.range) != nil, link.place != .picture {
                hasSignedLinks = true
            }
            try count(links.last?.journalSize ?? 0)
        }
        for removal in scan.removals {
            guard links.count < bounds.links else { throw .limit("links") }
            let partReason = reason ?? blocks.protection(of: removal.patch.range)?.rawValue
            if let patch = decide(removal, in: leaf, partReason: partReason) { changes.append(patch) }
            try count(links.last?.journalSize ?? 0)
        }
        if rules.unwrapsOwn, reason == nil {
            try unwrapOthers(content.bytes, format, in: leaf, but: blocks, into: &changes)
        }
        try take(scan.exceededLimits)
        if scan.isAmbiguous, reason == nil, !rules.unwrapsOwn {
            let ambiguity = LinkNote.Reason.ambiguous.description
            note(ambiguity)
            Self.add(ambiguity, to: &obstacles)
        }
        try write(changes, to: content, of: leaf, in: tree, isKept: reason != nil || !blocks.isEmpty)
    }

    /// Why nothing in the part is changed; nil when links may be.
    private func reasonToKeep(_ leaf: Entity, _ format: TextFormat, _ content: TextContent, _ blocks: [InlinePGP.Block])
        -> String?
    {
        if let protection = leaf.protection { return protection.rawValue }
        if let block = blocks.first, !content.changesInPlace { return block.protection.rawValue }
        if let obstacle = content.obstacle { return obstacle }
        if leaf.disposition?.isAttachment == true, !rules.policy.parts.contains(.attached) { return "attachment" }
        return rules.policy.parts.contains(format.part) ? nil : "policy: \(format.part.rawValue)"
    }

    /// Too many links make the whole message one that was not followed to its end; where one link or one tag is too
    /// long, the others are rewritten all the same.
    private mutating func take(_ exceeded: [LinkLimit]) throws(InspectionFault) {
        for limit in exceeded {
            if limit == .links { throw .limit("links") }
            note("limit: \(limit.rawValue)")
            if limit != .notes { Self.add(limit.rawValue, to: &limits) }
        }
    }

    /// Records the link; gives its patch if it is changed.
    private mutating func decide(
        _ link: LinkCandidate, in leaf: Entity, _ content: TextContent, partReason: String?
    ) -> Patch? {
        let ordinal = links.count
        let decision = rules.decision(for: link, ordinal: ordinal, partReason: partReason)
        var url = link.url
        if case .own(let target) = decision { url = (try? WebURL.parse(target)) ?? url }
        if case .unwrap(let target) = decision { url = (try? WebURL.parse(target)) ?? url }
        var record = LinkRecord(
            ordinal: ordinal, url: url.serialized.text, part: leaf.part, place: link.place.recorded, rewritten: false)
        defer { links.append(record) }
        judge(url, into: &record)
        switch decision {
        case .rewrite(let url):
            record.rewritten = true
            return styled(link.patch(rewrittenURL: url), of: link, in: content.bytes)
        case .leave(let reason): record.reason = reason
        case .remove(let reason):
            record.reason = reason
            record.removed = true
            return link.removal
        case .own: record.reason = "own"
        case .unwrap(let target):
            record.reason = "unwrapped"
            return link.patch(rewrittenURL: target)
        }
        return nil
    }

    /// Links of ours that no client would open: mail programs show a link's address as its text, too.
    private mutating func unwrapOthers(
        _ text: [UInt8], _ format: TextFormat, in leaf: Entity, but blocks: [InlinePGP.Block],
        into changes: inout [Patch]
    ) throws(InspectionFault) {
        var done = SeenRanges()
        for change in changes { _ = done.insert(change.range) }
        for block in blocks { _ = done.insert(block.range) }
        for own in OwnLinks.find(in: text, mint: rules.mint) where done.insert(own.range) {
            guard links.count < bounds.links else { throw .limit("links") }
            let url = (try? WebURL.parse(own.target))?.serialized ?? own.target
            links.append(
                LinkRecord(
                    ordinal: links.count, url: url.text, part: leaf.part, place: format.place, rewritten: false,
                    reason: "unwrapped"))
            try count(links.last?.journalSize ?? 0)
            let target = format.part == .html ? OwnLinks.escaped(own.target) : own.target
            changes.append(Patch(range: own.range, replacement: target))
        }
    }

    /// Records a place that leads to no web page.
    private mutating func decide(_ removal: LinkRemoval, in leaf: Entity, partReason: String?) -> Patch? {
        let url = (try? WebURL.parse(removal.target))?.serialized ?? removal.target
        var record = LinkRecord(
            ordinal: links.count, url: url.text, part: leaf.part, place: removal.place.recorded, rewritten: false,
            reason: removal.reason.description)
        defer { links.append(record) }
        if let reason = rules.reasonToKeep(removal, partReason: partReason) {
            record.reason = "\(removal.reason) (\(reason))"
            return nil
        }
        record.removed = true
        return removal.patch
    }

    func judge(_ url: WebURL, into record: inout LinkRecord) {
        let unwrapped = VendorLinks.unwrap(url)
        if let unwrapped { record.chain = unwrapped.recorded }
        if let known = judge.known(url, unwrapped) {
            record.verdict = known.verdict.rawValue
            record.indicator = known.indicator
        } else if unwrapped?.isDeep == true {
            record.verdict = Verdict.suspicious.rawValue
        }
    }

    /// As the policy wants links in plain text to stand.
    private func styled(_ patch: Patch, of link: LinkCandidate, in text: [UInt8]) -> Patch {
        guard rules.policy.textStyle == .angle, link.context == .plainText else { return patch }
        let before = text[..<patch.range.lowerBound]
        // RFC 3986, appendix C: `<http://…>` and `<URL:http://…>` have their brackets.
        guard before.last != UInt8(ascii: "<"), !before.suffix(5).equalsIgnoringCase("<url:") else { return patch }
        return Patch(
            range: patch.range, replacement: [UInt8(ascii: "<")] + patch.replacement + [UInt8(ascii: ">")])
    }

    private mutating func write(
        _ changes: [Patch], to content: TextContent, of leaf: Entity, in tree: EntityTree, isKept: Bool
    ) throws(InspectionFault) {
        let normalizes = isKept || rules.policy.mode != .rewrite ? nil : content.normalizes
        guard !changes.isEmpty || normalizes != nil else { return }
        if let normalizes { note(normalizes) }
        do {
            let change = try content.change(changes.sorted { $0.range.lowerBound < $1.range.lowerBound })
            fields += change.fields.filter { $0.entity == 0 }
            patches += change.patches + tree.patches(for: change.fields.filter { $0.entity != 0 })
        } catch {
            throw .patch(error)
        }
    }

    mutating func note(_ reason: String) { Self.add(reason, to: &reasons) }

    private mutating func hold(back reason: String) {
        Self.add(reason, to: &obstacles)
        note(reason)
    }

    static func add(_ reason: String, to list: inout [String]) {
        if list.count < RecordLimit.reasons, !list.contains(reason) { list.append(reason) }
    }

    mutating func count(_ size: Int) throws(InspectionFault) {
        journalSize += size
        guard journalSize <= RecordLimit.size else { throw .limit("record size") }
    }
}

extension LinkPlace {
    fileprivate var recorded: LinkRecord.Place {
        switch self {
        case .html: .html
        case .text: .text
        case .picture: .picture
        }
    }
}
