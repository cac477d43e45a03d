// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Synchronization

@testable import Investigations

/// A mailbox server as a value: mailboxes, folders, messages with flags.
struct Mailboxes: Hashable, Sendable {
    /// Mailbox, then folder, then message to flags.
    var folders: [String: [String: [String: String]]] = [:]
    /// Mailboxes that cannot be reached.
    var down: Set<String> = []
    /// Mailboxes whose server refuses for good.
    var refusing: Set<String> = []
    /// Calls that reached a mailbox server, or tried to.
    var calls: [String] = []

    static let quarantine = "Quarantine"

    mutating func deliver(_ reference: String, to mailbox: String, folder: String = "INBOX", flags: String = "\\Seen") {
        folders[mailbox, default: [:]][folder, default: [:]][reference] = flags
    }

    func folder(of reference: String, in mailbox: String) -> String? {
        // As the real one looks: the quarantine last.
        folders[mailbox]?.filter { $0.value[reference] != nil }.keys
            .min { ($0 == Self.quarantine ? 1 : 0, $0) < ($1 == Self.quarantine ? 1 : 0, $1) }
    }

    @discardableResult
    mutating func move(
        _ reference: String, in mailbox: String, from: String, to: String, flags: String? = nil
    ) -> MoveResult {
        guard let old = folders[mailbox]?[from]?.removeValue(forKey: reference) else {
            return folder(of: reference, in: mailbox) == to ? .alreadyThere : .notFound
        }
        deliver(reference, to: mailbox, folder: to, flags: flags ?? old)
        return .moved
    }

    static func name(_ role: MailboxRole) -> String {
        switch role {
        case .inbox: "INBOX"
        case .junk: "Junk"
        case .trash: "Trash"
        case .quarantine: quarantine
        }
    }
}

/// The simulated server as an action handler; lives on when a runner dies, as a server does.
final class SimulatedServer: ActionHandler {
    let mailboxes: Mutex<Mailboxes>

    init(_ mailboxes: Mailboxes) {
        self.mailboxes = Mutex(mailboxes)
    }

    var state: Mailboxes { mailboxes.withLock { $0 } }

    func change(_ body: (inout Mailboxes) -> Void) {
        mailboxes.withLock { body(&$0) }
    }

    /// Counts the call; throws what stands in the way of it.
    private func begin(_ verb: String, _ mailbox: String) throws(Obstacle) {
        let (isDown, isRefusing) = mailboxes.withLock { mailboxes in
            mailboxes.calls.append("\(verb) \(mailbox)")
            return (mailboxes.down.contains(mailbox), mailboxes.refusing.contains(mailbox))
        }
        if isDown { throw .unreachable("no connection to \(mailbox)") }
        if isRefusing { throw .failed("no such mailbox") }
    }

    func locate(
        _ messages: [DeliveredMessage], in mailbox: String, for destination: MailboxRole?
    ) async throws(Obstacle) -> [DeliveredMessage: Located] {
        try begin("locate", mailbox)
        return mailboxes.withLock { mailboxes in
            var found: [DeliveredMessage: Located] = [:]
            for message in messages {
                guard let folder = mailboxes.folder(of: message.reference, in: mailbox) else { continue }
                let place = MailboxPlace(
                    folder: folder, flags: mailboxes.folders[mailbox]?[folder]?[message.reference] ?? "")
                found[message] =
                    folder == destination.map(Mailboxes.name)
                    ? .there(place)
                    : folder == Mailboxes.quarantine && destination != nil ? .held(place) : .found(place)
            }
            return found
        }
    }

    func move(
        _ messages: [DeliveredMessage], in mailbox: String, from folder: String, to destination: MailboxRole
    ) async throws(Obstacle) -> [DeliveredMessage: MoveResult] {
        try begin("move", mailbox)
        return mailboxes.withLock { mailboxes in
            var results: [DeliveredMessage: MoveResult] = [:]
            for message in messages {
                results[message] = mailboxes.move(
                    message.reference, in: mailbox, from: folder, to: Mailboxes.name(destination))
            }
            return results
        }
    }

    func putBack(
        _ places: [FormerPlace], in mailbox: String, from role: MailboxRole
    ) async throws(Obstacle) -> [DeliveredMessage: MoveResult] {
        try begin("putBack", mailbox)
        return mailboxes.withLock { mailboxes in
            var results: [DeliveredMessage: MoveResult] = [:]
            for place in places {
                results[place.message] = mailboxes.move(
                    place.message.reference, in: mailbox, from: Mailboxes.name(role), to: place.folder ?? "INBOX",
                    flags: place.flags)
            }
            return results
        }
    }

    func delete(
        _ messages: [DeliveredMessage], in mailbox: String, from folder: String
    ) async throws(Obstacle) -> Set<DeliveredMessage> {
        try begin("delete", mailbox)
        return mailboxes.withLock { mailboxes in
            Set(messages.filter { mailboxes.folders[mailbox]?[folder]?.removeValue(forKey: $0.reference) != nil })
        }
    }

    func close(_ mailbox: String) async {}
}
