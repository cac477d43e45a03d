// SPDX-License-Identifier: Apache-2.0

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
        folders[mailbox]?.first { $0.value[reference] != nil }?.key
    }

    mutating func move(_ reference: String, in mailbox: String, from: String, to: String, flags: String? = nil) {
        guard let old = folders[mailbox]?[from]?.removeValue(forKey: reference) else { return }
        deliver(reference, to: mailbox, folder: to, flags: flags ?? old)
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

    private func obstacle(_ mailbox: String) -> String? {
        mailboxes.withLock { $0.down.contains(mailbox) ? "no connection to \(mailbox)" : nil }
    }

    func locate(_ message: DeliveredMessage) async -> Located {
        change { $0.calls.append("locate \(message.mailbox)") }
        if let obstacle = obstacle(message.mailbox) { return .unreachable(obstacle) }
        return mailboxes.withLock { mailboxes in
            if mailboxes.refusing.contains(message.mailbox) { return .failed("no such mailbox") }
            guard let folder = mailboxes.folder(of: message.reference, in: message.mailbox) else { return .notFound }
            let place = MailboxPlace(
                folder: folder, flags: mailboxes.folders[message.mailbox]?[folder]?[message.reference] ?? "")
            return folder == Mailboxes.quarantine ? .inQuarantine(place) : .found(place)
        }
    }

    func quarantine(_ message: DeliveredMessage, from folder: String) async -> MoveResult {
        change { $0.calls.append("quarantine \(message.mailbox)") }
        if let obstacle = obstacle(message.mailbox) { return .unreachable(obstacle) }
        return mailboxes.withLock { mailboxes in
            let found = mailboxes.folder(of: message.reference, in: message.mailbox)
            if found == Mailboxes.quarantine { return .alreadyThere }
            guard found == folder else { return .notFound }
            mailboxes.move(message.reference, in: message.mailbox, from: folder, to: Mailboxes.quarantine)
            return .moved
        }
    }

    func release(_ message: DeliveredMessage, to folder: String?, flags: String) async -> MoveResult {
        change { $0.calls.append("release \(message.mailbox)") }
        if let obstacle = obstacle(message.mailbox) { return .unreachable(obstacle) }
        return mailboxes.withLock { mailboxes in
            let found = mailboxes.folder(of: message.reference, in: message.mailbox)
            let target = folder ?? "INBOX"
            if found == target { return .alreadyThere }
            guard found == Mailboxes.quarantine else { return .notFound }
            mailboxes.move(
                message.reference, in: message.mailbox, from: Mailboxes.quarantine, to: target, flags: flags)
            return .moved
        }
    }

    func endRun() async {}
}
