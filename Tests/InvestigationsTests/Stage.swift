// SPDX-License-Identifier: Apache-2.0

import Foundation
import Playbooks
import SQLiteDatabase
import Store

@testable import Investigations

/// A store, a mailbox server and a clock, and the runner between them.
struct Stage {
    let store: StoreFixture
    let server: SimulatedServer
    let clock = TestClock()
    /// Nil: the shipped playbooks.
    var shelf: PlaybookShelf?

    static let playbooks = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "conf/playbooks").path

    /// The story of `StoreFixture.story`, delivered; Bob has filed the first message away, flagged.
    static func story() async throws -> Stage {
        var mailboxes = Mailboxes()
        mailboxes.deliver(
            StoreFixture.first, to: "bob@example.org", folder: "Archive", flags: "\\Flagged \\Seen")
        mailboxes.deliver(StoreFixture.second, to: "bob@example.org", flags: "")
        mailboxes.deliver(StoreFixture.second, to: "carol@example.org")
        mailboxes.deliver(StoreFixture.other, to: "dave@example.org")
        return Stage(store: try await .story(), server: SimulatedServer(mailboxes))
    }

    func runner(_ database: (any Database)? = nil) throws -> InvestigationRunner {
        let clock = clock
        return InvestigationRunner(
            database: database ?? store.database, playbooks: try shelf ?? PlaybookShelf.load(directory: Self.playbooks),
            handler: server, now: { clock.now })
    }

    /// Works until there is nothing to do, with a new runner for each turn.
    func work() async throws {
        for _ in 0..<100 { guard try await runner().tick() else { return } }
    }

    @discardableResult
    func approve(_ action: Int64, by actor: String = "ada", note: String? = nil) async throws -> ActionRow {
        let at = clock.now
        return try await store.database.write { transaction in
            try Decisions.approve(action, by: actor, note: note, at: at, in: transaction)
        }
    }

    @discardableResult
    func reject(_ action: Int64, by actor: String = "ada", note: String? = nil) async throws -> ActionRow {
        let at = clock.now
        return try await store.database.write { transaction in
            try Decisions.reject(action, by: actor, note: note, at: at, in: transaction)
        }
    }

    @discardableResult
    func release(_ quarantined: Int64, by actor: String = "ada") async throws -> ActionRow {
        let at = clock.now
        return try await store.database.write { transaction in
            try Decisions.release(quarantined, by: actor, note: nil, at: at, in: transaction)
        }
    }

    func view(_ number: Int64 = 1) async throws -> InvestigationView {
        try await store.database.read { transaction in try InvestigationView.of(number, in: transaction) }
    }

    func action(_ number: Int64 = 1) async throws -> ActionView {
        try await store.database.read { transaction in try ActionView.of(number, in: transaction) }
    }

    func quarantined() async throws -> [QuarantinedRow] {
        try await store.database.read { transaction in
            try QuarantineStore.list(includingReleased: true, limit: 100, in: transaction).reversed()
        }
    }

    /// Where the message lies in the mailbox.
    func folder(_ reference: String, _ mailbox: String) -> String? { server.state.folder(of: reference, in: mailbox) }
}
