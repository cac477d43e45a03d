// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Quarantine

/// Against a real Dovecot, one test after the other: they share it, and one of them stops it.
@Suite(
    .serialized, .timeLimit(.minutes(2)),
    .enabled(if: PrivateDovecot.isPossible, "needs root and dovecot-imapd, to start a private Dovecot"))
enum `On a real mailbox server` {}

extension `On a real mailbox server` {
    /// Each test has a stamp of its own.
    struct `A message in a real mailbox` {
        let dovecot: PrivateDovecot
        let stamp: MessageStamp
        let session: MailboxSession

        init() throws {
            dovecot = try #require(PrivateDovecot.shared)
            stamp = try MessageStamp.random()
            session = MailboxSession(try server(port: dovecot.port), mailbox: "alice@example.test")
        }

        @Test func `is found with its flags and moved to the quarantine`() async throws {
            try save(in: "INBOX", flags: "\\Seen", "$Important")
            let placement = try await found()
            #expect(placement.folder == .inbox)
            #expect(placement.flags.description == "$Important \\Seen")
            #expect(placement.uidValidity != 0 && placement.internalDate.contains("202"))
            #expect(try await quarantine() == .moved)
            #expect(try folders() == ["Quarantine"])
            #expect(try await quarantine() == .alreadyThere)
        }

        @Test func `that is in the quarantine already is said to be there`() async throws {
            try save(in: "Quarantine")
            #expect(try await found().folder == .quarantine)
            try save(in: "Archive")
            #expect(try await found().folder.description == "Archive", "what is not there yet is found first")
        }

        @Test func `that is nowhere is not found`() async throws {
            #expect(try await session.locate([stamp]).isEmpty)
            #expect(try await quarantine() == .notFound)
            #expect(try await release() == .notFound)
            #expect(try await session.delete([stamp], from: .inbox).isEmpty)
        }

        @Test func `comes back with the flags it had, though it was read meanwhile`() async throws {
            try save(in: "INBOX", flags: "\\Flagged", "$Project")
            let placement = try await found()
            let date = try received()
            _ = try await quarantine()
            try dovecot.doveadm(
                "flags", "add", "-u", "alice", "\\Seen", "mailbox", "Quarantine", "header", "X-Rearguard-Id", "\(stamp)"
            )
            #expect(try await release(to: placement.folder, placement.flags) == .moved)
            let back = try await found()
            #expect(back.folder == .inbox)
            #expect(back.flags.matches(placement.flags), "\(back.flags)")
            #expect(try received() == date)
            #expect(try await release(placement.flags) == .alreadyThere)
        }

        @Test(arguments: ["Work/Old stuff", "say \"hi\"", "back\\slash", "100% * sure", "Entwürfe", "(a) {3}"])
        func `is found in a folder of any name, and goes back there after the folder was deleted`(name: String)
            async throws
        {
            try dovecot.doveadm("mailbox", "create", "-u", "alice", name)
            try save(in: name)
            let placement = try await found()
            #expect(try await quarantine(from: placement.folder) == .moved)
            try dovecot.doveadm("mailbox", "delete", "-u", "alice", name)
            let recorded = try #require(FolderName(text: placement.folder.description))
            #expect(try await release(to: recorded, placement.flags) == .moved)
            #expect(try folders() == [name])
            try dovecot.doveadm("mailbox", "delete", "-u", "alice", name)
        }

        @Test func `moves with all copies its owner made in the folder`() async throws {
            try save(in: "INBOX")
            try save(in: "INBOX")
            #expect(try await found().uids.count == 2)
            #expect(try await quarantine() == .moved)
            #expect(try folders() == ["Quarantine", "Quarantine"])
        }

        @Test func `is deleted for good with its copies, and nothing beside it`() async throws {
            try save(in: "INBOX")
            try save(in: "INBOX")
            let other = try MessageStamp.random()
            try save(in: "INBOX", stamp: other)
            // Its owner marked another one as deleted and may want it back.
            try dovecot.doveadm(
                "flags", "add", "-u", "alice", "\\Deleted", "mailbox", "INBOX", "header", "X-Rearguard-Id", "\(other)")
            #expect(try await session.delete([stamp], from: .inbox) == [stamp])
            #expect(try folders() == [])
            #expect(try folders(of: other) == ["INBOX"])
        }

        @Test func `among two hundred is looked for, moved and put back with all of them, each to its place`()
            async throws
        {
            // More than one search can name, and one command can move.
            let many = try (0..<250).map { _ in try MessageStamp.random() }
            for (number, stamp) in many.enumerated() { try save(in: number < 200 ? "INBOX" : "Archive", stamp: stamp) }
            let placed = try await session.locate(many, last: [.quarantine])
            #expect(placed.count == 250)
            #expect(placed.values.count { $0.folder == .inbox } == 200)
            for folder in [FolderName.inbox, FolderName(text: "Archive")] {
                let folder = try #require(folder)
                let outcomes = try await session.move(
                    many.filter { placed[$0]?.folder == folder } + [stamp], from: folder, to: .quarantine)
                #expect(outcomes[stamp] == .notFound)
                #expect(outcomes.values.count { $0 == .moved } == (folder == .inbox ? 200 : 50))
            }
            let back = many.compactMap { stamp in
                placed[stamp].map { Restoration(stamp, folder: $0.folder, flags: MessageFlags(text: "\\Answered")) }
            }
            #expect(try await session.restore(back, from: .quarantine).values.allSatisfy { $0 == .moved })
            let again = try await session.locate(many, last: [.quarantine])
            #expect(again.mapValues(\.folder) == placed.mapValues(\.folder))
            #expect(again.values.allSatisfy { $0.flags.description == "\\Answered" })
        }

        @Test func `moves on a server without MOVE too, and a repeated half move makes no second copy`() async throws {
            try save(in: "INBOX", flags: "\\Seen", "$Important")
            try save(in: "Quarantine", flags: "\\Seen", "$Important")  // as after a crash between COPY and EXPUNGE
            let old = MailboxSession(try server(host: "127.0.0.2", port: dovecot.port), mailbox: "alice@example.test")
            #expect(try await old.move([stamp], from: .inbox, to: .quarantine) == [stamp: .moved])
            #expect(try folders() == ["Quarantine"])
            let back = Restoration(stamp, folder: .inbox, flags: MessageFlags(text: "\\Seen $Important"))
            #expect(try await old.restore([back], from: .quarantine) == [stamp: .moved])
            #expect(try folders() == ["INBOX"])
            #expect(try await found().flags.description == "$Important \\Seen")
        }

        @Test func `is not taken for another one whose stamp it only quotes`() async throws {
            try save(in: "INBOX", field: "X-Rearguard-Id: 00\(stamp)")
            #expect(try await session.locate([stamp]).isEmpty)
        }
    }

    struct `A mailbox server that does not serve` {
        let dovecot: PrivateDovecot
        let stamp: MessageStamp

        init() throws {
            dovecot = try #require(PrivateDovecot.shared)
            stamp = try #require(MessageStamp(text: "0123456789abcdef.0123456789abcdef0123456789abcdef"))
        }

        @Test func `is unreachable when nobody listens`() async throws {
            let error = await error(of: try server(port: 1), "alice")
            #expect(error?.code == .unreachable)
            #expect(error?.isWorthRetrying == true)
        }

        @Test func `has no such mailbox`() async throws {
            #expect(await error(of: try server(port: dovecot.port), "nobody-here")?.code == .noSuchMailbox)
        }

        @Test func `refuses a wrong master password`() async throws {
            var wrong = try server(port: dovecot.port)
            wrong.masterPassword = "wrong"
            #expect(await error(of: wrong, "alice")?.code == .loginRefused)
        }

        @Test func `that offers no TLS gets no password when TLS is asked for`() async throws {
            var secure = try server(port: dovecot.port)
            secure.security = .startTLS
            #expect(await error(of: secure, "alice")?.code == .unreachable)
        }

        @Test func `that is stopped between two calls is unreachable, and used again when it is back`() async throws {
            let sessions = MailboxSessions(try server(port: dovecot.port))
            let session = await sessions.session(for: "bob")
            #expect(try await session.locate([stamp]).isEmpty)
            try dovecot.order("down")
            let error = await #expect(throws: QuarantineError.self) { try await session.locate([stamp]) }
            #expect(error?.code == .unreachable)
            try dovecot.order("up")
            #expect(try await session.locate([stamp]).isEmpty)
            #expect(await sessions.session(for: "bob") === session)
            await sessions.close("bob")
            #expect(await sessions.session(for: "bob") !== session)
        }

        private func error(of server: MailboxServer, _ mailbox: String) async -> QuarantineError? {
            await #expect(throws: QuarantineError.self) {
                try await MailboxSession(server, mailbox: mailbox).locate([stamp])
            }
        }
    }
}

// MARK: What the tests say in short

private func server(host: String = "127.0.0.1", port: UInt16) throws -> MailboxServer {
    var server = MailboxServer(host: host, port: port, masterUser: "rearguard", masterPassword: "master-secret")
    server.security = .none
    server.connectTimeout = 5
    return server
}

extension FolderName {
    fileprivate static var quarantine: FolderName { FolderName(text: "Quarantine") ?? .inbox }
}

extension MessageStamp {
    fileprivate static func random() throws -> MessageStamp {
        let digits = (0..<48).map { _ in String("0123456789abcdef".randomElement() ?? "0") }.joined()
        return try #require(MessageStamp(text: "\(digits.prefix(16)).\(digits.dropFirst(16))"))
    }
}

extension `On a real mailbox server`.`A message in a real mailbox` {
    private func quarantine(from folder: FolderName = .inbox) async throws -> MoveOutcome? {
        try await session.move([stamp], from: folder, to: .quarantine)[stamp]
    }

    private func release(
        to folder: FolderName = .inbox, _ flags: MessageFlags = MessageFlags([])
    ) async throws -> MoveOutcome? {
        try await session.restore([Restoration(stamp, folder: folder, flags: flags)], from: .quarantine)[stamp]
    }

    /// Puts the message, or the one with another stamp, into alice's folder.
    private func save(
        in folder: String, flags: String..., field: String? = nil, stamp other: MessageStamp? = nil
    ) throws {
        let message =
            "From: a@example.net\n\(field ?? "X-Rearguard-Id: \(other ?? stamp)")\nSubject: test\n\nBody.\n"
        if ["Quarantine", "Archive"].contains(folder),
            try !dovecot.doveadm("mailbox", "list", "-u", "alice").contains(folder)
        {
            try dovecot.doveadm("mailbox", "create", "-u", "alice", folder)
        }
        try dovecot.doveadm("save", "-u", "alice", "-m", folder, input: message)
        guard !flags.isEmpty else { return }
        try dovecot.doveadm(
            "flags", "add", "-u", "alice", flags.joined(separator: " "), "mailbox", folder, "header", "X-Rearguard-Id",
            "\(stamp)")
    }

    private func found() async throws -> Placement {
        guard let placement = try await session.locate([stamp], last: [.quarantine])[stamp] else {
            throw QuarantineError(.badReply, "the message is not where it should be")
        }
        return placement
    }

    /// The folders that hold the message, one for each copy, by doveadm.
    private func folders(of other: MessageStamp? = nil) throws -> [String] {
        try fetch("mailbox", of: other ?? stamp)
    }

    private func received() throws -> [String] {
        try fetch("date.received", of: stamp)
    }

    private func fetch(_ field: String, of stamp: MessageStamp) throws -> [String] {
        try dovecot.doveadm("-f", "flow", "fetch", "-u", "alice", field, "header", "X-Rearguard-Id", "\(stamp)")
            .split(separator: "\n").map { String($0.dropFirst(field.count + 1)) }
    }
}
