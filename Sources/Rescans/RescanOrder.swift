// SPDX-License-Identifier: Apache-2.0

import Store
import Synchronization

/// Knows which mail its owners have not read yet.
package protocol UnreadMail: Sendable {
    /// Whether the messages with these stamps are unread in the mailbox; those of which it is not known are left out.
    ///
    /// Answers within some seconds, whatever the mailbox server does.
    func isUnread(_ stamps: Set<String>, in mailbox: String) async -> [String: Bool]
}

/// What was read already did its harm, so what was not is judged first.
///
/// The order of the newest objects is put right while the rescan runs, so that it never waits for a mailbox. Read is what
/// somebody clicked in, what is in quarantine, and what the mailbox says was opened; what is not known counts as unread, but
/// behind what is known to be. An object is read when all of its copies are.
extension RescanRunner {
    /// Mailboxes asked for one rescan, and the time for all of them.
    private static let mailboxLimit = 200
    private static let time = Duration.seconds(30)

    /// Puts forward what nobody has read yet, once in each rescan.
    package func order(asking mail: (any UnreadMail)?) async throws {
        let (filters, problem) = try await filters()
        let running = try await database.read {
            try RescanStore.list(running: true, limit: OrderedRescans.limit, in: $0)
        }
        ordered.keep(running.map(\.number))
        for row in running {
            guard let filter = filters[row.number] else { continue }
            if case .unknown = filter { continue }
            guard ordered.isFirst(row.number) else { continue }
            try await order(row, filter, asking: mail)
        }
        if let problem { throw problem }
    }

    private func order(_ row: RescanRow, _ filter: RescanFilter, asking mail: (any UnreadMail)?) async throws {
        let objects = try await database.read { try RescanStore.awaited(by: row, filter: filter, in: $0) }
        var states = CopyStates()
        if let mail { try await ask(mail, about: objects, into: &states) }
        let order = states.order(of: objects)
        guard !order.isEmpty else { return }
        let count = try await database.write { try RescanStore.putForward(order, of: row, in: $0) }
        tell(.ordered(number: row.number, objects: count, mailboxes: states.mailboxes))
    }

    private func ask(
        _ mail: any UnreadMail, about objects: [AwaitedObject], into states: inout CopyStates
    ) async throws {
        var stamps: [String: Set<String>] = [:]
        var mailboxes: [String] = []
        for copy in objects.lazy.flatMap(\.copies) where !copy.isRead {
            if stamps[copy.mailbox] == nil { mailboxes.append(copy.mailbox) }
            stamps[copy.mailbox, default: []].insert(copy.stamp)
        }
        let end = ContinuousClock.now + Self.time
        for mailbox in mailboxes.prefix(Self.mailboxLimit) where ContinuousClock.now < end {
            try Task.checkCancellation()
            states.take(await mail.isUnread(stamps[mailbox] ?? [], in: mailbox), of: mailbox)
        }
    }
}

/// What is known of copies of messages.
struct CopyStates {
    private enum State: Int {
        case unread, unknown, read
    }

    private struct Copy: Hashable {
        let mailbox: String
        let stamp: String
    }

    private var answers: [Copy: Bool] = [:]
    /// How many were asked.
    private(set) var mailboxes = 0

    mutating func take(_ answer: [String: Bool], of mailbox: String) {
        mailboxes += 1
        for (stamp, isUnread) in answer { answers[Copy(mailbox: mailbox, stamp: stamp)] = isUnread }
    }

    /// What nobody has read, then what perhaps nobody has, each as they came; none when that is the order they have anyway.
    func order(of objects: [AwaitedObject]) -> [String] {
        let states = objects.map { state(of: $0) }
        guard states != states.sorted(by: { $0.rawValue < $1.rawValue }) else { return [] }
        let groups = [State.unread, .unknown].map { state in
            zip(objects, states).filter { $0.1 == state }.map(\.0.sha256)
        }
        return groups.flatMap(\.self)
    }

    private func state(of object: AwaitedObject) -> State {
        let states = object.copies.map { copy -> State in
            guard !copy.isRead else { return .read }
            return answers[Copy(mailbox: copy.mailbox, stamp: copy.stamp)].map { $0 ? .unread : .read } ?? .unknown
        }
        if states.contains(.unread) { return .unread }
        return object.isWidespread || states.isEmpty || states.contains(.unknown) ? .unknown : .read
    }
}

/// Which rescans were put in order, as far as they run.
final class OrderedRescans: Sendable {
    static let limit = 100
    private let numbers = Mutex<Set<Int64>>([])

    /// False when it was asked before.
    func isFirst(_ number: Int64) -> Bool { numbers.withLock { $0.insert(number).inserted } }
    func keep(_ running: [Int64]) { numbers.withLock { $0.formIntersection(running) } }
}
