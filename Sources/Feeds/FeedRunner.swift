// SPDX-License-Identifier: Apache-2.0

import Foundation
package import Store

/// Runs the feeds, one after the other: the owner of their rows, their items and their spool files.
package actor FeedRunner {
    /// Rows of one write transaction.
    static let rowsAtOnce = 1_000
    /// The longest time until a feed that failed is tried again.
    private static let retry = Duration.seconds(900)

    let sources: [FeedSource]
    let ownDomains: [String]
    let database: any Database
    let spool: String
    let now: @Sendable () -> Int64
    let tell: @Sendable (FeedEvent) -> Void
    /// The feed whose items are being read or put in force.
    private(set) var busy: String?

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
        // Guard lists first: what they shield is known when the others are read.
        for source in sources where source.role == .shield { try await runDue(source, shields: nil) }
        let shields = try await self.shields()
        for source in sources where source.role != .shield { try await runDue(source, shields: shields) }
    }

    /// `shields`: what stands for guard lists and own domains now; nil for a guard list itself.
    private func runDue(_ source: FeedSource, shields: String?) async throws {
        try Task.checkCancellation()
        let row = try await row(of: source.name)
        // At once, also while the feed is held, stopped or cannot be read; once for each change.
        if source.role == .block, row.succeededAt != nil, row.shields != shields, shieldedBy[source.name] != shields {
            try await withdrawShielded(source, now())
            shieldedBy[source.name] = shields
        }
        switch row.state {
        case .held, .stopped: return
        case .released:
            guard busy == nil else { return }
            busy = source.name
            defer { busy = nil }
            if source.role == .shield { return try await adoptShield(source, now()) }
            try await dropShielded(source, now())
            try await settle(source)
        case .active, .retired:
            if isDue(source, row, shields) { await run(source) }
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

    func source(_ name: String) throws(StoreError) -> FeedSource {
        guard let source = sources.first(where: { $0.name == name }) else { throw unknown(name) }
        return source
    }

    func unknown(_ name: String) -> StoreError {
        StoreError(.notFound, "there is no feed '\(name)' in the configuration")
    }

    func row(of name: String) async throws -> FeedRow {
        try await database.read { try FeedStore.row(name, in: $0) } ?? FeedRow(name: name)
    }

    /// By which guard lists and own domains each feed's standing entries were taken back last.
    private var shieldedBy: [String: String] = [:]

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

    /// By its schedule, or because other names are shielded than when it was read.
    private func isDue(_ source: FeedSource, _ row: FeedRow, _ shields: String?) -> Bool {
        if row.nextRunAt <= now() { return true }
        return source.role == .block && row.succeededAt != nil && row.problem == nil && row.shields != shields
    }

    private func attempt(_ source: FeedSource, at: Int64) async throws {
        var row = try await row(of: source.name)
        let shields = source.role == .block ? try await self.shields() : nil
        let isOther = source.role == .block && row.shields != shields
        // What was left out of a whole list then may be wanted now. A feed of changes is not read from its begin again: what
        // expired meanwhile would come back as new.
        if isOther, !source.format.isIncremental { (row.etag, row.modified, row.digest) = (nil, nil, nil) }
        let target = read(source)
        try await clear(target)
        try FileManager.default.createDirectory(
            atPath: spool, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
        let path = "\(spool)/\(source.name).part"
        defer { try? FileManager.default.removeItem(atPath: path) }
        var content = try await FeedReading(
            source: source, row: row, fetcher: FeedFetcher(source: source, spool: path), database: database,
            target: target, ownDomains: ownDomains, at: at
        ).run()
        if source.role != .shield { content.shields = shields }
        try await note(content, source, at)
        if content.own > 0 { try await tellOwn(source, content.own, at) }
        if source.role == .block {
            try await tellUnguarded(source, at)
            if isOther { try await withdrawShielded(source, at) }
        }
        if content.isUnchanged { return try await renewed(source, at) }
        if source.role == .shield {
            if let reason = try await objection(toShield: source) { return try await hold(source, reason, at) }
            return try await adoptShield(source, at)
        }
        if source.format.isIncremental { try await listDue(source, at) }
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

    func update(_ name: String, _ body: @Sendable @escaping (inout FeedRow) -> Void) async throws {
        try await database.write { transaction in
            var row = try FeedStore.row(name, in: transaction) ?? FeedRow(name: name)
            body(&row)
            try FeedStore.save(row, in: transaction)
        }
    }

    /// The name that what a run reads is kept under: what a guard list said before stands until it is weighed.
    func read(_ source: FeedSource) -> String { source.role == .shield ? "\(source.name)+" : source.name }

    func clear(_ target: String) async throws {
        while try await database.write({ try FeedItems.clear(target, limit: Self.rowsAtOnce * 5, in: $0) }) > 0 {}
        while try await database.write({ try FeedParts.clearNext(of: target, in: $0) }) {}
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
        let isWhole = !source.format.isIncremental
        while true {
            try Task.checkCancellation()
            let count = try await database.write {
                try FeedItems.withdraw(name, isWhole: isWhole, limit: Self.rowsAtOnce, at: at, in: $0)
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
        if !isWhole {
            while try await database.write({
                try FeedItems.shorten(name, limit: Self.rowsAtOnce, at: at, in: $0)
            }) == Self.rowsAtOnce {}
        }
        while try await database.write({ try FeedParts.adoptNext(of: name, in: $0) }) {}
        try await database.write { try FeedItems.clearEarly(name, at: at, in: $0) }
        let standing = try await database.read {
            try FeedItems.difference(of: name, isWhole: isWhole, at: at, in: $0).standing
        }
        try await finish(source, entries: standing, added: added, removed: removed, at: at)
        try await clear(name)
    }

    func finish(
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
            guard let content else {
                // Read before a restart: what exactly is not known any more, only that it is another list now.
                if source.role == .shield { row.shields = "adopted at \(at)" }
                return
            }
            (row.etag, row.modified, row.digest) = (content.etag, content.modified, content.digest)
            (row.position, row.shields) = (content.position, content.shields)
        }
        tell(.ran(source.name, entries: entries, added: added, removed: removed, bad: content?.bad ?? 0))
    }

    /// The same content as before: it was listed again, so its entries hold longer.
    private func renewed(_ source: FeedSource, _ at: Int64) async throws {
        let shields = pending.removeValue(forKey: source.name)?.shields
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
            if source.role != .shield { row.shields = shields }
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
                try FeedItems.withdraw(name, isWhole: true, limit: Self.rowsAtOnce, at: at, in: $0)
            }
            removed += count
            if count < Self.rowsAtOnce { break }
        }
        while try await database.write({ try FeedParts.removeNext(of: name, in: $0) }) {}
        try await database.write { transaction in
            try FeedItems.dropEarly(name, in: transaction)
            try FeedStore.remove(name, in: transaction)
        }
        tell(.retired(name, removed: removed))
    }
}
