// SPDX-License-Identifier: Apache-2.0

import Investigations
import Quarantine
import Settings

/// Carries out actions on mailboxes: connects `Investigations`, which decides, with `Quarantine`, which moves.
struct MailboxActions: ActionHandler {
    private let sessions: MailboxSessions

    /// The handler for the configured server.
    static func handler(_ settings: IMAPSettings) throws -> any ActionHandler {
        guard let address = settings.address else { return NoMailboxes() }
        guard let folder = FolderName(text: settings.quarantineFolder) else {
            throw ConfigurationError(
                file: "configuration", key: "mailboxes.imap.quarantine_folder", "expected the name of a folder")
        }
        var server = MailboxServer(
            host: address.host, port: address.port, masterUser: settings.masterUser,
            masterPassword: try SecretFile.read(settings.passwordFile), quarantineFolder: folder)
        server.security =
            switch settings.security {
            case .none: .none
            case .starttls: .startTLS
            case .implicit: .implicit
            }
        server.certificateFile = settings.certificateFile
        server.separator = settings.masterSeparator
        server.loginForm = settings.login == .localPart ? .localPart : .address
        server.connectTimeout = Int(settings.connectTimeout.components.seconds)
        server.commandTimeout = Int(settings.timeout.components.seconds)
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
