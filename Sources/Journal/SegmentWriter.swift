// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The segment being written, and what to do when the disk says no.
///
/// One owner: the writer's queue.
struct SegmentWriter {
    private struct Active {
        let file: OpenFile
        let number: Int
        let born: ContinuousClock.Instant
        /// How much of it holds records; the next one goes here.
        var length = 0
        /// How much of it is durable and visible to readers.
        var durable = 0
    }

    /// What a failed batch leaves to do before the next one.
    private enum Debt {
        case none
        /// Bytes of the batch may stand behind the durable length.
        case truncate
        /// The same, and the kernel may have lost pages of this segment.
        case truncateAndLeave
    }

    private let directory: String
    private let limits: JournalLimits
    private let files: any FileLayer
    private let mark: CommitMark
    /// Held for as long as the writer lives.
    private var lock: OpenFile?
    /// The highest number in use.
    private var last: Int
    private var active: Active?
    private var debt = Debt.none

    init(directory: String, limits: JournalLimits, files: any FileLayer, lock: OpenFile, mark: CommitMark, last: Int) {
        self.directory = directory
        self.limits = limits
        self.files = files
        self.lock = lock
        self.mark = mark
        self.last = last
    }

    /// Makes the batch durable and visible to readers, or leaves no trace of it.
    mutating func commit(_ batch: [UInt8]) throws(JournalError) {
        do throws(SystemError) {
            try settle()
            var segment = try segment(for: batch.count)
            debt = .truncate
            try files.writeAll(batch, to: segment.file, at: segment.length)
            debt = .truncateAndLeave
            try files.synchronizeAll(segment.file)
            segment.length += batch.count
            // Should this fail, the new mark may stand there all the same: the segment is left, so that what a reader
            // takes for committed is never overwritten.
            try mark.publish(JournalPosition(segment: segment.number, offset: segment.length), by: files)
            segment.durable = segment.length
            active = segment
            debt = .none
        } catch {
            try? settle()
            throw .system(error)
        }
    }

    /// Writes the record, or leaves no trace of it; durable it becomes by a later `unsynchronized` and `synchronized`.
    mutating func write(_ record: [UInt8]) throws(JournalError) {
        guard lock != nil else { throw .closed }
        do throws(SystemError) {
            try settle()
            var segment = try segment(for: record.count)
            debt = .truncate
            try files.writeAll(record, to: segment.file, at: segment.length)
            segment.length += record.count
            active = segment
            debt = .none
        } catch {
            try? settle()
            throw .system(error)
        }
    }

    /// What stands in the active segment and is not durable yet.
    var unsynchronized: (file: OpenFile, number: Int, length: Int)? {
        guard let active, active.durable < active.length else { return nil }
        return (active.file, active.number, active.length)
    }

    /// The segment is durable up to there.
    mutating func synchronized(_ number: Int, to length: Int) throws(SystemError) {
        // Of a segment that was left meanwhile `segment(for:)` made all durable, and the mark is past it.
        guard var segment = active, segment.number == number, segment.durable < length else { return }
        try mark.publish(JournalPosition(segment: number, offset: length), by: files)
        segment.durable = length
        active = segment
    }

    /// The segment's fdatasync failed: what it has stays, and nothing more comes behind it.
    mutating func leave(_ number: Int) {
        if active?.number == number { active = nil }
    }

    mutating func close() {
        try? settle()
        active = nil
        lock = nil
    }

    /// Takes back what a failed batch left.
    ///
    /// Nothing is written before this has succeeded: the tail of a segment that is followed by another one counts as
    /// committed.
    private mutating func settle() throws(SystemError) {
        guard let segment = active, debt != .none else { return }
        try files.truncateAll(segment.file, to: segment.length)
        if debt == .truncateAndLeave {
            // Only a power loss could bring back bytes whose truncation is not on disk, and then records of messages
            // that were refused: not worth stopping the mail when this sync fails as well.
            try? files.synchronizeAll(segment.file)
            active = nil
        }
        debt = .none
    }

    // MARK: - Rotation

    private mutating func segment(for size: Int) throws(SystemError) -> Active {
        if let active, active.length == 0 || (fits(active, size) && active.born.duration(to: .now) < limits.segmentAge)
        {
            return active
        }
        if let active, active.durable < active.length { try files.synchronizeAll(active.file) }
        // The old segment is whole and durable; should the new one fail, the next append tries again.
        active = nil
        let segment = try begin()
        active = segment
        return segment
    }

    private func fits(_ segment: Active, _ size: Int) -> Bool {
        size <= limits.segmentSize && segment.length <= limits.segmentSize - size
    }

    private mutating func begin() throws(SystemError) -> Active {
        let number = last + 1
        let path = JournalFile.path(directory, segment: number)
        let file = try uninterrupted { () throws(SystemError) in try files.create(path) }
        do {
            try files.synchronizeDirectory(directory)
            try mark.publish(JournalPosition(segment: number, offset: 0), by: files)
        } catch {
            // A file that cannot be removed stays as an empty segment, and its number is not used again.
            do throws(SystemError) { try DiskDirectory.remove(path) } catch { last = number }
            throw error
        }
        last = number
        return Active(file: file, number: number, born: .now)
    }
}

// MARK: - Opening

extension SegmentWriter {
    /// Takes the directory, makes its end sound, and publishes what is there.
    static func open(
        directory: String, limits: JournalLimits, files: any FileLayer
    ) throws(JournalError) -> (writer: SegmentWriter, recovery: JournalRecovery) {
        do throws(SystemError) {
            try DiskDirectory.make(directory)
            let lock = try OpenFile.open("\(directory)/\(JournalFile.lock)", O_RDWR | O_CREAT)
            guard lock.lock() else { throw SystemError(call: lockedCall, path: directory, code: EWOULDBLOCK) }
            let committed = try CommitMark.position(in: directory)
            let last = max(try DiskDirectory.segments(directory).last ?? 0, committed?.segment ?? 0)
            var recovery = JournalRecovery()
            let path = JournalFile.path(directory, segment: last)
            let end = try TailRecovery(
                path: path, segment: last, committed: committed?.segment == last ? committed?.offset ?? 0 : 0,
                recordLimit: limits.recordSize, files: files
            ).recover(&recovery)
            let mark = try CommitMark.forWriting(directory)
            try mark.publish(JournalPosition(segment: last, offset: end), by: files)
            let writer = SegmentWriter(
                directory: directory, limits: limits, files: files, lock: lock, mark: mark, last: last)
            return (writer, recovery)
        } catch {
            throw error.call == lockedCall ? .locked(directory: directory) : .system(error)
        }
    }

    private static let lockedCall = "flock"
}
