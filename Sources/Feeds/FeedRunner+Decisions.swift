// SPDX-License-Identifier: Apache-2.0

import Store

/// What people say about a feed.
extension FeedRunner {
    /// Makes the feed due at once, also one that is held: it is then read and weighed anew.
    package func demand(_ name: String, by actor: String) async throws -> FeedView {
        try await change(name, by: actor, verb: "feed.run") { row in
            row.state = .active
            row.heldBecause = nil
            (row.nextRunAt, row.etag, row.modified, row.digest) = (0, nil, nil, nil)
        }
    }

    /// Stops the feed: what is in force stays, nothing new comes in.
    package func hold(_ name: String, because reason: String, by actor: String) async throws -> FeedView {
        let source = try source(name)
        // Its items are what is being put in force: without them all of it would be withdrawn.
        guard busy != name else {
            throw StoreError(.conflict, "feed '\(name)' is being read just now; try again in a moment")
        }
        try await clear(read(source))
        return try await change(name, by: actor, verb: "feed.hold") { row in
            row.state = .stopped
            row.heldBecause = reason
        }
    }

    /// Puts in force what was held back, or lets a feed run again that a person stopped.
    package func release(_ name: String, by actor: String) async throws -> FeedView {
        let state = try await row(of: name).state
        guard state == .held || state == .stopped else { throw StoreError(.conflict, "feed '\(name)' is not held") }
        return try await change(name, by: actor, verb: "feed.release") { row in
            row.state = state == .held ? .released : .active
            row.heldBecause = nil
            row.nextRunAt = 0
        }
    }

    private func change(
        _ name: String, by actor: String, verb: String, _ body: @Sendable @escaping (inout FeedRow) -> Void
    ) async throws -> FeedView {
        _ = try source(name)
        let at = now()
        try await database.write { transaction in
            var row = try FeedStore.row(name, in: transaction) ?? FeedRow(name: name)
            body(&row)
            try FeedStore.save(row, in: transaction)
            try AuditStore.append(
                actor: actor, verb: verb, object: "feed \(name)", detail: row.heldBecause, at: at, in: transaction)
        }
        guard let view = try await views().first(where: { $0.name == name }) else { throw unknown(name) }
        return view
    }
}
