// SPDX-License-Identifier: Apache-2.0

import Foundation
import Playbooks
import SQLiteDatabase
import Store
import Synchronization
import Testing

@testable import Investigations

/// A mailbox server that fails, loses connections after it did what it was asked, and whose users file and delete mail between
/// any two calls; the same in every run.
final class RestlessServer: ActionHandler {
    struct State: Sendable {
        var random: UInt64 = 0x9E37_79B9_7F4A_7C15
        /// Calls: each is an instant at which something else may have happened before.
        var calls = 0
        var failures = 0
        var ownersMoves = 0
        /// Messages that their owners deleted, as `mailbox reference`.
        var deleted: Set<String> = []
        /// How often we moved a copy into quarantine, and out of it.
        var away: [String: Int] = [:]
        var back: [String: Int] = [:]
        var isQuiet = false

        /// True once in `number` times.
        mutating func oneIn(_ number: UInt64) -> Bool { roll(number) == 0 }

        mutating func roll(_ number: UInt64) -> Int {
            random ^= random << 13
            random ^= random >> 7
            random ^= random << 17
            return Int(random % number)
        }
    }

    let server: SimulatedServer
    let state = Mutex(State())

    init(_ mailboxes: Mailboxes) {
        server = SimulatedServer(mailboxes)
    }

    private static let folders = ["INBOX", "Archive", "Work", "Trash"]

    /// What happens before a call: its owner tidies the mailbox up, or the call fails before anything was done.
    private func before(_ messages: [DeliveredMessage], in mailbox: String) throws(Obstacle) {
        let isFailing = state.withLock { state in
            state.calls += 1
            guard !state.isQuiet else { return false }
            for message in messages where state.oneIn(10) { tidy(message.reference, in: mailbox, &state) }
            guard state.oneIn(20) else { return false }
            state.failures += 1
            return true
        }
        if isFailing { throw .unreachable("busy") }
    }

    private func tidy(_ reference: String, in mailbox: String, _ state: inout State) {
        let target = state.oneIn(20) ? nil : Self.folders[state.roll(4)]
        let isDone = server.mailboxes.withLock { mailboxes in
            guard let folder = mailboxes.folder(of: reference, in: mailbox), folder != Mailboxes.quarantine else {
                return false
            }
            if let target {
                mailboxes.move(reference, in: mailbox, from: folder, to: target)
            } else {
                mailboxes.folders[mailbox]?[folder]?.removeValue(forKey: reference)
            }
            return true
        }
        guard isDone else { return }
        state.ownersMoves += 1
        if target == nil { state.deleted.insert("\(mailbox) \(reference)") }
    }

    /// The connection may be lost after the work, so that nobody hears of it.
    private func after() throws(Obstacle) {
        let isLost = state.withLock { state in
            guard !state.isQuiet, state.oneIn(20) else { return false }
            state.failures += 1
            return true
        }
        if isLost { throw .unreachable("the connection was lost") }
    }

    func locate(
        _ messages: [DeliveredMessage], in mailbox: String, for destination: MailboxRole?
    ) async throws(Obstacle) -> [DeliveredMessage: Located] {
        try before(messages, in: mailbox)
        let found = try await server.locate(messages, in: mailbox, for: destination)
        try after()
        return found
    }

    func move(
        _ messages: [DeliveredMessage], in mailbox: String, from folder: String, to destination: MailboxRole
    ) async throws(Obstacle) -> [DeliveredMessage: MoveResult] {
        try before(messages, in: mailbox)
        let results = try await server.move(messages, in: mailbox, from: folder, to: destination)
        count(results, mailbox, \.away)
        try after()
        return results
    }

    func putBack(
        _ places: [FormerPlace], in mailbox: String, from role: MailboxRole
    ) async throws(Obstacle) -> [DeliveredMessage: MoveResult] {
        try before(places.map(\.message), in: mailbox)
        let results = try await server.putBack(places, in: mailbox, from: role)
        count(results, mailbox, \.back)
        try after()
        return results
    }

    func delete(
        _ messages: [DeliveredMessage], in mailbox: String, from folder: String
    ) async throws(Obstacle) -> Set<DeliveredMessage> { throw .failed("not in this story") }

    func close(_ mailbox: String) async {}

    private func count(
        _ results: [DeliveredMessage: MoveResult], _ mailbox: String,
        _ counter: any WritableKeyPath<State, [String: Int]> & Sendable
    ) {
        state.withLock { state in
            for (message, result) in results where result == .moved {
                state[keyPath: counter]["\(mailbox) \(message.reference)", default: 0] += 1
            }
        }
    }
}

/// FULL=1: 10,000 mailboxes and 100,000 calls; a thirtieth of both without.
@Suite(.timeLimit(.minutes(30))) struct `Mailboxes that do not stand still` {
    private static let isWhole = ProcessInfo.processInfo.environment["FULL"] == "1"
    private static let people = (0..<(isWhole ? 10_000 : 300)).map { "p\($0)@example.org" }
    private static let wantedCalls = isWhole ? 100_000 : 3_300
    private static let messages = (1...4).map { "00000000000000e\($0)" }
    /// Lies beside the others and is nobody's business.
    private static let bystander = "00000000000000ff"

    /// Each message goes to half of the people, so that each has two of the four.
    private func recipients(of index: Int) -> [String] {
        Self.people.enumerated().filter { ($0.offset + index) % 4 < 2 }.map(\.element)
    }

    @Test func `end with every copy accounted for, none lost, none moved twice, no other one touched`() async throws {
        let store = try await StoreFixture()
        var mailboxes = Mailboxes()
        for person in Self.people { mailboxes.deliver(Self.bystander, to: person) }
        for (index, message) in Self.messages.enumerated() {
            for person in recipients(of: index) { mailboxes.deliver(message, to: person) }
            try await store.message(message, to: recipients(of: index))
        }
        let server = RestlessServer(mailboxes)
        let clock = TestClock()
        var round: Int64 = 0
        while server.state.withLock(\.calls) < Self.wantedCalls {
            round += 1
            let away = try await store.database.write { transaction in
                let action = try Steering.propose(
                    messages: Self.messages, reason: "a test", by: "ada", secondPersonFrom: nil, at: clock.now,
                    in: transaction)
                return try Decisions.approve(action.number, by: "ada", note: nil, at: clock.now, in: transaction).number
            }
            try await work(on: away, store, server, clock)
            try await check(away, store, server)
            let back = try await store.database.write { transaction in
                try Decisions.undo(away, by: "ada", note: nil, at: clock.now, in: transaction).number
            }
            try await work(on: back, store, server, clock)
            try await checkBack(back, store, server)
        }
        let (calls, failures, moves) = server.state.withLock { ($0.calls, $0.failures, $0.ownersMoves) }
        #expect(failures > calls / 20 && moves > calls / 20, "\(failures) failures, \(moves) moves in \(calls) calls")
        let state = server.server.state
        for person in Self.people { #expect(state.folder(of: Self.bystander, in: person) == "INBOX") }
    }

    /// Runners that die at random, until the action has ended.
    private func work(on action: Int64, _ store: StoreFixture, _ server: RestlessServer, _ clock: TestClock)
        async throws
    {
        for _ in 0..<10_000 {
            let life = server.state.withLock { 1 + $0.roll(400) }
            let database = MortalDatabase(store.database, writes: life)
            var pacing = Pacing()
            pacing.mailboxesAtOnce = 8
            let runner = InvestigationRunner(
                database: database, playbooks: try .init([]), handler: server, pacing: pacing, now: { clock.now })
            do { while try await runner.tick() {} } catch is MortalDatabase.Killed {}
            let state = try await store.database.read { try ActionStore.row(action, in: $0).state }
            if state.next.isEmpty { return }
            clock.advance(by: .seconds(900))
        }
        Issue.record("action \(action) does not end")
    }

    private func check(_ action: Int64, _ store: StoreFixture, _ server: RestlessServer) async throws {
        let (view, held) = try await store.database.read { transaction in
            let view = try ActionView.of(action, in: transaction)
            var held: Set<String> = []
            for target in view.targets {
                let row = try QuarantineStore.held(
                    reference: target.reference, mailbox: target.mailbox, in: transaction)
                if row?.action == action { held.insert("\(target.mailbox) \(target.reference)") }
            }
            return (view, held)
        }
        let (deleted, moved) = server.state.withLock { ($0.deleted, $0.away) }
        let mailboxes = server.server.state
        #expect(view.action.state == .done)
        for target in view.targets {
            let key = "\(target.mailbox) \(target.reference)"
            let folder = mailboxes.folder(of: target.reference, in: target.mailbox)
            switch target.state {
            case .done: #expect(folder == Mailboxes.quarantine && held.contains(key), "\(key): \(folder ?? "nowhere")")
            case .notFound: #expect(folder == nil && deleted.contains(key) && !held.contains(key), "\(key)")
            default: Issue.record("\(key) ended as \(target.state)")
            }
            #expect(moved[key, default: 0] <= 1, "\(key) was moved twice")
        }
        server.state.withLock { $0.away = [:] }
    }

    private func checkBack(_ action: Int64, _ store: StoreFixture, _ server: RestlessServer) async throws {
        let view = try await store.database.read { try ActionView.of(action, in: $0) }
        let (deleted, moved) = server.state.withLock { ($0.deleted, $0.back) }
        let mailboxes = server.server.state
        for target in view.targets {
            let key = "\(target.mailbox) \(target.reference)"
            let folder = mailboxes.folder(of: target.reference, in: target.mailbox)
            #expect(target.state.isFinal, "\(key) is \(target.state)")
            #expect(folder != Mailboxes.quarantine && (folder != nil || deleted.contains(key)), "\(key)")
            #expect(moved[key] == 1, "\(key) was put back \(moved[key] ?? 0) times")
        }
        server.state.withLock { $0.back = [:] }
        #expect(try await store.rows("SELECT count(*) FROM quarantined WHERE released_at IS NULL") == ["0"])
    }
}
