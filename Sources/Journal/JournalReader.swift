// SPDX-License-Identifier: Apache-2.0

import Bytes
import Glibc

/// One record as read back.
package struct JournalEntry: Hashable, Sendable {
    package let json: [UInt8]
    /// Where reading goes on after this record.
    package let end: JournalPosition
}

/// What one call of the reader brings.
package struct JournalBatch: Hashable, Sendable {
    package var records: [JournalEntry] = []
    /// What was skipped on the way; for the log.
    package var damage: [JournalDamage] = []
    /// Where the next call goes on; store this together with what the records became.
    ///
    /// It may have moved although there are no records: over damage, or on to the next segment.
    package var end: JournalPosition
}

/// Reads a journal that another process may be writing.
///
/// It keeps no state and holds no file open: the consumer stores the position with what it made of the records, in one
/// transaction, and that makes the hand-over exactly once. It sees nothing beyond the commit mark (JournalWriter.swift),
/// so it needs no lock, and a torn, withdrawn or half-written batch never reaches it.
package struct JournalReader: Sendable {
    private let directory: String
    private let recordLimit: Int

    /// A journal that does not exist yet is an empty one.
    package init(directory: String, recordLimit: Int = JournalLimits().recordSize) {
        self.directory = directory
        self.recordLimit = recordLimit
    }

    /// Whether reading on from there brings anything; one small read, cheap enough to ask many times a second.
    ///
    /// Throws `endsBefore` when the journal ends in an earlier segment than the position's: what is written to it now
    /// would not be read for a long time, or never.
    package func hasMore(after position: JournalPosition) throws(JournalError) -> Bool {
        let end = try told { () throws(SystemError) in try committed() }
        guard end.segment >= position.segment else {
            throw .endsBefore(position, end: end, directory: directory)
        }
        return end > position
    }

    /// The records after the position: at most `limit`, and no more once they have `sizeLimit` bytes together.
    package func records(
        after position: JournalPosition, limit: Int, sizeLimit: Int = 16 * 1_024 * 1_024
    ) throws(JournalError) -> JournalBatch {
        try told { () throws(SystemError) in
            var walk = Walk(batch: JournalBatch(end: position), records: limit, size: sizeLimit)
            let committed = try committed()
            guard committed > position else { return walk.batch }
            for segment in try DiskDirectory.segments(directory)
            where segment >= position.segment && segment <= committed.segment {
                try read(segment, committed: committed, &walk)
                if walk.isFull { break }
            }
            return walk.batch
        }
    }

    /// Removes segments that lie wholly before the position and were last written that long ago; says how many.
    ///
    /// The newest one always stays: its number tells the writer where to go on.
    package func removeSegments(before position: JournalPosition, olderThan age: Duration) throws(JournalError) -> Int {
        try told { () throws(SystemError) in
            let end = min(position.segment, try committed().segment)
            let newest = DiskDirectory.now - Int(age.components.seconds)
            var removed = 0
            for segment in try DiskDirectory.segments(directory) where segment < end {
                let path = JournalFile.path(directory, segment: segment)
                guard try OpenFile.open(path, O_RDONLY).status().changed <= newest else { continue }
                try DiskDirectory.remove(path)
                removed += 1
            }
            return removed
        }
    }

    // MARK: - Segments

    /// A batch on its way, and how much it may still take.
    private struct Walk {
        var batch: JournalBatch
        var records: Int
        var size: Int
        /// Whether the segment of `batch.end` was met.
        var hasEntered = false

        var isFull: Bool { records <= 0 || size <= 0 }

        mutating func take(_ json: [UInt8], end: JournalPosition) {
            batch.records.append(JournalEntry(json: json, end: end))
            batch.end = end
            records -= 1
            size -= json.count
        }
    }

    /// How far may be read.
    ///
    /// Without a mark: all but the newest segment, for only that one can be in the making.
    private func committed() throws(SystemError) -> JournalPosition {
        if let position = try CommitMark.position(in: directory) { return position }
        return JournalPosition(segment: try DiskDirectory.segments(directory).last ?? 0, offset: 0)
    }

    private func read(_ segment: Int, committed: JournalPosition, _ walk: inout Walk) throws(SystemError) {
        let start = enter(segment, &walk)
        let file = try OpenFile.open(JournalFile.path(directory, segment: segment), O_RDONLY)
        let size = try file.status().size
        let end = segment == committed.segment ? min(size, committed.offset) : size
        guard start <= end else {
            walk.batch.damage.append(.shortened(segment: segment, size: end, expected: start))
            return
        }
        var scanner = LineScanner(file, range: start..<end, recordLimit: recordLimit)
        var bad = 0..<0
        while !walk.isFull, let line = try scanner.line() {
            if let json = line.json {
                note(bad, in: segment, &walk)
                bad = 0..<0
                walk.take(json, end: JournalPosition(segment: segment, offset: line.range.upperBound))
            } else {
                bad = (bad.isEmpty ? line.range.lowerBound : bad.lowerBound)..<line.range.upperBound
            }
        }
        guard !bad.isEmpty else { return }
        note(bad, in: segment, &walk)
        walk.batch.end.offset = bad.upperBound
    }

    private func note(_ bad: Range<Int>, in segment: Int, _ walk: inout Walk) {
        guard !bad.isEmpty else { return }
        walk.batch.damage.append(.badLines(segment: segment, offset: bad.lowerBound, size: bad.count))
    }

    /// Where to begin in the segment; reports segments between this one and the last one that are not there.
    private func enter(_ segment: Int, _ walk: inout Walk) -> Int {
        let before = walk.batch.end
        let next = walk.hasEntered ? before.segment + 1 : before.segment
        walk.hasEntered = true
        guard segment != before.segment else { return before.offset }
        if before.segment > 0, next < segment { walk.batch.damage.append(.missingSegments(next...segment - 1)) }
        walk.batch.end = JournalPosition(segment: segment, offset: 0)
        return 0
    }

    private func told<Value>(_ body: () throws(SystemError) -> Value) throws(JournalError) -> Value {
        do throws(SystemError) {
            return try body()
        } catch {
            throw .system(error)
        }
    }
}
