// SPDX-License-Identifier: Apache-2.0

import AttachmentLinks
import Bytes
import Fingerprints
import MIME
import Records
import URLSyntax
import Unpacking
import Verdicts

/// Attachments, and what is in them: recorded and judged, and never changed.
extension PartInspection {
    /// `isText`: the message shows it, so that its links are looked for as a text's.
    mutating func take(_ file: MIME.Attachment, isText: Bool, in tree: EntityTree) throws(InspectionFault) {
        try FileTypesPool.borrow { (types) throws(InspectionFault) in
            var walk = AttachmentWalk(taker: taker, types: types, search: attachmentSearch, isRootText: isText)
            var unpacker = unpacker ?? Unpacker(limits: bounds.unpacking, passwords: passwords.words)
            let report = lend(file, in: tree, by: &unpacker, into: &walk)
            self.unpacker = unpacker
            try take(walk.found, report, part: file.entity.part)
        }
    }

    /// The attachment and what is in it.
    private func lend(
        _ file: MIME.Attachment, in tree: EntityTree, by unpacker: inout Unpacker, into walk: inout AttachmentWalk
    ) -> UnpackingReport {
        let path = [Array((file.name ?? "").utf8)]
        let type = file.entity.contentType.mediaType
        var ends = ContentEnds()
        if file.entity.content.count > bounds.wholeAttachment {
            tree.forEachDecodedChunk(file.entity) { ends.take($0) }
        }
        guard ends.size > 0, !ends.areOfContainer, !type.hasPrefix("message/") else {
            let content = tree.decoded(file.entity).bytes
            let member = Member(path: path, declaredType: type, declaredSize: content.count)
            return unpacker.unpack(content, as: member, into: &walk)
        }
        let member = Member(path: path, declaredType: type, declaredSize: ends.size)
        return unpacker.lend(member, into: &walk) { tree.forEachDecodedChunk(file.entity, $0) }
    }

    /// Records an attachment and its members, in the order in which they were met: what lies in another comes after it.
    private mutating func take(
        _ found: [AttachmentWalk.Found], _ report: UnpackingReport, part: String
    ) throws(InspectionFault) {
        var numbers: [[[UInt8]]: Int] = [:]
        var signed: Set<[[UInt8]]> = []
        let below = LinksBelow(found)
        for item in found {
            let isRoot = item.member.depth == 0
            let parent = isRoot ? nil : numbers[Array(item.member.path.dropLast())]
            var record = AttachmentRecord(item, part: part, parent: parent)
            judge(&record)
            if let report = item.report { take(report, into: &record) }
            if isRoot { record.take(report) }
            if let scan = item.scan { record.take(scan) }
            attachments.append(record)
            numbers[item.member.path] = attachments.count
            try count(record.journalSize)
            let isSigned = isSigned(item, &signed)
            guard let scan = item.scan else { continue }
            let own = below.own(scan.links, of: item.member)
            try take(own, part: part)
            if isSigned, !own.isEmpty { hasSignedLinks = true }
        }
    }

    /// Whether a mail program shows it as the signed content of the message.
    private func isSigned(_ item: AttachmentWalk.Found, _ signed: inout Set<[[UInt8]]>) -> Bool {
        let isSigned = item.member.container == .signed || signed.contains(Array(item.member.path.dropLast()))
        if isSigned { signed.insert(item.member.path) }
        return isSigned
    }

    /// Links in an attachment: nothing there is changed, but look-back finds them, and what is known of them counts.
    private mutating func take(_ found: [AttachmentLink], part: String) throws(InspectionFault) {
        for link in found {
            // A list of addresses must not keep the message from having links of its own.
            guard links.count < bounds.links / 2, journalSize < RecordLimit.size / 2 else {
                return note("limit: links in attachments")
            }
            guard let url = try? WebURL.parse(link.url) else { continue }
            var record = LinkRecord(
                ordinal: links.count, url: url.serialized.text, part: part, place: .attachment, rewritten: false,
                reason: "\(link.kind.rawValue) in \(link.place.text.kept)")
            judge(url, into: &record)
            links.append(record)
            try count(record.journalSize)
        }
    }

    private func judge(_ record: inout AttachmentRecord) {
        guard let known = judge.known(record) else { return }
        record.verdict = known.verdict.rawValue
        record.indicator = known.indicator
    }

    private mutating func take(_ report: ContentReport, into record: inout AttachmentRecord) {
        if report.isKept { record.kept = true }
        if !report.findings.isEmpty { record.findings = report.findings }
        let known = record.verdict.flatMap { Verdict(rawValue: $0) } ?? .unknown
        if let verdict = report.verdict, verdict > known { record.verdict = verdict.rawValue }
        if let limit = report.limits.first { record.unscannable = limit }
        for limit in report.limits { Self.add(limit, to: &limits) }
        if let answer = report.answer { scanAnswer = answer }
    }
}
