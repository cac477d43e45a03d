// SPDX-License-Identifier: Apache-2.0

// Unpacking: what is in an attachment, and in that, and so on, lent in pieces to who looks at it.
//
// A walk over containers with an account of what it has taken: members, bytes, ratio, depth, time, for the whole message.
// What goes over a bound ends the walk and stands in the report by name; nothing is quietly left out, because what a
// scanner skips is where the next attack will be. libarchive reads the formats. What it reads is told by signature and
// not by its bidding, one format at a time; what is several things at once is read as each of them.
//
//   ContainerSignatures  bytes -> which containers      ZipDirectory   a zip's two stories, and shared bytes
//   ArchiveReader        one pass of libarchive         Unpacker       the walk and the account
//   MessageMembers       a message as a container       PasswordWords  what may open the locked ones
//   PDFMembers           the files embedded in a PDF
//
// Most formats are read from their end, so a container within a container is held whole while it is open; `heldBytes`
// bounds all of them together. Only tar and cpio within a compressed stream are read as they come, by a second pass over
// the stream. Road not taken: everything through a pipe of readers (each nested zip would be read by its headers alone,
// which is the reading that attackers choose), and temporary files (mail on a disk, unencrypted, and a syncing cleaner).

import Bytes

/// Unpacks the attachments of one message; the bounds count for all of them together.
///
/// A value for one message and one thread.
package struct Unpacker {
    let limits: UnpackingLimits
    /// What may open locked containers.
    let passwords: [[UInt8]]
    var used = UnpackingUse()
    var report = UnpackingReport()

    /// The passwords are tried in their order; those over the limit are not.
    package init(limits: UnpackingLimits = UnpackingLimits(), passwords: [[UInt8]] = []) {
        self.limits = limits
        self.passwords = Array(passwords.prefix(limits.passwords))
    }

    /// Lends the attachment and all that is in it.
    package mutating func unpack<Consumer: MemberConsumer>(
        _ content: [UInt8], as member: Member, into consumer: inout Consumer
    ) -> UnpackingReport {
        report = UnpackingReport()
        used.begin(size: content.count, limits: limits)
        defer { used.end() }
        consumer.begin(member)
        for start in stride(from: 0, to: content.count, by: Self.pieceSize) {
            consumer.take(content.span.extracting(start..<min(start + Self.pieceSize, content.count)))
        }
        consumer.end(member, .complete)
        ArchiveLocale.run { openMember(content, of: member, into: &consumer) }
        return report
    }

    /// Lends a large attachment in which there is nothing to open (`ContentEnds`), piece by piece as it is decoded.
    package mutating func lend<Consumer: MemberConsumer>(
        _ member: Member, into consumer: inout Consumer, pieces: ((Span<UInt8>) -> Void) -> Void
    ) -> UnpackingReport {
        consumer.begin(member)
        pieces { consumer.take($0) }
        consumer.end(member, .complete)
        return UnpackingReport()
    }

    /// Bytes lent at a time.
    static let pieceSize = 1_024 * 1_024
}

// MARK: - The walk

extension Unpacker {
    /// Opens what the content is, if it is a container.
    mutating func openMember<Consumer: MemberConsumer>(
        _ content: [UInt8], of member: Member, into consumer: inout Consumer
    ) {
        let found = containers(in: content, of: member)
        guard !found.isEmpty else { return }
        // Most PDFs hold no file, and are no container then: `openPDF` looks at the depth itself.
        guard member.depth < limits.depth || found.allSatisfy({ $0.kind == .pdf }) else { return note(.depth, member) }
        if found.count > 1 { report.note(.severalKinds(found.map(\.kind)), member.path) }
        for container in found where used.bound == nil { open(container, content, of: member, into: &consumer) }
    }

    private func containers(in content: [UInt8], of member: Member) -> [FoundContainer] {
        let found = ContainerSignatures.containers(in: content)
        guard found.isEmpty, MessageMembers.isMessage(content, member) else { return found }
        return [FoundContainer(kind: .message, range: 0..<content.count)]
    }

    private mutating func open<Consumer: MemberConsumer>(
        _ container: FoundContainer, _ content: [UInt8], of member: Member, into consumer: inout Consumer
    ) {
        switch container.kind {
        case .message: openMessage(content, of: member, into: &consumer)
        case .signed: openSigned(content, of: member, into: &consumer)
        case .tnef: openTNEF(content, of: member, into: &consumer)
        case .pdf: openPDF(content, of: member, into: &consumer)
        case .encryptedOffice: report.note(.encrypted, member.path)
        case .zip: openZip(content, of: member, into: &consumer)
        case .sevenZip where !fits(content, in: container.range): note(.directory, member)
        case let kind where kind.isSupported: read(container, .usual, content, of: member, into: &consumer)
        default: report.note(.unsupported(container.kind), member.path)
        }
    }

    /// By its directory; and by its headers too where they say something else.
    private mutating func openZip<Consumer: MemberConsumer>(
        _ content: [UInt8], of member: Member, into consumer: inout Consumer
    ) {
        let directory = ZipDirectory(content, members: limits.members)
        if directory.overlaps { note(.overlap, member) }
        if directory.isOverfull { note(.directory, member) }
        let headers = FoundContainer(kind: .zip, range: 0..<content.count)
        guard let end = ZipDirectory.endRecord(in: content) else {
            return read(headers, .zipHeaders, content, of: member, into: &consumer)
        }
        // libarchive looks for the end record near the end alone; a comment, or what else stands behind, pushes it away.
        let zip = FoundContainer(kind: .zip, range: 0..<end + ZipDirectory.endRecordSize)
        read(zip, .usual, content, of: member, into: &consumer)
        guard directory.hasTwoReadings, used.bound == nil else { return }
        report.note(.twoReadings, member.path)
        for name in directory.otherNames { report.note(.otherName(name), member.path) }
        read(headers, .zipHeaders, content, of: member, into: &consumer)
    }

    /// Whether a 7z claims no more than may be read.
    private func fits(_ content: [UInt8], in range: Range<Int>) -> Bool {
        switch SevenZipDirectory.claim(of: content.span.extracting(range), members: limits.members) {
        case .fits: return true
        case .tooMany: return false
        case .compressed(let stream, let size):
            let header = decompressed(stream, limit: size)
            guard header.count == size else { return size <= SevenZipDirectory.harmlessSize }
            guard case .fits = SevenZipDirectory.claim(ofHeader: header.span, members: limits.members) else {
                return false
            }
            return true
        }
    }

    /// A bound was met here.
    mutating func note(_ bound: UnpackingBound, _ member: Member) {
        report.note(.bound(bound), member.path)
    }
}
