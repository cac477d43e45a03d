// SPDX-License-Identifier: Apache-2.0

import Bytes
package import ObjectIndex
package import Store
import Synchronization

/// What happened to the index, for the log.
package enum IndexEvent: Sendable {
    /// A file cannot be used, and went; its objects are read again.
    case damaged(ObjectIndexError)
    /// Files could not be written: what they would have held is read again.
    case notWritten(ObjectIndexError)
    /// Objects were read because the index did not know them.
    case rebuilt(objects: Int, time: Duration)
    /// Files went with all that they knew.
    case dropped(files: Int)
}

/// Keeps the index in step with the objects that are kept: what comes, what goes, and what was lost.
///
/// Objects are added as they are taken in and written every few seconds. After a start, and whenever a file was lost,
/// `upkeep` compares both sides: objects that the index does not know are read, those that are gone are forgotten.
package struct IndexKeeper: Sendable {
    private static let millisecondsADay: Int64 = 86_400_000
    /// Between two attempts to make good what could not be written.
    private static let pause = Duration.seconds(60)
    /// Objects that the store is asked about together.
    private static let objectsAtOnce = 500

    package let shelf: ObjectShelf
    private let arrivals: ShardIntake
    private let repairs: ShardIntake
    private let isInStep = Step()
    private let database: any Database
    private let fetch: @Sendable (String) throws -> [UInt8]?
    private let tell: @Sendable (IndexEvent) -> Void

    /// Opens the folder; `fetch` gives the bytes of an object, nil when they are not kept.
    package init(
        folder: String, database: any Database, fetch: @escaping @Sendable (String) throws -> [UInt8]?,
        tell: @escaping @Sendable (IndexEvent) -> Void
    ) throws(ObjectIndexError) {
        shelf = try ObjectShelf(path: folder)
        arrivals = ShardIntake(shelf)
        repairs = ShardIntake(shelf)
        self.database = database
        self.fetch = fetch
        self.tell = tell
    }

    /// An object is kept; a failure is told, and made good later.
    ///
    /// `at`: milliseconds since 1970.
    package func add(_ content: [UInt8], sha256: String, at: Int64) {
        guard let digest = Hex.decode(sha256.utf8) else { return }
        attempt { () throws(ObjectIndexError) in
            try arrivals.add(content.span, digest: digest, day: Self.day(at))
        }
    }

    /// Objects are no longer kept; `erased`: nothing of them may stay.
    package func forget(_ digests: [String], erased: Bool) {
        let gone = digests.compactMap { Hex.decode($0.utf8) }
        arrivals.forget(gone, erased: erased)
        repairs.forget(gone, erased: erased)
    }

    /// Writes what came.
    package func flush() async { await Blocking.run { attempt(arrivals.flush) } }

    /// Lets files go, merges small ones, and makes good what is missing.
    package func upkeep() async throws {
        while let result = await Blocking.run({ shelf.checkNext() }) {
            if case .failure(let error) = result {
                isInStep.isLost()
                tell(.damaged(error))
            }
            try Task.checkCancellation()
        }
        if isInStep.isToBeMade() { try await compare() }
        let tidied = try await Blocking.run { () throws -> ObjectShelf.Tidied in try shelf.tidy() }
        if tidied.dropped > 0 { tell(.dropped(files: tidied.dropped)) }
    }

    private static func day(_ at: Int64) -> Int { Int(at / millisecondsADay) }

    private func attempt(_ write: () throws(ObjectIndexError) -> Void) {
        do { try write() } catch {
            isInStep.isLost(later: Self.pause)
            tell(.notWritten(error))
        }
    }
}

// MARK: - Comparing

extension IndexKeeper {
    private func compare() async throws {
        do {
            try await forgetGone()
            try await readMissing()
        } catch {
            isInStep.isLost(later: Self.pause)
            throw error
        }
    }

    private func forgetGone() async throws {
        var last: UInt32 = 0
        while let (number, digests) = shelf.digests(after: last) {
            last = number
            for begin in stride(from: 0, to: digests.count, by: Self.objectsAtOnce) {
                try Task.checkCancellation()
                let names = digests[begin..<min(digests.count, begin + Self.objectsAtOnce)].map { Hex.encode($0).text }
                let (gone, erased) = try await database.read { try ObjectStore.notKept(among: names, in: $0) }
                forget(gone, erased: false)
                forget(erased, erased: true)
            }
        }
    }

    /// Reads what the index does not know, the newest first; half of the time, so that mail goes on beside it.
    private func readMissing() async throws {
        await flush()
        let begin = ContinuousClock.now
        var cursor = PageCursor.start
        var count = 0
        while true {
            let place = cursor
            let page = try await database.read {
                try ObjectStore.list(keptOnly: true, before: place, limit: Self.objectsAtOnce, in: $0)
            }
            for row in page {
                guard let digest = Hex.decode(row.sha256.utf8), !shelf.isTaken(digest) else { continue }
                try Task.checkCancellation()
                let start = ContinuousClock.now
                if try await Blocking.run({ try repair(row, digest) }) { count += 1 }
                try await Task.sleep(for: ContinuousClock.now - start)
            }
            guard page.count == Self.objectsAtOnce, let last = page.last else { break }
            cursor = PageCursor(at: last.lastAt, name: last.sha256)
        }
        try await Blocking.run { try repairs.flush() }
        if count > 0 { tell(.rebuilt(objects: count, time: ContinuousClock.now - begin)) }
    }

    /// Adds an object to the index; false when its bytes cannot be had, which a rescan will tell of.
    private func repair(_ row: ObjectRow, _ digest: [UInt8]) throws -> Bool {
        guard let content = try? fetch(row.sha256) else { return false }
        try repairs.add(content.span, digest: digest, day: Self.day(row.lastAt))
        return true
    }
}

/// When the two sides have to be compared.
private final class Step: Sendable {
    private let due = Mutex<ContinuousClock.Instant?>(.now)

    /// Something was lost; comparing is tried `later`, so that a full disk does not cost a processor as well.
    func isLost(later: Duration = .zero) { due.withLock { $0 = max($0 ?? .now, .now + later) } }

    /// True once for each time that something was lost, and at the start.
    func isToBeMade() -> Bool {
        due.withLock { due in
            guard let time = due, time <= .now else { return false }
            due = nil
            return true
        }
    }
}
