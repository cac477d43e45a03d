// SPDX-License-Identifier: Apache-2.0

import AttachmentLinks
import Fingerprints
import Unpacking

/// The search for links in all attachments of one message, with one account of the time it takes.
///
/// A picture of millions of points takes a tenth of a second to search for a code, and a message may have hundreds: what is
/// over the time is not searched, and the record says so.
final class AttachmentSearchRun {
    private let limits: AttachmentLinkLimits
    private let time: Duration
    private var spent = Duration.zero

    init(limits: AttachmentLinkLimits, time: Duration) {
        self.limits = limits
        self.time = time
    }

    /// Bytes of a content that are worth keeping, told by its first ones.
    func wantedSize(of head: [UInt8], _ member: Member, type: String?) -> Int {
        AttachmentSearch.wantedSize(of: file(head, member, type), limits: limits)
    }

    /// Where the content leads, of which these are the first bytes of so many; nil when there is nothing to search.
    func scan(_ content: [UInt8], of size: Int, _ member: Member, type: String?) -> AttachmentScan? {
        guard !content.isEmpty else { return nil }
        let start = ContinuousClock.now
        defer { spent += .now - start }
        let file = file(content, member, type)
        guard spent < time else { return AttachmentScan(unsearched: file) }
        // What was cut sooner is no document: the search wanted no more of it.
        let isCut = content.count < size && content.count >= limits.contentSize
        return AttachmentSearch.scan(file, isCut: isCut, limits: limits)
    }

    private func file(_ content: [UInt8], _ member: Member, _ type: String?) -> SearchedFile {
        SearchedFile(
            content, name: member.name, mediaType: type ?? FileTypes.unknown, declaredType: member.declaredType,
            charset: member.charset, place: member.place)
    }
}
