// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Looking for a message, moving it, and giving it back: the commands in their order, on a blocking connection.
struct MailboxWork {
    let connection: IMAPConnection
    let quarantine: FolderName

    /// Folders looked into: stops one mailbox from holding up an action for ever.
    static let folderLimit = 2_000
    /// Copies of one message in one folder that are moved together.
    static let copyLimit = 100
    /// Unread messages of a mailbox whose stamps are fetched: some people never open their mail.
    static let unreadLimit = 500

    /// Where the message is: INBOX first, then the other folders, the quarantine last.
    func locate(_ stamp: MessageStamp) throws(QuarantineError) -> Whereabouts {
        if let placement = try find(stamp, in: .inbox) { return .found(placement) }
        for folder in try folders() where folder != .inbox && folder != quarantine {
            if let placement = try find(stamp, in: folder) { return .found(placement) }
        }
        guard let placement = try find(stamp, in: quarantine) else { return .notFound }
        return .alreadyInQuarantine(placement)
    }

    /// Moves the message from `folder` to the quarantine.
    func quarantine(_ stamp: MessageStamp, from folder: FolderName) throws(QuarantineError) -> MoveOutcome {
        guard folder != quarantine else { throw QuarantineError(.badInput, "the message is in the quarantine already") }
        return try move(stamp, from: folder, to: quarantine)
    }

    /// Moves the message from the quarantine to `folder` and sees to it that it has these flags there.
    func release(_ stamp: MessageStamp, to folder: FolderName, flags: MessageFlags) throws(QuarantineError)
        -> MoveOutcome
    {
        guard folder != quarantine else { throw QuarantineError(.badInput, "a release leads out of the quarantine") }
        let outcome = try move(stamp, from: quarantine, to: folder)
        guard outcome == .moved, let placement = try find(stamp, in: folder, toChange: true) else { return outcome }
        // A move keeps the flags; whoever read the message in the quarantine changed them.
        if !placement.flags.matches(flags) { _ = try connection.require(.setFlags(placement.uids, flags)) }
        return outcome
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

    /// The message's place in a folder; nil when the folder or the message is not there.
    ///
    /// Leaves the folder open.
    private func find(
        _ stamp: MessageStamp, in folder: FolderName, toChange: Bool = false
    ) throws(QuarantineError) -> Placement? {
        let opened = try connection.run(toChange ? .select(folder) : .examine(folder))
        guard opened.status?.condition == .ok else {
            guard opened.status?.means(missing: folder) == true else { throw connection.refusal(opened.status) }
            return nil
        }
        let uids = try search(stamp)
        guard !uids.isEmpty else { return nil }
        let messages = try connection.require(.fetch(uids)).untagged.compactMap { line -> IMAPMessage? in
            if case .message(let message) = line, message.carries(stamp), message.uid != nil { message } else { nil }
        }
        guard let first = messages.first else { return nil }
        return Placement(
            folder: folder, uids: messages.compactMap(\.uid), uidValidity: opened.uidValidity ?? 0,
            flags: first.flags ?? MessageFlags([]), internalDate: first.internalDate ?? "")
    }

    private func search(_ stamp: MessageStamp) throws(QuarantineError) -> [UInt32] {
        Array(try uids(.search(stamp)).prefix(Self.copyLimit))
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
    /// The stamp is read again in the very selection that moves it: what moves is this message and no other.
    private func move(
        _ stamp: MessageStamp, from source: FolderName, to target: FolderName
    ) throws(QuarantineError) -> MoveOutcome {
        guard let placement = try find(stamp, in: source, toChange: true) else {
            return try find(stamp, in: target) == nil ? .notFound : .alreadyThere
        }
        guard try connection.can("MOVE") else { return try copyAndExpunge(stamp, from: source, to: target) }
        let reply = try creating(target, ifMissingFor: .move(placement.uids, target))
        if reply.tellsNewUIDs { return .moved }
        // Moving a message that is gone is OK too (RFC 6851, section 3.3): without COPYUID, look.
        return try find(stamp, in: target) == nil ? .notFound : .moved
    }

    /// The way of servers without MOVE (RFC 6851, section 3.3).
    ///
    /// A crash in between leaves the message in both folders; the next attempt finds the copy and makes no second one.
    private func copyAndExpunge(
        _ stamp: MessageStamp, from source: FolderName, to target: FolderName
    ) throws(QuarantineError) -> MoveOutcome {
        guard try connection.can("UIDPLUS") else {
            throw QuarantineError(.unsupported, "the server offers neither MOVE nor UIDPLUS")
        }
        let isCopied = try find(stamp, in: target) != nil
        guard let source = try find(stamp, in: source, toChange: true) else {
            return isCopied ? .alreadyThere : .notFound
        }
        if !isCopied {
            let reply = try creating(target, ifMissingFor: .copy(source.uids, target))
            guard reply.tellsNewUIDs else { return .notFound }
        }
        _ = try connection.require(.markDeleted(source.uids))
        _ = try connection.require(.expunge(source.uids))
        return .moved
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
}

extension IMAPReply {
    /// The folder's UIDVALIDITY from the answer to SELECT.
    fileprivate var uidValidity: UInt32? {
        for case .status(let status) in untagged where status.code.first == "UIDVALIDITY" {
            return status.code.dropFirst().first.flatMap { UInt32($0) }
        }
        return nil
    }

    /// Whether COPYUID says that something arrived (RFC 4315, section 3): in the tagged line, or before it for MOVE.
    fileprivate var tellsNewUIDs: Bool {
        if status?.code.first == "COPYUID" { return true }
        return untagged.contains { line in
            if case .status(let status) = line { status.code.first == "COPYUID" } else { false }
        }
    }
}

extension IMAPMessage {
    /// Whether the header section fetched is our field with exactly this stamp.
    fileprivate func carries(_ stamp: MessageStamp) -> Bool {
        self.stamp == stamp
    }

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
