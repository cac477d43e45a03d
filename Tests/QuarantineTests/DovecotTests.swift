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
            let digits = (0..<48).map { _ in String("0123456789abcdef".randomElement() ?? "0") }.joined()
            stamp = try #require(MessageStamp(text: "\(digits.prefix(16)).\(digits.dropFirst(16))"))
            session = MailboxSession(try server(port: dovecot.port), mailbox: "alice@example.test")
        }

        @Test func `is found with its flags and moved to the quarantine`() async throws {
            try save(in: "INBOX", flags: "\\Seen", "$Important")
            let placement = try await found()
            #expect(placement.folder == .inbox)
            #expect(placement.flags.description == "$Important \\Seen")
            #expect(placement.uidValidity != 0 && placement.internalDate.contains("202"))
            #expect(try await session.quarantine(stamp, from: .inbox) == .moved)
            #expect(try folders() == ["Quarantine"])
            #expect(try await session.quarantine(stamp, from: .inbox) == .alreadyThere)
        }

        @Test func `that is in the quarantine already is said to be there`() async throws {
            try save(in: "Quarantine")
            guard case .alreadyInQuarantine(let placement) = try await session.locate(stamp) else {
                Issue.record("not in quarantine")
                return
            }
            #expect(placement.folder.description == "Quarantine")
        }

        @Test func `is unread until somebody opens it, and asking changes nothing`() async throws {
            try save(in: "INBOX")
            #expect(try await session.unread().stamps.contains(stamp))
            let again = try await session.unread()
            #expect(again.stamps.contains(stamp) && again.isComplete)
            try dovecot.doveadm(
                "flags", "add", "-u", "alice", "\\Seen", "mailbox", "INBOX", "header", "X-Rearguard-Id", "\(stamp)")
            #expect(try await !session.unread().stamps.contains(stamp))
        }

        @Test func `is not told to be unread where it was filed`() async throws {
            try save(in: "Quarantine")
            #expect(try await !session.unread().stamps.contains(stamp))
        }

        @Test func `that is nowhere is not found`() async throws {
            #expect(try await session.locate(stamp) == .notFound)
            #expect(try await session.quarantine(stamp, from: .inbox) == .notFound)
            #expect(try await session.release(stamp, to: .inbox, flags: MessageFlags([])) == .notFound)
        }

        @Test func `comes back with the flags it had, though it was read meanwhile`() async throws {
            try save(in: "INBOX", flags: "\\Flagged", "$Project")
            let placement = try await found()
            let date = try received()
            _ = try await session.quarantine(stamp, from: .inbox)
            try dovecot.doveadm(
                "flags", "add", "-u", "alice", "\\Seen", "mailbox", "Quarantine", "header", "X-Rearguard-Id", "\(stamp)"
            )
            #expect(try await session.release(stamp, to: placement.folder, flags: placement.flags) == .moved)
            let back = try await found()
            #expect(back.folder == .inbox)
            #expect(back.flags.matches(placement.flags), "\(back.flags)")
            #expect(try received() == date)
            #expect(try await session.release(stamp, to: .inbox, flags: placement.flags) == .alreadyThere)
        }

        @Test(arguments: ["Work/Old stuff", "say \"hi\"", "back\\slash", "100% * sure", "Entwürfe", "(a) {3}"])
        func `is found in a folder of any name, and goes back there after the folder was deleted`(name: String)
            async throws
        {
            try dovecot.doveadm("mailbox", "create", "-u", "alice", name)
            try save(in: name)
            let placement = try await found()
            #expect(try await session.quarantine(stamp, from: placement.folder) == .moved)
            try dovecot.doveadm("mailbox", "delete", "-u", "alice", name)
            let recorded = try #require(FolderName(text: placement.folder.description))
            #expect(try await session.release(stamp, to: recorded, flags: placement.flags) == .moved)
            #expect(try folders() == [name])
            try dovecot.doveadm("mailbox", "delete", "-u", "alice", name)
        }

        @Test func `moves with all copies its owner made in the folder`() async throws {
            try save(in: "INBOX")
            try save(in: "INBOX")
            #expect(try await found().uids.count == 2)
            #expect(try await session.quarantine(stamp, from: .inbox) == .moved)
            #expect(try folders() == ["Quarantine", "Quarantine"])
        }

        @Test func `moves on a server without MOVE too, and a repeated half move makes no second copy`() async throws {
            try save(in: "INBOX", flags: "\\Seen", "$Important")
            try save(in: "Quarantine", flags: "\\Seen", "$Important")  // as after a crash between COPY and EXPUNGE
            let old = MailboxSession(try server(host: "127.0.0.2", port: dovecot.port), mailbox: "alice@example.test")
            #expect(try await old.quarantine(stamp, from: .inbox) == .moved)
            #expect(try folders() == ["Quarantine"])
            #expect(try await old.release(stamp, to: .inbox, flags: MessageFlags(text: "\\Seen $Important")) == .moved)
            #expect(try folders() == ["INBOX"])
            #expect(try await found().flags.description == "$Important \\Seen")
        }

        @Test func `is not taken for another one whose stamp it only quotes`() async throws {
            try save(in: "INBOX", field: "X-Rearguard-Id: 00\(stamp)")
            #expect(try await session.locate(stamp) == .notFound)
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
            let sessions = MailboxSessions(try server(port: dovecot.port), limit: 1)
            let session = await sessions.session(for: "bob")
            #expect(try await session.locate(stamp) == .notFound)
            try dovecot.order("down")
            let error = await #expect(throws: QuarantineError.self) { try await session.locate(stamp) }
            #expect(error?.code == .unreachable)
            try dovecot.order("up")
            #expect(try await session.locate(stamp) == .notFound)
            #expect(await sessions.session(for: "bob") === session)
            #expect(await sessions.session(for: "carol") !== session)
            await sessions.closeAll()
        }

        private func error(of server: MailboxServer, _ mailbox: String) async -> QuarantineError? {
            await #expect(throws: QuarantineError.self) {
                try await MailboxSession(server, mailbox: mailbox).locate(stamp)
            }
        }
    }
}

// MARK: What the tests say in short

private func server(host: String = "127.0.0.1", port: UInt16) throws -> MailboxServer {
    let quarantine = try #require(FolderName(text: "Quarantine"))
    var server = MailboxServer(
        host: host, port: port, masterUser: "rearguard", masterPassword: "master-secret", quarantineFolder: quarantine)
    server.security = .none
    server.connectTimeout = 5
    return server
}

extension `On a real mailbox server`.`A message in a real mailbox` {
    /// Puts the message into alice's folder.
    private func save(in folder: String, flags: String..., field: String? = nil) throws {
        let message = "From: a@example.net\n\(field ?? "X-Rearguard-Id: \(stamp)")\nSubject: test\n\nBody.\n"
        if folder == "Quarantine", try !dovecot.doveadm("mailbox", "list", "-u", "alice").contains(folder) {
            try dovecot.doveadm("mailbox", "create", "-u", "alice", folder)
        }
        try dovecot.doveadm("save", "-u", "alice", "-m", folder, input: message)
        guard !flags.isEmpty else { return }
        try dovecot.doveadm(
            "flags", "add", "-u", "alice", flags.joined(separator: " "), "mailbox", folder, "header", "X-Rearguard-Id",
            "\(stamp)")
    }

    private func found() async throws -> Placement {
        guard case .found(let placement) = try await session.locate(stamp) else {
            throw QuarantineError(.badReply, "the message is not where it should be")
        }
        return placement
    }

    /// The folders that hold the message, one for each copy, by doveadm.
    private func folders() throws -> [String] {
        try fetch("mailbox")
    }

    private func received() throws -> [String] {
        try fetch("date.received")
    }

    private func fetch(_ field: String) throws -> [String] {
        try dovecot.doveadm("-f", "flow", "fetch", "-u", "alice", field, "header", "X-Rearguard-Id", "\(stamp)")
            .split(separator: "\n").map { String($0.dropFirst(field.count + 1)) }
    }
}
