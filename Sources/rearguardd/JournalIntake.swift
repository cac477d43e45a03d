// SPDX-License-Identifier: Apache-2.0

import Journal
import Store
import Telemetry

/// Takes one journal into the store, batch by batch; what was taken in may be removed after a while.
struct JournalIntake: Sendable {
    typealias Take =
        @Sendable (
            _ batch: [IngestEntry], _ end: ConsumerPosition, _ at: Int64, any SQLTransaction
        ) throws -> IngestReport

    /// Records of one transaction: many for one sync, few enough that a look at the store never waits long.
    private static let batchSize = 500

    let name: String
    let reader: JournalReader
    /// How long a segment stays after its last record was taken in.
    let keep: Duration
    let database: any Database
    let now: @Sendable () -> Int64
    let log: IngestLog
    let take: Take

    /// Takes in all there is.
    func takeAll() async throws {
        let name = name
        var position = try await database.read { transaction in try Consumers.position(of: name, in: transaction) }
        while !Task.isCancelled, try reader.hasMore(after: JournalPosition(position)) {
            let batch = try reader.records(after: JournalPosition(position), limit: Self.batchSize)
            guard JournalPosition(position) < batch.end else { throw NothingToRead(batch: batch) }
            position = try await store(batch)
            for damage in batch.damage { log.damaged(journal: name, damage: damage.description) }
        }
    }

    private func store(_ batch: JournalBatch) async throws -> ConsumerPosition {
        let entries = batch.records.map { IngestEntry(json: $0.json, end: ConsumerPosition($0.end)) }
        let (end, at, take) = (ConsumerPosition(batch.end), now(), take)
        let report = try await database.write { transaction in try take(entries, end, at, transaction) }
        log.ingested(journal: name, records: report.kept, position: batch.end.description)
        if report.rejected > 0 { log.rejected(journal: name, records: report.rejected) }
        let removed = try reader.removeSegments(before: batch.end, olderThan: keep)
        if removed > 0 { log.removedSegments(journal: name, count: removed) }
        return end
    }
}

/// The journal says that there is more, and does not give it; goes away when the next segment begins.
private struct NothingToRead: Error, CustomStringConvertible {
    let batch: JournalBatch

    var description: String {
        let reason = batch.damage.first.map { ": \($0)" } ?? ": its segment is gone"
        return "records after \(batch.end) cannot be read\(reason)"
    }
}

extension JournalPosition {
    fileprivate init(_ position: ConsumerPosition) {
        self.init(segment: position.segment, offset: position.offset)
    }
}

extension ConsumerPosition {
    fileprivate init(_ position: JournalPosition) {
        self.init(segment: position.segment, offset: position.offset)
    }
}
