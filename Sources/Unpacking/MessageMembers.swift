// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography
import MIME

/// A message that was attached as a file: its parts are its members.
enum MessageMembers {
    /// Bytes at the start that are looked at for header fields.
    private static let headSize = 16 * 1_024

    private static let types: Set<String> = ["message/rfc822", "message/global", "message/partial"]
    /// Fields that only a message has; in lower case, with the colon.
    private static let fields: [[UInt8]] = [
        "received:", "return-path:", "mime-version:", "message-id:", "delivered-to:", "content-type:",
    ].map { Array($0.utf8) }

    /// By what is said of it, or because it begins with header fields of a message.
    static func isMessage(_ content: [UInt8], _ member: Member) -> Bool {
        let name = member.name.suffix(4).lowercased
        if name == (".eml" as StaticString).bytes { return true }
        if member.declaredType.map(types.contains) == true { return true }
        var known = 0
        for line in content.prefix(headSize).split(separator: .lineFeed, omittingEmptySubsequences: false).prefix(100) {
            if line.isEmpty || line.first == .carriageReturn { break }
            if line.first == .space || line.first == .tab { continue }
            guard isField(line) else { return false }
            let start = line.prefix(16).lowercased
            if fields.contains(where: start.starts) { known += 1 }
        }
        return known >= 2
    }

    /// A name without spaces, and a colon.
    private static func isField(_ line: ArraySlice<UInt8>) -> Bool {
        guard let colon = line.prefix(78).firstIndex(of: 0x3A), colon > line.startIndex else { return false }
        return line[..<colon].allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}

extension Unpacker {
    /// Bytes of a message's rich text that are unpacked.
    private static let richTextLimit = 16 * 1_024 * 1_024

    mutating func openMessage<Consumer: MemberConsumer>(
        _ content: [UInt8], of member: Member, into consumer: inout Consumer
    ) {
        guard let tree = try? EntityTree.parse(content) else { return report.note(.damaged, member.path) }
        for leaf in tree.leaves where used.bound == nil {
            if let bound = used.addMember(limits) { return note(bound, member) }
            let bytes = tree.decoded(leaf).bytes
            let part = Member(
                path: member.path + [Array((leaf.fileName ?? (leaf.part.isEmpty ? "body" : "part \(leaf.part)")).utf8)],
                container: .message,
                declaredType: leaf.contentType.mediaType, charset: leaf.contentType.parameters["charset"]?.text,
                declaredSize: bytes.count)
            lend(bytes, as: part, into: &consumer)
        }
    }

    /// What a signature signs, if that is inside: an entity of a message (RFC 8551, section 3.5.2).
    ///
    /// Mail programs show it like any other mail, whoever signed it.
    mutating func openSigned<Consumer: MemberConsumer>(
        _ content: [UInt8], of member: Member, into consumer: inout Consumer
    ) {
        switch SignedContent(content) {
        case .elsewhere: return
        case .unreadable: report.note(.damaged, member.path)
        case .inside(let bytes):
            if let bound = used.addMember(limits) { return note(bound, member) }
            let part = Member(
                path: member.path + [("signed content" as StaticString).bytes], container: .signed,
                declaredType: "message/rfc822", declaredSize: bytes.count)
            lend(bytes, as: part, into: &consumer)
        }
    }

    /// What Outlook packs into `winmail.dat`; other mail programs show the file, some of them what is in it.
    mutating func openTNEF<Consumer: MemberConsumer>(
        _ content: [UInt8], of member: Member, into consumer: inout Consumer
    ) {
        let stream = TNEFReader(content, limit: limits.members)
        if stream.isDamaged { report.note(.damaged, member.path) }
        for item in stream.items where used.bound == nil {
            if let bound = used.addMember(limits) { return note(bound, member) }
            var (bytes, type) = (Array(content[item.range]), item.type)
            if type == CompressedRTF.mediaType {
                // Larger than all texts of people; what cannot be unpacked is lent as it is, and told.
                let text = CompressedRTF.text(bytes, limit: Self.richTextLimit)
                if text == nil { report.note(.damaged, member.path) }
                (bytes, type) = text.map { ($0, "text/rtf") } ?? (bytes, type)
            }
            let part = Member(
                path: member.path + [item.name], container: .tnef, declaredType: type, declaredSize: bytes.count)
            lend(bytes, as: part, into: &consumer)
        }
    }

    /// A member that was decoded as a whole, and what is in it.
    ///
    /// `isCut`: there is more of it than may be held.
    mutating func lend<Consumer: MemberConsumer>(
        _ bytes: [UInt8], as member: Member, isCut: Bool = false, into consumer: inout Consumer
    ) {
        consumer.begin(member)
        if let bound = used.add(bytes.count, limits) {
            consumer.end(member, .cut(bound))
            return note(bound, member)
        }
        for start in stride(from: 0, to: bytes.count, by: Self.pieceSize) {
            consumer.take(bytes.span.extracting(start..<min(start + Self.pieceSize, bytes.count)))
        }
        consumer.end(member, isCut ? .cut(.heldBytes) : .complete)
        if isCut { return note(.heldBytes, member) }
        used.hold(bytes.count)
        if used.held > limits.heldBytes {
            if !ContainerSignatures.containers(in: bytes).isEmpty { note(.heldBytes, member) }
        } else {
            openMember(bytes, of: member, into: &consumer)
        }
        used.release(bytes.count)
    }
}
