// SPDX-License-Identifier: Apache-2.0

import Foundation
package import Store

/// What a feed did, for log, status and people.
package enum FeedEvent: Hashable, Sendable {
    case ran(String, entries: Int, added: Int, removed: Int, bad: Int)
    case failed(String, cause: String)
    case held(String, because: String)
    case retired(String, removed: Int)
}

/// A feed as it is configured and how it is doing.
package struct FeedView: Codable, Hashable, Sendable {
    package let name: String
    /// Nil: it stands in the configuration no more.
    package let format: String?
    package let location: String?
    package let role: String?
    /// Seconds between runs.
    package let every: Double?
    package let status: FeedRow
}

/// Runs the feeds, one after the other: the owner of their rows, their items and their spool files.
package actor FeedRunner {
    /// Rows of one write transaction.
    private static let rowsAtOnce = 1_000
    /// The longest time until a feed that failed is tried again.
    private static let retry = Duration.seconds(900)
    private static let sizeWorthWeighing = 50

    private let sources: [FeedSource]
    private let ownDomains: [String]
    private let database: any Database
    private let spool: String
    private let now: @Sendable () -> Int64
    private let tell: @Sendable (FeedEvent) -> Void
    /// The feed whose items are being read or put in force.
    private var busy: String?

    /// `spool`: a directory for what is being read; `now` gives milliseconds since 1970, UTC.
    package init(
        sources: [FeedSource], ownDomains: [String], database: any Database, spool: String,
        now: @escaping @Sendable () -> Int64, tell: @escaping @Sendable (FeedEvent) -> Void
    ) {
        self.sources = sources
        self.ownDomains = ownDomains.map { $0.lowercased() }
        self.database = database
        self.spool = spool
        self.now = now
        self.tell = tell
    }

    /// Runs every feed that is due, and withdraws what the configuration names no more.
    package func runDue() async throws {
        for row in try await database.read({ try FeedStore.list(in: $0) })
        where !sources.contains(where: { $0.name == row.name }) {
            try await retire(row)
        }
        for source in sources {
            try Task.checkCancellation()
            let row = try await row(of: source.name)
            switch row.state {
            case .held, .stopped: continue
            case .released:
                guard busy == nil else { return }
                busy = source.name
                defer { busy = nil }
                try await settle(source)
            case .active, .retired: if row.nextRunAt <= now() { await run(source) }
            }
        }
    }

    /// All configured feeds and those that are being withdrawn.
    package func views() async throws -> [FeedView] {
        let rows = try await database.read { try FeedStore.list(in: $0) }
        var views = sources.map { source in
            FeedView(
                name: source.name, format: source.format.rawValue,
                location: String(source.location.prefix { $0 != "?" }),
                role: source.role.rawValue, every: source.every / .seconds(1),
                status: rows.first { $0.name == source.name } ?? FeedRow(name: source.name))
        }
        for row in rows where !sources.contains(where: { $0.name == row.name }) {
            views.append(FeedView(name: row.name, format: nil, location: nil, role: nil, every: nil, status: row))
        }
        return views
    }

    // MARK: What people say

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
        _ = try source(name)
        // Its items are what is being put in force: without them all of it would be withdrawn.
        guard busy != name else {
            throw StoreError(.conflict, "feed '\(name)' is being read just now; try again in a moment")
        }
        try await clear(name)
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

    private func source(_ name: String) throws(StoreError) -> FeedSource {
        guard let source = sources.first(where: { $0.name == name }) else { throw unknown(name) }
        return source
    }

    private func unknown(_ name: String) -> StoreError {
        StoreError(.notFound, "there is no feed '\(name)' in the configuration")
    }

    private func row(of name: String) async throws -> FeedRow {
        try await database.read { try FeedStore.row(name, in: $0) } ?? FeedRow(name: name)
    }

    // MARK: A run

    /// Runs the feed; what goes wrong stands in its row.
    package func run(_ name: String) async throws { await run(try source(name)) }

    private func run(_ source: FeedSource) async {
        guard busy == nil else { return }
        busy = source.name
        defer { busy = nil }
        let at = now()
        do {
            try await attempt(source, at: at)
        } catch is CancellationError {
            return
        } catch {
            let cause = "\(error)"
            tell(.failed(source.name, cause: cause))
            try? await update(source.name) { row in
                row.attemptedAt = at
                row.problem = cause
                row.nextRunAt = at + Int64(min(source.every, Self.retry) / .milliseconds(1))
            }
        }
    }

    private func attempt(_ source: FeedSource, at: Int64) async throws {
        let row = try await row(of: source.name)
        let target = source.role == .shield ? "\(source.name)+" : source.name
        try await clear(target)
        try FileManager.default.createDirectory(
            atPath: spool, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
        let path = "\(spool)/\(source.name).part"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let content = try await FeedReading(
            source: source, row: row, fetcher: FeedFetcher(source: source, spool: path), database: database,
            target: target, ownDomains: ownDomains, at: at
        ).run()
        try await note(content, source, at)
        if content.own > 0 { try await tellOwn(source, content.own, at) }
        if content.isUnchanged { return try await renewed(source, at) }
        if source.role == .shield { return try await adoptShield(source, at) }
        try await dropShielded(source, at)
        if let reason = try await objection(to: source, at) { return try await hold(source, reason, at) }
        try await settle(source)
    }

    private func note(_ content: FeedContent, _ source: FeedSource, _ at: Int64) async throws {
        try await update(source.name) { row in
            row.attemptedAt = at
            row.problem = nil
            guard !content.isUnchanged else { return }
            row.badLines = Int64(content.bad)
            row.examples = content.examples.joined(separator: "\n")
            // What was read is known as read only when it is in force or held; until then it would be fetched again.
            (row.etag, row.modified, row.digest) = (nil, nil, nil)
        }
        pending[source.name] = content
    }

    /// What the last reading of each feed said of itself, until its items are in force.
    private var pending: [String: FeedContent] = [:]

    private func update(_ name: String, _ body: @Sendable @escaping (inout FeedRow) -> Void) async throws {
        try await database.write { transaction in
            var row = try FeedStore.row(name, in: transaction) ?? FeedRow(name: name)
            body(&row)
            try FeedStore.save(row, in: transaction)
        }
    }

    private func clear(_ target: String) async throws {
        while try await database.write({ try FeedItems.clear(target, limit: Self.rowsAtOnce * 5, in: $0) }) > 0 {}
    }

    /// Puts in force what was read: new items first, so that a thing which only changed its verdict is never out of force.
    private func settle(_ source: FeedSource) async throws {
        let (name, at) = (source.name, now())
        var (added, removed, after) = (0, 0, "" as String?)
        while let place = after {
            try Task.checkCancellation()
            let step = try await database.write {
                try FeedItems.admit(name, after: place, limit: Self.rowsAtOnce, at: at, in: $0)
            }
            added += step.count
            after = step.last
        }
        while !source.format.isIncremental {
            try Task.checkCancellation()
            let count = try await database.write {
                try FeedItems.withdraw(name, limit: Self.rowsAtOnce, at: at, in: $0)
            }
            removed += count
            if count < Self.rowsAtOnce { break }
        }
        if let expiry = source.expiresAfter {
            let gain = Int64(expiry / .milliseconds(1)) / 10
            while try await database.write({
                try FeedItems.renew(name, gain: gain, limit: Self.rowsAtOnce, at: at, in: $0)
            }) == Self.rowsAtOnce {}
        }
        let standing = try await database.read { try FeedItems.difference(of: name, at: at, in: $0).standing }
        try await finish(source, entries: standing, added: added, removed: removed, at: at)
        try await clear(name)
    }

    private func finish(
        _ source: FeedSource, entries: Int, added: Int, removed: Int, at: Int64
    ) async throws {
        let content = pending.removeValue(forKey: source.name)
        let next = at + Int64(source.every / .milliseconds(1))
        try await update(source.name) { row in
            row.state = .active
            row.heldBecause = nil
            row.succeededAt = at
            row.nextRunAt = next
            (row.entries, row.added, row.removed) = (Int64(entries), Int64(added), Int64(removed))
            guard let content else { return }
            (row.etag, row.modified, row.digest) = (content.etag, content.modified, content.digest)
            row.position = content.position
        }
        tell(.ran(source.name, entries: entries, added: added, removed: removed, bad: content?.bad ?? 0))
    }

    /// The same content as before: it was listed again, so its entries hold longer.
    private func renewed(_ source: FeedSource, _ at: Int64) async throws {
        pending[source.name] = nil
        if let expiry = source.expiresAfter, !source.format.isIncremental {
            let until = at + Int64(expiry / .milliseconds(1))
            let (name, gain) = (source.name, Int64(expiry / .milliseconds(1)) / 10)
            while try await database.write({
                try FeedItems.renewAll(name, until: until, gain: gain, limit: Self.rowsAtOnce, at: at, in: $0)
            }) == Self.rowsAtOnce {}
        }
        let next = at + Int64(source.every / .milliseconds(1))
        try await update(source.name) { row in
            row.succeededAt = at
            row.nextRunAt = next
            (row.added, row.removed) = (0, 0)
        }
    }

    // MARK: Weighing

    /// Names that no feed may hold anything against leave what was read.
    private func dropShielded(_ source: FeedSource, _ at: Int64) async throws {
        guard source.role == .block else { return }
        let shields = sources.filter { $0.role == .shield }.map(\.name)
        let name = source.name
        for shield in shields {
            let dropped = try await database.write { try FeedItems.drop(from: name, listedBy: shield, in: $0) }
            guard dropped > 0 else { continue }
            try await update(name) { row in
                row.badLines += Int64(dropped)
                row.examples += "\n\(dropped) entries that '\(shield)' shields"
            }
        }
    }

    private func adoptShield(_ source: FeedSource, _ at: Int64) async throws {
        let name = source.name
        let count = try await database.write { try FeedItems.replace(name, by: "\(name)+", in: $0) }
        try await finish(source, entries: count, added: count, removed: 0, at: at)
    }

    /// Why the run is not put in force before somebody decides; nil: it may be.
    private func objection(to source: FeedSource, _ at: Int64) async throws -> String? {
        let name = source.name
        let change = try await database.read { try FeedItems.difference(of: name, at: at, in: $0) }
        let isFull = !source.format.isIncremental
        if isFull, change.listed == 0, change.standing > 0 {
            return "it lists nothing any more, \(change.standing) entries stand"
        }
        if change.standing >= Self.sizeWorthWeighing {
            let limit = change.standing * source.changeLimit / 100
            if change.new > limit {
                return
                    "\(change.new) new entries beside \(change.standing) standing ones; the limit is \(source.changeLimit) %"
            }
            if isFull, change.gone > limit {
                return "\(change.gone) of \(change.standing) entries are gone; the limit is \(source.changeLimit) %"
            }
        }
        return source.role == .block ? try await coveredMail(source, at) : nil
    }

    /// How many of the newest links are asked for.
    private static let linksWeighed = 5_000
    /// With fewer messages a share says nothing.
    private static let messagesWorthWeighing = 20

    /// A feed that holds something against much of what came lately, and nobody complained about, is probably wrong.
    private func coveredMail(_ source: FeedSource, _ at: Int64) async throws -> String? {
        let name = source.name
        let (covered, messages, example) = try await database.read { transaction in
            let delivered = try FeedItems.recentlyDelivered(limit: Self.linksWeighed, in: transaction)
            let patterns = Array(Set(delivered.flatMap(\.expressions)))
            let new = try FeedItems.new(among: patterns, of: name, at: at, in: transaction)
            let hit = delivered.filter { !new.isDisjoint(with: $0.expressions) }
            let example = hit.first?.expressions.first(where: new.contains)
            return (Set(hit.map(\.reference)).count, Set(delivered.map(\.reference)).count, example)
        }
        guard messages >= Self.messagesWorthWeighing, covered * 100 > messages * source.mailLimit else { return nil }
        return """
            new entries cover \(covered) of the last \(messages) messages with links (such as \
            '\((example ?? "").shown(limit: 100))'); the limit is \(source.mailLimit) %
            """
    }

    private func hold(_ source: FeedSource, _ reason: String, _ at: Int64) async throws {
        let name = source.name
        let next = at + Int64(source.every / .milliseconds(1))
        try await database.write { transaction in
            guard var row = try FeedStore.row(name, in: transaction) else { return }
            row.state = .held
            row.heldBecause = reason
            row.nextRunAt = next
            try FeedStore.save(row, in: transaction)
            try AlertStore.tell(
                kind: "feed_held", subject: "feed \(name)", title: "Feed '\(name)' is held: \(reason)",
                severity: .medium,
                cause: "feed \(name) held \(at)", at: at, in: transaction)
        }
        tell(.held(name, because: reason))
    }

    private func tellOwn(_ source: FeedSource, _ count: Int, _ at: Int64) async throws {
        let (name, day) = (source.name, at / 86_400_000)
        _ = try await database.write { transaction in
            try AlertStore.tell(
                kind: "feed_lists_us", subject: "feed \(name)",
                title: "Feed '\(name)' has \(count) entries against our own domains; they are not put in force",
                severity: .high, cause: "feed \(name) own \(day)", at: at, in: transaction)
        }
    }

    /// A feed that was taken out of the configuration says nothing any more.
    private func retire(_ row: FeedRow) async throws {
        let (name, at) = (row.name, now())
        try await clear(name)
        try await clear("\(name)+")
        var removed = 0
        while true {
            let count = try await database.write {
                try FeedItems.withdraw(name, limit: Self.rowsAtOnce, at: at, in: $0)
            }
            removed += count
            if count < Self.rowsAtOnce { break }
        }
        try await database.write { try FeedStore.remove(name, in: $0) }
        tell(.retired(name, removed: removed))
    }
}
