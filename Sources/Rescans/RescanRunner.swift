// SPDX-License-Identifier: Apache-2.0

package import Store
import Synchronization

/// What happened to rescans, for the log.
package enum RescanEvent: Sendable {
    case began(number: Int64, engine: String, reason: String)
    /// Objects of mail that nobody has opened, as far as is known, are judged before the others; so many mailboxes were asked.
    case ordered(number: Int64, objects: Int, mailboxes: Int)
    case ended(RescanRow)
}

/// Judges retained objects again when the signatures of an engine change.
///
/// Three kinds of work, side by side: `watch` looks what is in force and begins rescans, `work` takes objects, has them judged,
/// and writes what came of it, and `order` puts forward what nobody has read yet. Any number of workers may run; the store sees to it that none does what another one does.
package struct RescanRunner: Sendable {
    /// How long a worker has for what it took, before somebody else may have it.
    private static let lease: Int64 = 120_000
    /// Rescans that are looked at for their next objects.
    private static let runningLimit = 100

    let database: any Database
    private let engines: [any RescanEngine]
    private let pace: RescanPace
    private let batch: Int
    private let window: Int64
    private let fetch: @Sendable (String) throws -> [UInt8]?
    private let now: @Sendable () -> Int64
    let tell: @Sendable (RescanEvent) -> Void
    let ordered = OrderedRescans()

    /// `rate`: objects a second in all; `window`: how long ago an object may have come last, in milliseconds.
    package init(
        database: any Database, engines: [any RescanEngine], rate: Int, batch: Int = 200, window: Int64,
        fetch: @escaping @Sendable (String) throws -> [UInt8]?, now: @escaping @Sendable () -> Int64,
        tell: @escaping @Sendable (RescanEvent) -> Void
    ) {
        self.database = database
        self.engines = engines
        self.batch = max(1, min(batch, rate))
        self.window = window
        self.fetch = fetch
        self.now = now
        self.tell = tell
        pace = RescanPace(rate: rate)
    }

    /// Looks at the engines and begins a rescan for each whose signatures changed; a failing engine keeps no other back.
    package func watch() async throws {
        var problem: (any Error)?
        for engine in engines {
            do { try await look(at: engine) } catch { problem = error }
        }
        let at = now()
        for row in try await database.write({ try RescanStore.endDone(at: at, in: $0) }) {
            tell(.ended(row))
        }
        if let problem { throw problem }
    }

    private func look(at engine: any RescanEngine) async throws {
        let found = try await engine.signatures()
        let (name, at, since) = (engine.name, now(), now() - window)
        let events = try await database.write { transaction -> [RescanEvent] in
            let before = try RescanStore.engines(in: transaction).first { $0.name == name }
            guard before?.version != found.version else { return [] }
            let row = EngineRow(
                name: name, version: found.version, number: (before?.number ?? 0) + 1, parts: found.parts, at: at)
            try RescanStore.put(row, in: transaction)
            let delta = SignatureDelta(from: before?.parts ?? [:], to: found.parts)
            _ = try EngineVerdicts.withdraw(engine: name, parts: delta.gone, at: at, in: transaction)
            var events: [RescanEvent] = []
            let isOpaque = found.parts.isEmpty && found.slowParts == nil || delta.isWhole
            for (lane, parts) in delta.lanes(slow: found.slowParts) where isOpaque || !parts.isEmpty {
                let reason = delta.reason(parts, lane, version: found.version)
                let number = try RescanStore.begin(
                    row, parts: parts, lane: lane, since: since, reason: reason, at: at, in: transaction)
                events.append(.began(number: number, engine: name, reason: reason))
            }
            return events
        }
        for event in events { tell(event) }
    }

    /// Takes some objects and judges them; answers false when there was nothing to do.
    package func work() async throws -> Bool {
        try await pace.turn(of: batch)
        let (filters, problem) = try await filters()
        let (names, batch, at) = (engines.map(\.name), batch, now())
        let lease = pace.lease(after: at + Self.lease)
        let claim = try await database.write { transaction in
            // One that began since then waits for the next time.
            try RescanStore.claim(
                engines: names, limit: batch, lease: lease, at: at, filter: { filters[$0.number] ?? .unknown },
                in: transaction)
        }
        let claimed = claim.work
        pace.took(claimed.count)
        for (rescan, work) in Dictionary(grouping: claimed, by: { RescanKey(rescan: $0.rescan, engine: $0.engine) }) {
            try Task.checkCancellation()
            guard let engine = engines.first(where: { $0.name == rescan.engine }) else { continue }
            try await judge(work, by: engine)
        }
        if let problem { throw problem }
        return !claimed.isEmpty || claim.passed > 0
    }

    /// What each rescan that runs is worth judging for; an engine that cannot tell keeps no other back.
    func filters() async throws -> (filters: [Int64: RescanFilter], problem: (any Error)?) {
        let running = try await database.read { try RescanStore.list(running: true, limit: Self.runningLimit, in: $0) }
        var filters: [Int64: RescanFilter] = [:]
        var problem: (any Error)?
        for row in running {
            guard let engine = engines.first(where: { $0.name == row.engine }) else { continue }
            do { filters[row.number] = try await engine.filter(for: row) } catch { problem = error }
        }
        return (filters, problem)
    }

    private struct RescanKey: Hashable {
        let rescan: Int64
        let engine: String
    }

    private func judge(_ work: [RescanWork], by engine: any RescanEngine) async throws {
        guard let first = work.first else { return }
        let read = ReadObjects()
        let outcomes = await engine.judge(work.map(\.sha256), parts: first.parts, rescan: first.rescan) { [fetch] in
            let content = try fetch($0)
            if content != nil { read.note($0) }
            return content
        }
        let at = now()
        try await database.write { transaction in
            let number = try RescanStore.engines(in: transaction).first { $0.name == first.engine }?.number ?? 0
            for item in work {
                let outcome = outcomes[item.sha256] ?? .failed("no answer")
                try RescanStore.finish(
                    item, outcome, isRead: read.contains(item.sha256), signatures: number, at: at, in: transaction)
            }
        }
    }
}

/// What became of the parts of signatures.
struct SignatureDelta {
    /// New, or with another meaning; none when they cannot be told from what did not change.
    let changed: [String]
    let isWhole: Bool
    let gone: [String]

    init(from old: [String: String], to new: [String: String]) {
        let changed = new.filter { old[$0.key] != $0.value }.keys.sorted()
        isWhole = changed.contains(EngineSignatures.remainder)
        self.changed = isWhole ? [] : changed
        gone = old.keys.filter { new[$0] == nil }.sorted()
    }

    /// What is asked in a rescan of its own: the parts that the index can help with, and those that it cannot.
    func lanes(slow: Set<String>?) -> [(lane: RescanRow.Lane?, parts: [String])] {
        guard let slow else { return [(nil, changed)] }
        return [(.indexed, changed.filter { !slow.contains($0) }), (.slow, changed.filter { slow.contains($0) })]
    }

    /// For people.
    func reason(_ parts: [String], _ lane: RescanRow.Lane?, version: String) -> String {
        guard let first = parts.first else { return "signatures changed: \(version)" }
        let others = parts.count - 1
        return "changed: \(first)" + (others > 0 ? " and \(others) more" : "")
            + (lane == .slow ? " (no literal to ask the index for)" : "")
    }
}

/// The objects of one batch whose bytes were looked at.
private final class ReadObjects: Sendable {
    private let digests = Mutex<Set<String>>([])

    func note(_ digest: String) { digests.withLock { _ = $0.insert(digest) } }
    func contains(_ digest: String) -> Bool { digests.withLock { $0.contains(digest) } }
}

/// Keeps the rate, for all workers together, and gives each call a lease of its own.
private final class RescanPace: Sendable {
    private struct State {
        var free = ContinuousClock.now
        var lastLease: Int64 = 0
    }

    private let rate: Int
    private let state = Mutex(State())

    init(rate: Int) {
        self.rate = rate
    }

    /// Waits until so many objects may be taken.
    func turn(of count: Int) async throws {
        let free = state.withLock { $0.free }
        if free > .now { try await Task.sleep(until: free, clock: .continuous) }
    }

    func took(_ count: Int) {
        guard count > 0 else { return }
        state.withLock { $0.free = max($0.free, .now) + .seconds(1) * count / rate }
    }

    func lease(after time: Int64) -> Int64 {
        state.withLock { state in
            state.lastLease = max(state.lastLease + 1, time)
            return state.lastLease
        }
    }
}
