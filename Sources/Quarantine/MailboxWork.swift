// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Looking for messages, moving them, and giving them back: the commands in their order, on a blocking connection.
struct MailboxWork {
    let connection: IMAPConnection

    /// Folders looked into: stops one mailbox from holding up an action for ever.
    static let folderLimit = 2_000
    /// Messages handled by one command: room for four copies more that an owner made of each one that is looked for.
    static let messageLimit = 500
    /// Unread messages of a mailbox whose stamps are fetched: some people never open their mail.
    static let unreadLimit = 500

    /// Where the messages are: INBOX first, then the other folders, those of `last` at the end.
    ///
    /// An owner may file a message into a folder that was looked into already, out of one that was not: before a message is
    /// said to be nowhere, the folders that something came into meanwhile are looked into again.
    func locate(_ stamps: [MessageStamp], last: [FolderName]) throws(QuarantineError) -> Placements {
        var search = Search(missing: stamps)
        if !last.contains(.inbox) { try look(into: .inbox, &search) }
        guard !search.missing.isEmpty else { return search.found }
        for folder in try folders() where folder != .inbox && !last.contains(folder) { try look(into: folder, &search) }
        for folder in last { try look(into: folder, &search) }
        for _ in 0..<Self.secondLooks where !search.missing.isEmpty {
            let before = search.nextUIDs
            for folder in before.keys.sorted(by: { "\($0)" < "\($1)" }) { try look(into: folder, &search, again: true) }
            if search.nextUIDs == before { break }
        }
        return search.found
    }

    /// Times that folders are looked through again while their owner goes on filing.
    private static let secondLooks = 3

    /// What is still to be found, and the next UID that each folder had when it was looked into.
    private struct Search {
        var missing: [MessageStamp]
        var found: Placements = [:]
        var nextUIDs: [FolderName: UInt32] = [:]
    }

    private func look(into folder: FolderName, _ search: inout Search, again: Bool = false) throws(QuarantineError) {
        guard !search.missing.isEmpty, let opened = try open(folder) else { return }
        let nextUID = opened.number(of: "UIDNEXT") ?? 0
        if again, search.nextUIDs[folder] == nextUID { return }
        search.nextUIDs[folder] = nextUID
        let found = try find(search.missing, in: folder, opened)
        search.found.merge(found) { first, _ in first }
        search.missing.removeAll { found[$0] != nil }
    }

    /// Moves each message from `source` to where it was before, and sees to it that it has the flags it had there.
    func restore(_ messages: [Restoration], from source: FolderName) throws(QuarantineError) -> MoveOutcomes {
        var outcomes: MoveOutcomes = [:]
        for (folder, part) in Dictionary(grouping: messages, by: \.folder) {
            let moved = try move(part.map(\.stamp), from: source, to: folder)
            outcomes.merge(moved) { first, _ in first }
            try restoreFlags(of: part.filter { moved[$0.stamp] != .notFound }, in: folder)
        }
        return outcomes
    }

    /// A move keeps the flags; whoever read the message where it was changed them.
    ///
    /// A server that refuses flags (too many keywords) does not make the move undone.
    private func restoreFlags(of messages: [Restoration], in folder: FolderName) throws(QuarantineError) {
        guard !messages.isEmpty else { return }
        let placed = try find(messages.map(\.stamp), in: folder, toChange: true)
        var changes: [MessageFlags: [UInt32]] = [:]
        for message in messages {
            guard let placement = placed[message.stamp], !placement.flags.matches(message.flags) else { continue }
            changes[message.flags, default: []] += placement.uids
        }
        for (flags, uids) in changes { _ = try connection.run(.setFlags(uids, flags)) }
    }

    /// Deletes the messages for good; answers which were there.
    func delete(_ stamps: [MessageStamp], from source: FolderName) throws(QuarantineError) -> Set<MessageStamp> {
        // Without UIDPLUS an EXPUNGE takes whatever its owner marked as deleted too.
        guard try connection.can("UIDPLUS") else {
            throw QuarantineError(.unsupported, "the server does not offer UIDPLUS")
        }
        let placed = try find(stamps, in: source, toChange: true)
        guard !placed.isEmpty else { return [] }
        let uids = placed.values.flatMap(\.uids)
        _ = try connection.require(.markDeleted(uids))
        _ = try connection.require(.expunge(uids))
        return Set(placed.keys)
    }
}

// MARK: Looking

extension MailboxWork {
    /// The folders that can be opened and named in a command.
    private func folders() throws(QuarantineError) -> [FolderName] {
        let folders = try connection.require(.list).untagged.compactMap { line -> FolderName? in
            if case .folder(let name, opens: true) = line { name } else { nil }
        }
        guard folders.count <= Self.folderLimit else {
            throw QuarantineError(.badReply, "more than \(Self.folderLimit) folders: \(folders.count)")
        }
        return folders
    }

    /// Opens a folder; nil when it is not there.
    private func open(_ folder: FolderName, toChange: Bool = false) throws(QuarantineError) -> IMAPReply? {
        let opened = try connection.run(toChange ? .select(folder) : .examine(folder))
        if opened.status?.condition == .ok { return opened }
        guard opened.status?.means(missing: folder) == true else { throw connection.refusal(opened.status) }
        return nil
    }

    /// The messages' places in a folder, which is left open; none when it is not there.
    private func find(
        _ stamps: [MessageStamp], in folder: FolderName, toChange: Bool = false
    ) throws(QuarantineError) -> Placements {
        guard let opened = try open(folder, toChange: toChange) else { return [:] }
        return try find(stamps, in: folder, opened)
    }

    private func find(
        _ stamps: [MessageStamp], in folder: FolderName, _ opened: IMAPReply
    ) throws(QuarantineError) -> Placements {
        var found: Placements = [:]
        for part in stride(from: 0, to: stamps.count, by: IMAPCommand.stampLimit) {
            let some = Array(stamps[part..<min(part + IMAPCommand.stampLimit, stamps.count)])
            let uids = try search(some)
            guard !uids.isEmpty else { continue }
            let messages = try connection.require(.fetch(uids)).untagged.compactMap { line -> IMAPMessage? in
                if case .message(let message) = line { message } else { nil }
            }
            let wanted = Set(some)
            for message in messages {
                guard let uid = message.uid, let stamp = message.stamp, wanted.contains(stamp) else { continue }
                found[stamp] = Placement(
                    folder: folder, uids: (found[stamp]?.uids ?? []) + [uid],
                    uidValidity: opened.number(of: "UIDVALIDITY") ?? 0,
                    flags: found[stamp]?.flags ?? message.flags ?? MessageFlags([]),
                    internalDate: found[stamp]?.internalDate ?? message.internalDate ?? "")
            }
        }
        return found
    }

    private func search(_ stamps: [MessageStamp]) throws(QuarantineError) -> [UInt32] {
        Array(try uids(.search(stamps)).prefix(Self.messageLimit))
    }

    /// Sorted.
    private func uids(_ search: IMAPCommand) throws(QuarantineError) -> [UInt32] {
        let found = try connection.require(search).untagged.flatMap { line -> [UInt32] in
            if case .search(let uids) = line { uids } else { [] }
        }
        return Set(found).sorted()
    }

    /// What nobody has opened in INBOX; changes nothing, not even that.
    func unread() throws(QuarantineError) -> UnreadMessages {
        _ = try connection.require(.examine(.inbox))
        let uids = try uids(.searchUnseen)
        let newest = Array(uids.suffix(Self.unreadLimit))
        guard !newest.isEmpty else { return UnreadMessages(stamps: [], isComplete: true) }
        let stamps = try connection.require(.fetch(newest)).untagged.compactMap { line -> MessageStamp? in
            if case .message(let message) = line { message.stamp } else { nil }
        }
        return UnreadMessages(stamps: Set(stamps), isComplete: newest.count == uids.count)
    }
}

// MARK: Moving

extension MailboxWork {
    /// The stamps are read again in the very selection that moves them: what moves are these messages and no others.
    func move(
        _ stamps: [MessageStamp], from source: FolderName, to target: FolderName
    ) throws(QuarantineError) -> MoveOutcomes {
        guard source != target else { throw QuarantineError(.badInput, "the messages are in \(target) already") }
        let placed = try find(stamps, in: source, toChange: true)
        var outcomes: MoveOutcomes = [:]
        if !placed.isEmpty {
            outcomes =
                try connection.can("MOVE")
                ? try moveAtOnce(placed, to: target) : try copyAndExpunge(placed, from: source, to: target)
        }
        let absent = stamps.filter { placed[$0] == nil }
        guard !absent.isEmpty else { return outcomes }
        let there = try find(absent, in: target)
        for stamp in absent { outcomes[stamp] = there[stamp] == nil ? .notFound : .alreadyThere }
        return outcomes
    }

    private func moveAtOnce(_ placed: Placements, to target: FolderName) throws(QuarantineError) -> MoveOutcomes {
        let reply = try creating(target, ifMissingFor: .move(placed.values.flatMap(\.uids), target))
        let sources = reply.copiedUIDs
        let moved = placed.filter { $0.value.uids.contains(where: sources.contains) }
        // Moving a message that is gone is OK too (RFC 6851, section 3.3): where no COPYUID names it, look.
        let unsure = placed.keys.filter { moved[$0] == nil }
        let there = unsure.isEmpty ? [:] : try find(unsure, in: target)
        return outcomes(of: placed) { moved[$0] != nil || there[$0] != nil }
    }

    /// The way of servers without MOVE (RFC 6851, section 3.3).
    ///
    /// A crash in between leaves messages in both folders; the next attempt finds the copies and makes no second ones.
    private func copyAndExpunge(
        _ placed: Placements, from source: FolderName, to target: FolderName
    ) throws(QuarantineError) -> MoveOutcomes {
        guard try connection.can("UIDPLUS") else {
            throw QuarantineError(.unsupported, "the server offers neither MOVE nor UIDPLUS")
        }
        let stamps = Array(placed.keys)
        let copied = try find(stamps, in: target)
        let placed = try find(stamps, in: source, toChange: true)
        var removable = placed.filter { copied[$0.key] != nil }
        let missing = placed.filter { copied[$0.key] == nil }
        if !missing.isEmpty {
            let reply = try creating(target, ifMissingFor: .copy(missing.values.flatMap(\.uids), target))
            let sources = reply.copiedUIDs
            removable.merge(missing.filter { $0.value.uids.contains(where: sources.contains) }) { first, _ in first }
        }
        let uids = removable.values.flatMap(\.uids)
        if !uids.isEmpty {
            _ = try connection.require(.markDeleted(uids))
            _ = try connection.require(.expunge(uids))
        }
        var outcomes: MoveOutcomes = [:]
        for stamp in stamps {
            outcomes[stamp] = removable[stamp] != nil ? .moved : copied[stamp] != nil ? .alreadyThere : .notFound
        }
        return outcomes
    }

    private func outcomes(of placed: Placements, isMoved: (MessageStamp) -> Bool) -> MoveOutcomes {
        var outcomes: MoveOutcomes = [:]
        for stamp in placed.keys { outcomes[stamp] = isMoved(stamp) ? .moved : .notFound }
        return outcomes
    }

    /// Runs the command, and once more after making the folder when the server asks for it (RFC 3501, section 6.4.7).
    private func creating(_ folder: FolderName, ifMissingFor command: IMAPCommand) throws(QuarantineError) -> IMAPReply
    {
        let reply = try connection.run(command)
        guard reply.status?.condition == .no else { return reply }
        guard reply.status?.code.first == "TRYCREATE" else { throw connection.refusal(reply.status) }
        let created = try connection.run(.create(folder))
        guard created.status?.condition == .ok || created.status?.code.first == "ALREADYEXISTS" else {
            throw connection.refusal(created.status)
        }
        return try connection.require(command)
    }
}

// MARK: Reading answers

extension IMAPStatus {
    /// Whether a NO to SELECT says that we have no such folder.
    ///
    /// Any other NO (an index that is broken, a limit) must not pass for "the message is gone": it is tried again. RFC
    /// 5530, section 3, has the codes; servers without them are believed, except about INBOX, which always exists.
    func means(missing folder: FolderName) -> Bool {
        guard condition == .no else { return false }
        guard let name = code.first else { return folder != .inbox }
        return ["NONEXISTENT", "TRYCREATE", "NOPERM", "CANNOT"].contains(name)
    }

    /// The UIDs that COPYUID says were copied or moved (RFC 4315, section 3): `COPYUID validity sources destinations`.
    fileprivate var copiedUIDs: [ClosedRange<UInt32>] {
        guard code.first == "COPYUID", code.count >= 3 else { return [] }
        return code[2].split(separator: ",").compactMap { part in
            let ends = part.split(separator: ":").compactMap { UInt32($0) }
            guard let first = ends.first, let last = ends.last, ends.count <= 2 else { return nil }
            return min(first, last)...max(first, last)
        }
    }
}

extension IMAPReply {
    /// What the answer to SELECT says of the folder: `[UIDVALIDITY n]`, `[UIDNEXT n]`.
    fileprivate func number(of name: String) -> UInt32? {
        for case .status(let status) in untagged where status.code.first == name {
            return status.code.dropFirst().first.flatMap { UInt32($0) }
        }
        return nil
    }

    /// What arrived, by its UIDs in the source: said in the tagged line, or before it for MOVE, there perhaps in several lines.
    fileprivate var copiedUIDs: UIDRanges {
        var ranges = status?.copiedUIDs ?? []
        for case .status(let status) in untagged { ranges += status.copiedUIDs }
        return UIDRanges(ranges: ranges)
    }
}

/// Numbers as a server listed them; never unrolled, because `1:4294967295` is a short thing to write.
private struct UIDRanges {
    let ranges: [ClosedRange<UInt32>]

    func contains(_ uid: UInt32) -> Bool { ranges.contains { $0.contains(uid) } }
}

extension IMAPMessage {
    /// The stamp in the header section fetched; nil when that is not our field, or there is none.
    fileprivate var stamp: MessageStamp? {
        guard let header, let colon = header.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        guard header[..<colon].equalsIgnoringCase("X-Rearguard-Id") else { return nil }
        return MessageStamp(header[(colon + 1)...].filter { $0 > .space })
    }
}

/// The unread messages of a mailbox, as far as they have stamps.
package struct UnreadMessages: Hashable, Sendable {
    package let stamps: Set<MessageStamp>
    /// Whether all were looked at; the newest else.
    package let isComplete: Bool
}
