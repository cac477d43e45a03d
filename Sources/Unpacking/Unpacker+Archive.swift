// SPDX-License-Identifier: Apache-2.0

import Bytes

/// A container whose bytes are borrowed while it is open.
///
/// `@safe`: made and used only within the borrow, in `Unpacker.read`.
@safe struct OpenContainer {
    let bytes: UnsafeBufferPointer<UInt8>
    let kind: ContainerKind
    let reading: ArchiveReader.Reading
    let member: Member

    func reader(_ password: [UInt8]?, _ unpacker: Unpacker) -> ArchiveReader? {
        unsafe ArchiveReader(
            bytes, as: kind, reading, password: password, deadline: unpacker.used.deadline,
            nameSize: unpacker.limits.nameSize)
    }
}

/// One archive: its members in turn, and what is in those.
extension Unpacker {
    mutating func read<Consumer: MemberConsumer>(
        _ container: FoundContainer, _ reading: ArchiveReader.Reading, _ content: [UInt8], of member: Member,
        into consumer: inout Consumer
    ) {
        unsafe content.withUnsafeBufferPointer { whole in
            let bytes = unsafe UnsafeBufferPointer(rebasing: whole[container.range.clamped(to: 0..<whole.count)])
            let opened = unsafe OpenContainer(bytes: bytes, kind: container.kind, reading: reading, member: member)
            readMembers(of: opened, into: &consumer)
        }
    }

    private mutating func readMembers<Consumer: MemberConsumer>(
        of container: OpenContainer, into consumer: inout Consumer
    ) {
        let password = password(for: container)
        if password != nil { report.note(.password, container.member.path) }
        guard var reader = container.reader(password, self) else {
            return report.note(.unsupported(container.kind), container.member.path)
        }
        while used.bound == nil {
            switch reader.next() {
            case .entry(let entry): take(entry, from: &reader, in: container, into: &consumer)
            case .end: return
            case .broken: return report.note(.damaged, container.member.path)
            case .locked: return report.note(.encrypted, container.member.path)
            case .late:
                used.runOut(.time)
                return note(.time, container.member)
            }
        }
    }

    /// One member: lent, and opened if it is a container itself.
    private mutating func take<Consumer: MemberConsumer>(
        _ entry: ArchiveReader.Entry, from reader: inout ArchiveReader, in container: OpenContainer,
        into consumer: inout Consumer
    ) {
        let outer = container.member
        if let bound = used.addMember(limits) { return note(bound, outer) }
        guard entry.isFile else { return }
        let member = Member(
            path: outer.path + [container.name(of: entry)], container: container.kind, declaredSize: entry.size,
            isEncrypted: entry.isEncrypted)
        consumer.begin(member)
        var copy = HeldCopy(room: limits.heldBytes - used.held)
        let outcome = lend(member, from: &reader, keeping: &copy, to: &consumer)
        consumer.end(member, outcome)
        switch outcome {
        case .encrypted: report.note(.encrypted, member.path)
        case .damaged: report.note(.damaged, member.path)
        case .cut(let bound): note(bound, member)
        case .complete: break
        }
        openInner(copy, of: member, in: container, into: &consumer)
    }

    private mutating func lend<Consumer: MemberConsumer>(
        _ member: Member, from reader: inout ArchiveReader, keeping copy: inout HeldCopy, to consumer: inout Consumer
    ) -> MemberOutcome {
        reader.beginMember()
        while true {
            var bound: UnpackingBound?
            let piece = reader.read { skipped, bytes in
                bound = used.add(skipped.addingReportingOverflow(bytes.count).partialValue, limits)
                guard bound == nil else { return }
                Self.fill(skipped, &consumer, &copy)
                consumer.take(bytes)
                copy.append(bytes)
            }
            if bound == nil, reader.isOver(limits) {
                used.runOut(.ratio)
                bound = .ratio
            }
            if let bound { return .cut(bound) }
            switch piece {
            case .lent: continue
            case .end: return .complete
            case .locked: return .encrypted
            case .broken: return .damaged
            case .late:
                used.runOut(.time)
                return .cut(.time)
            }
        }
    }

    /// A hole in a sparse member is zeros to whoever saves it; its size was counted before.
    private static func fill<Consumer: MemberConsumer>(_ size: Int, _ consumer: inout Consumer, _ copy: inout HeldCopy)
    {
        guard size > 0 else { return }
        let zeros = [UInt8](repeating: 0, count: min(size, pieceSize))
        var left = size
        while left > 0 {
            let piece = zeros.span.extracting(0..<min(left, zeros.count))
            consumer.take(piece)
            copy.append(piece)
            left -= piece.count
        }
    }

    private mutating func openInner<Consumer: MemberConsumer>(
        _ copy: HeldCopy, of member: Member, in container: OpenContainer, into consumer: inout Consumer
    ) {
        guard used.bound == nil else { return }
        if let bytes = copy.bytes {
            used.hold(bytes.count)
            openMember(bytes, of: member, into: &consumer)
            used.release(bytes.count)
        } else if let kind = copy.kindOfLost {
            guard kind.isSequential, container.kind.isFilter, container.reading == .usual else {
                return note(.heldBytes, member)
            }
            guard member.depth < limits.depth else { return note(.depth, member) }
            let inner = unsafe OpenContainer(
                bytes: container.bytes, kind: container.kind, reading: .within(kind), member: member)
            readMembers(of: inner, into: &consumer)
        }
    }
}

extension Unpacker {
    /// What an LZMA stream holds, up to so many bytes; for what is read before an archive is.
    func decompressed(_ stream: [UInt8], limit: Int) -> [UInt8] {
        unsafe stream.withUnsafeBufferPointer { bytes in
            let reader = unsafe ArchiveReader(
                bytes, as: .lzma, .usual, password: nil, deadline: used.deadline, nameSize: limits.nameSize)
            guard var reader, case .entry = reader.next() else { return [] }
            var out: [UInt8] = []
            while out.count < limit, case .lent = reader.read({ out.append(contentsOf: $1) }) {}
            return out
        }
    }
}

extension OpenContainer {
    /// A compressed stream has no name but the one of its file: `letter.txt.gz` holds `letter.txt`.
    fileprivate func name(of entry: ArchiveReader.Entry) -> [UInt8] {
        guard kind.isFilter, reading == .usual else { return entry.name }
        let name = unsafe bytes.count > 10 && kind == .gzip ? gzipName : nil
        return name ?? Self.uncompressedName(member.name)
    }

    /// The name in the header (RFC 1952, section 2.3.1), which is what some programs save it as.
    private var gzipName: [UInt8]? {
        guard unsafe bytes[3] & 0x0C == 0x08 else { return nil }
        let name = unsafe Array(bytes[10...].prefix(256).prefix { $0 != 0 })
        return name.isEmpty || name.count == 256 ? nil : name
    }

    private static func uncompressedName(_ name: [UInt8]) -> [UInt8] {
        guard let dot = name.lastIndex(of: 0x2E), dot > 0 else { return name }
        let ending = name[(dot + 1)...].lowercased.text
        let isTar = ["tgz", "tbz", "tbz2", "txz", "tzst", "taz"].contains(ending)
        return name[..<dot] + (isTar ? (".tar" as StaticString).bytes : [])
    }
}
