// SPDX-License-Identifier: Apache-2.0

import Bytes
import PDF

/// The files embedded in a PDF are its members.
///
/// Two walks over the streams: objects that tell of files may stand in one (an object stream) behind the file itself.
extension Unpacker {
    mutating func openPDF<Consumer: MemberConsumer>(
        _ content: [UInt8], of member: Member, into consumer: inout Consumer
    ) {
        var search = PDFFileSearch(limit: limits.members)
        search.read(content, in: 0..<content.count, by: .anywhere)
        let hasFiles = readObjectStreams(content, of: member, by: &search)
        if search.isOverfull { note(.members, member) }
        guard hasFiles || !search.names.isEmpty else { return }
        var place = 0
        while used.bound == nil, let stream = PDFStream.next(in: content, from: place) {
            place = stream.content.upperBound
            if stream.isOverlong { report.note(.damaged, member.path) }
            let numbers = stream.numbers(in: content)
            guard stream.isEmbeddedFile || numbers.contains(where: { search.names[$0] != nil }) else { continue }
            guard member.depth < limits.depth else { return note(.depth, member) }
            if search.isEncrypted { report.note(.encrypted, member.path) }
            let name = numbers.compactMap { search.names[$0] }.first { !$0.isEmpty }
            place = lend(
                stream, called: name ?? ("embedded file" as StaticString).bytes, content, of: member, into: &consumer)
        }
    }

    /// Reads what objects there are in streams; answers whether some stream calls itself a file.
    private mutating func readObjectStreams(
        _ content: [UInt8], of member: Member, by search: inout PDFFileSearch
    ) -> Bool {
        var (place, hasFiles, hasObjects) = (0, false, false)
        while used.bound == nil, let stream = PDFStream.next(in: content, from: place) {
            place = stream.content.upperBound
            search.read(content, in: stream.head, by: .inOrder)
            hasFiles = hasFiles || stream.isEmbeddedFile
            guard stream.isObjectStream else { continue }
            hasObjects = true
            let decoded = stream.decoded(content, limit: limits.heldBytes)
            if let bound = used.add(decoded.bytes.count, limits) {
                note(bound, member)
            } else if decoded.isCut {
                note(.heldBytes, member)
            } else if decoded.isUnread || stream.isPredicted {
                note(search, .unsupported(.pdf), member)
            }
            for pass in PDFPass.allCases { search.read(decoded.bytes, in: 0..<decoded.bytes.count, by: pass) }
        }
        search.read(content, in: place..<content.count, by: .inOrder)
        // Whoever opens it sees objects there that nobody sees here.
        if search.isEncrypted, hasObjects { report.note(.encrypted, member.path) }
        return hasFiles
    }

    /// What cannot be read because the file is encrypted is no fault of its form.
    private mutating func note(_ search: PDFFileSearch, _ kind: UnpackingFinding.Kind, _ member: Member) {
        report.note(search.isEncrypted ? .encrypted : kind, member.path)
    }

    /// Answers where the next stream can begin.
    private mutating func lend<Consumer: MemberConsumer>(
        _ stream: PDFStream, called name: [UInt8], _ content: [UInt8], of outer: Member, into consumer: inout Consumer
    ) -> Int {
        let range = stream.wholeContent(in: content)
        if let bound = used.addMember(limits) {
            note(bound, outer)
            return range.upperBound
        }
        // A compressed stream says itself where it ends.
        let stored = stream.filters.isEmpty ? range : range.lowerBound..<content.count
        let decoded = stream.decoded(content, in: stored, limit: limits.heldBytes)
        let member = Member(path: outer.path + [name], container: .pdf, declaredSize: decoded.bytes.count)
        lend(decoded.bytes, as: member, isCut: decoded.isCut, into: &consumer)
        if decoded.isUnread || stream.isPredicted { report.note(.unsupported(.pdf), member.path) }
        return range.upperBound
    }
}
