// SPDX-License-Identifier: Apache-2.0

import Investigations
import Quarantine
import Rescans
import Settings

/// Carries out actions on mailboxes: connects `Investigations`, which decides, with `Quarantine`, which moves.
struct MailboxActions: ActionHandler {
    private let sessions: MailboxSessions

    /// The handler for the configured server.
    static func handler(_ settings: IMAPSettings) throws -> any ActionHandler {
        guard let address = settings.address else { return NoMailboxes() }
        let server = try MailboxServer(settings, at: address)
        return MailboxActions(sessions: MailboxSessions(server, limit: settings.connections))
    }

    func locate(_ message: DeliveredMessage) async -> Located {
        guard let stamp = MessageStamp(text: message.stamp) else { return .failed("'\(message.stamp)' is no stamp") }
        do {
            switch try await sessions.session(for: message.mailbox).locate(stamp) {
            case .found(let place): return .found(MailboxPlace(place))
            case .alreadyInQuarantine(let place): return .inQuarantine(MailboxPlace(place))
            case .notFound: return .notFound
            }
        } catch {
            return error.isWorthRetrying ? .unreachable(error.description) : .failed(error.description)
        }
    }

    func quarantine(_ message: DeliveredMessage, from folder: String) async -> MoveResult {
        guard let stamp = MessageStamp(text: message.stamp), let folder = FolderName(text: folder) else {
            return .failed("stamp or folder is none")
        }
        return await move(message) { (session) throws(QuarantineError) in
            try await session.quarantine(stamp, from: folder)
        }
    }

    func release(_ message: DeliveredMessage, to folder: String?, flags: String) async -> MoveResult {
        let destination = folder.map { FolderName(text: $0) } ?? .inbox
        guard let stamp = MessageStamp(text: message.stamp), let destination else {
            return .failed("stamp or folder is none")
        }
        return await move(message) { (session) throws(QuarantineError) in
            try await session.release(stamp, to: destination, flags: MessageFlags(text: flags))
        }
    }

    func endRun() async {
        await sessions.closeAll()
    }

    private func move(
        _ message: DeliveredMessage,
        _ work: @Sendable (MailboxSession) async throws(QuarantineError) -> MoveOutcome
    ) async -> MoveResult {
        do {
            switch try await work(await sessions.session(for: message.mailbox)) {
            case .moved: return .moved
            case .alreadyThere: return .alreadyThere
            case .notFound: return .notFound
            }
        } catch {
            return error.isWorthRetrying ? .unreachable(error.description) : .failed(error.description)
        }
    }
}

extension MailboxPlace {
    fileprivate init(_ place: Placement) {
        self.init(folder: place.folder.description, flags: place.flags.description)
    }
}

/// Where no mailbox server is configured: every action ends at once and says so.
private struct NoMailboxes: ActionHandler {
    private static let reason = "no mailbox server is configured (mailboxes.imap.url)"

    func locate(_ message: DeliveredMessage) async -> Located { .failed(Self.reason) }
    func quarantine(_ message: DeliveredMessage, from folder: String) async -> MoveResult { .failed(Self.reason) }
    func release(_ message: DeliveredMessage, to folder: String?, flags: String) async -> MoveResult {
        .failed(Self.reason)
    }
    func endRun() async {}
}

extension MailboxServer {
    fileprivate init(_ settings: IMAPSettings, at address: IMAPSettings.Address) throws {
        guard let folder = FolderName(text: settings.quarantineFolder) else {
            throw ConfigurationError(
                file: "configuration", key: "mailboxes.imap.quarantine_folder", "expected the name of a folder")
        }
        self.init(
            host: address.host, port: address.port, masterUser: settings.masterUser,
            masterPassword: try SecretFile.read(settings.passwordFile), quarantineFolder: folder)
        security =
            switch settings.security {
            case .none: .none
            case .starttls: .startTLS
            case .implicit: .implicit
            }
        certificateFile = settings.certificateFile
        separator = settings.masterSeparator
        loginForm = settings.login == .localPart ? .localPart : .address
        connectTimeout = Int(settings.connectTimeout.components.seconds)
        commandTimeout = Int(settings.timeout.components.seconds)
    }
}

/// Asks mailboxes what nobody has read yet.
struct UnreadMailboxes: UnreadMail {
    /// Seconds for a connection, and for an answer: the order of a rescan is worth no more.
    private static let timeout = 5

    private let server: MailboxServer

    /// Nil where no mailboxes are configured.
    init?(_ settings: IMAPSettings) throws {
        guard let address = settings.address else { return nil }
        var server = try MailboxServer(settings, at: address)
        server.connectTimeout = min(server.connectTimeout, Self.timeout)
        server.commandTimeout = min(server.commandTimeout, Self.timeout)
        self.server = server
    }

    func isUnread(_ stamps: Set<String>, in mailbox: String) async -> [String: Bool] {
        let session = MailboxSession(server, mailbox: mailbox)
        guard let unread = try? await session.unread() else { return [:] }
        await session.close()
        var answer: [String: Bool] = [:]
        for stamp in stamps {
            guard let known = MessageStamp(text: stamp) else { continue }
            // What is unread and not in INBOX counts as read: it was filed, or is gone.
            if unread.stamps.contains(known) {
                answer[stamp] = true
            } else if unread.isComplete {
                answer[stamp] = false
            }
        }
        return answer
    }
}
