// SPDX-License-Identifier: Apache-2.0

import Investigations
import Playbooks
import Quarantine
import Settings

/// Carries out actions on mailboxes: connects `Investigations`, which decides, with `Quarantine`, which moves.
struct MailboxActions: ActionHandler {
    private let sessions: MailboxSessions
    private let names: [MailboxRole: FolderName]

    /// The handler for the configured server.
    static func handler(_ settings: IMAPSettings) throws -> any ActionHandler {
        guard let address = settings.address else { return NoMailboxes() }
        var server = MailboxServer(
            host: address.host, port: address.port, masterUser: settings.masterUser,
            masterPassword: try SecretFile.read(settings.passwordFile))
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
        return MailboxActions(sessions: MailboxSessions(server), names: try folderNames(settings))
    }

    private static func folderNames(_ settings: IMAPSettings) throws -> [MailboxRole: FolderName] {
        var names: [MailboxRole: FolderName] = [.inbox: .inbox]
        let configured: [(MailboxRole, String, String)] = [
            (.quarantine, "quarantine_folder", settings.quarantineFolder), (.junk, "junk_folder", settings.junkFolder),
            (.trash, "trash_folder", settings.trashFolder),
        ]
        for (role, key, text) in configured {
            guard let name = FolderName(text: text) else {
                throw ConfigurationError(
                    file: "configuration", key: "mailboxes.imap.\(key)", "expected the name of a folder")
            }
            if let other = names.first(where: { $0.value == name })?.key {
                throw ConfigurationError(
                    file: "configuration", key: "mailboxes.imap.\(key)",
                    "expected a folder of its own, and '\(text)' is the \(other.rawValue) too")
            }
            names[role] = name
        }
        return names
    }

    func locate(
        _ messages: [DeliveredMessage], in mailbox: String, for destination: MailboxRole?
    ) async throws(Obstacle) -> [DeliveredMessage: Located] {
        let goal = try destination.map { (role) throws(Obstacle) in try name(role) }
        let quarantine = try name(.quarantine)
        // What is where it is to go, or safe, is the last thing to be found: a copy elsewhere is to be moved.
        let last = [goal, quarantine].compactMap(\.self)
        let found = try await work(on: mailbox) { (session) throws(QuarantineError) in
            try await session.locate(Self.stamps(messages), last: goal == quarantine ? [quarantine] : last)
        }
        return Self.byMessage(messages, found).mapValues { placement in
            let place = MailboxPlace(placement)
            if placement.folder == goal { return .there(place) }
            return placement.folder == quarantine && goal != nil ? .held(place) : .found(place)
        }
    }

    func move(
        _ messages: [DeliveredMessage], in mailbox: String, from folder: String, to destination: MailboxRole
    ) async throws(Obstacle) -> [DeliveredMessage: MoveResult] {
        let (source, target) = (try Self.folder(folder), try name(destination))
        let outcomes = try await work(on: mailbox) { (session) throws(QuarantineError) in
            try await session.move(Self.stamps(messages), from: source, to: target)
        }
        return Self.byMessage(messages, outcomes).mapValues(MoveResult.init)
    }

    func putBack(
        _ places: [FormerPlace], in mailbox: String, from role: MailboxRole
    ) async throws(Obstacle) -> [DeliveredMessage: MoveResult] {
        let source = try name(role)
        var restorations: [Restoration] = []
        for place in places {
            guard let stamp = MessageStamp(text: place.message.stamp) else { continue }
            let folder = try place.folder.map { (folder) throws(Obstacle) in try Self.folder(folder) } ?? .inbox
            restorations.append(Restoration(stamp, folder: folder, flags: MessageFlags(text: place.flags)))
        }
        let wanted = restorations
        let outcomes = try await work(on: mailbox) { (session) throws(QuarantineError) in
            try await session.restore(wanted, from: source)
        }
        return Self.byMessage(places.map(\.message), outcomes).mapValues(MoveResult.init)
    }

    func delete(
        _ messages: [DeliveredMessage], in mailbox: String, from folder: String
    ) async throws(Obstacle) -> Set<DeliveredMessage> {
        let source = try Self.folder(folder)
        let deleted = try await work(on: mailbox) { (session) throws(QuarantineError) in
            try await session.delete(Self.stamps(messages), from: source)
        }
        return Set(messages.filter { MessageStamp(text: $0.stamp).map(deleted.contains) == true })
    }

    func close(_ mailbox: String) async {
        await sessions.close(mailbox)
    }
}

extension MailboxActions {
    private func work<Value: Sendable>(
        on mailbox: String, _ body: @Sendable (MailboxSession) async throws(QuarantineError) -> Value
    ) async throws(Obstacle) -> Value {
        do {
            return try await body(await sessions.session(for: mailbox))
        } catch {
            throw error.isWorthRetrying ? .unreachable(error.description) : .failed(error.description)
        }
    }

    private func name(_ role: MailboxRole) throws(Obstacle) -> FolderName {
        guard let name = names[role] else { throw .failed("no folder is configured for \(role.rawValue)") }
        return name
    }

    private static func folder(_ text: String) throws(Obstacle) -> FolderName {
        guard let name = FolderName(text: text) else { throw .failed("'\(text.prefix(100))' is no folder's name") }
        return name
    }

    /// A message without a stamp that can be one is nowhere.
    private static func stamps(_ messages: [DeliveredMessage]) -> [MessageStamp] {
        messages.compactMap { MessageStamp(text: $0.stamp) }
    }

    private static func byMessage<Value>(
        _ messages: [DeliveredMessage], _ values: [MessageStamp: Value]
    ) -> [DeliveredMessage: Value] {
        var out: [DeliveredMessage: Value] = [:]
        for message in messages { out[message] = MessageStamp(text: message.stamp).flatMap { values[$0] } }
        return out
    }
}

extension MailboxPlace {
    fileprivate init(_ place: Placement) {
        self.init(folder: place.folder.description, flags: place.flags.description)
    }
}

extension MoveResult {
    fileprivate init(_ outcome: MoveOutcome) {
        self =
            switch outcome {
            case .moved: .moved
            case .alreadyThere: .alreadyThere
            case .notFound: .notFound
            }
    }
}

/// Where no mailbox server is configured: every action ends at once and says so.
private struct NoMailboxes: ActionHandler {
    private static let obstacle = Obstacle.failed("no mailbox server is configured (mailboxes.imap.url)")

    func locate(
        _ messages: [DeliveredMessage], in mailbox: String, for destination: MailboxRole?
    ) async throws(Obstacle) -> [DeliveredMessage: Located] { throw Self.obstacle }

    func move(
        _ messages: [DeliveredMessage], in mailbox: String, from folder: String, to destination: MailboxRole
    ) async throws(Obstacle) -> [DeliveredMessage: MoveResult] { throw Self.obstacle }

    func putBack(
        _ places: [FormerPlace], in mailbox: String, from role: MailboxRole
    ) async throws(Obstacle) -> [DeliveredMessage: MoveResult] { throw Self.obstacle }

    func delete(
        _ messages: [DeliveredMessage], in mailbox: String, from folder: String
    ) async throws(Obstacle) -> Set<DeliveredMessage> { throw Self.obstacle }

    func close(_ mailbox: String) async {}
}
