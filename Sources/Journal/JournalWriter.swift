// SPDX-License-Identifier: Apache-2.0

// Journal: what the daemons that face the outside hand over, on disk before anybody hears "done".
//
// A directory of segments `0000000001.journal`, `0000000002.journal` …; in each one record a line: CRC-32C of the JSON
// in 8 hexadecimal digits, space, JSON, LF. One writer, any number of readers in other processes, no database.
//
// Group commit. Callers put their line into a shared batch and wait; one writer takes the whole batch, makes one write
// and one fdatasync, and wakes them all. While it waits for the disk the next batch fills, so the more callers there
// are, the fewer syncs each one costs. A batch is written wholly or not at all: on any failure the segment is truncated
// to its last durable length, every caller of the batch gets the error, and the next append tries again.
//
// The commit mark. A reader in another process must not take what may still be withdrawn: a line can be whole, with a
// good checksum, and yet belong to a batch whose fdatasync fails the next moment. So the writer publishes how far the
// journal is durable in the small file `committed` (rewritten in place after each sync, with its own checksum, never
// synced itself: a stale mark only makes the reader wait), and readers do not look beyond it.
//
// No byte offset is ever used twice. A writer never goes on in a segment of an earlier run (which may end in a torn
// tail), and leaves a segment whose fdatasync failed: the kernel may have dropped the pages and reports that only once,
// so a second fdatasync that succeeds proves nothing. A reader's position therefore never points into a later line.
//
// Written, then synced. A click is worth less than a message, and a person waits for it: with `write` a record is in the
// kernel's hands before the caller goes on, so that it outlives the process (kill -9), and on disk at most
// `JournalLimits.syncDelay` later, which is what a power failure can take.
//
// Roads not taken: sync for each record (one disk flush a message); O_DSYNC (a flush for each write, and no way to
// share it); commit lines between the records (every consumer, down to `tail -f`, would have to know them); SQLite as
// the hand-over (writers of two users on one database, and readers that can block them); preallocation (faster syncs on
// some file systems, but log shippers would read zeros).

import Dispatch
import Synchronization

/// The only writer of one journal directory.
package final class JournalWriter: Sendable {
    /// What the start found at the end of the journal; for the log.
    package let recovery: JournalRecovery

    private let limits: JournalLimits
    private let queue = DispatchQueue(label: "journal")
    private let pending: Mutex<Pending>
    /// Touched on `queue`, and by `write`.
    private let segments: Mutex<SegmentWriter>
    private let files: any FileLayer
    /// Whether a sync of what `write` wrote is on its way.
    private let isSyncing = Mutex(false)
    private let onSyncFailure: @Sendable (JournalError) -> Void

    /// Takes the directory (made when it does not exist), cuts a torn tail, and is ready to append.
    ///
    /// Throws `.locked` when another writer has the directory.
    package convenience init(
        directory: String, limits: JournalLimits = JournalLimits(),
        onSyncFailure: @escaping @Sendable (JournalError) -> Void = { _ in }
    ) throws(JournalError) {
        try self.init(directory: directory, limits: limits, files: DiskFiles(), onSyncFailure: onSyncFailure)
    }

    /// The same with another file layer, for tests that let it fail.
    package init(
        directory: String, limits: JournalLimits, files: any FileLayer,
        onSyncFailure: @escaping @Sendable (JournalError) -> Void = { _ in }
    ) throws(JournalError) {
        self.limits = limits
        self.files = files
        self.onSyncFailure = onSyncFailure
        let opened = try SegmentWriter.open(directory: directory, limits: limits, files: files)
        recovery = opened.recovery
        segments = Mutex(opened.writer)
        pending = Mutex(Pending())
    }

    /// Returns when the record is on disk; blocks, so it is for plain threads (libmilter's) only.
    package func append(_ json: [UInt8]) throws(JournalError) {
        try enqueue(json).wait().get()
    }

    /// Returns when the record is on disk; the same for callers that may not block.
    package func append(_ json: [UInt8]) async throws(JournalError) {
        try await enqueue(json).result().get()
    }

    /// Returns when the record is written: it outlives this process, and is on disk `JournalLimits.syncDelay` later.
    ///
    /// One system call on the caller's thread. A sync that fails is told to `onSyncFailure`, for the callers have gone on.
    package func write(_ json: [UInt8]) throws(JournalError) { try write([json]) }

    /// The same for several records, all of which are written, or none.
    package func write(_ records: [[UInt8]]) throws(JournalError) {
        var lines: [UInt8] = []
        for json in records { lines.append(contentsOf: try JournalLine.line(json, limit: limits.recordSize)) }
        guard !lines.isEmpty else { return }
        guard !pending.withLock({ $0.isClosed }) else { throw .closed }
        try segments.withLock { [lines] (segments) throws(JournalError) in try segments.write(lines) }
        let isFirst = isSyncing.withLock { isSyncing in
            defer { isSyncing = true }
            return !isSyncing
        }
        guard isFirst else { return }
        let (seconds, attoseconds) = limits.syncDelay.components
        let delay = Int(seconds) * 1_000 + Int(attoseconds / 1_000_000_000_000_000)
        queue.asyncAfter(deadline: .now() + .milliseconds(delay)) { self.synchronize() }
    }

    /// Runs on `queue`; writers go on meanwhile.
    private func synchronize() {
        // Before the look: what is written after it asks for a sync of its own.
        isSyncing.withLock { $0 = false }
        guard let (file, number, length) = segments.withLock({ $0.unsynchronized }) else { return }
        do throws(SystemError) {
            try files.synchronizeAll(file)
            try segments.withLock { (segments) throws(SystemError) in try segments.synchronized(number, to: length) }
        } catch {
            segments.withLock { $0.leave(number) }
            onSyncFailure(.system(error))
        }
    }

    /// Writes what is waiting, then gives the directory free; appends fail from now on.
    package func close() {
        pending.withLock { $0.isClosed = true }
        queue.sync {
            flush()
            synchronize()
            segments.withLock { $0.close() }
        }
    }

    // MARK: - Batches

    /// What waits for the next write.
    private struct Pending {
        var bytes: [UInt8] = []
        var batch = Batch()
        /// Bytes waiting and being written now.
        var held = 0
        var isScheduled = false
        var isClosed = false
    }

    private func enqueue(_ json: [UInt8]) throws(JournalError) -> Batch {
        let line = try JournalLine.line(json, limit: limits.recordSize)
        let (batch, isFirst) = try pending.withLock { pending throws(JournalError) in
            guard !pending.isClosed else { throw .closed }
            guard line.count <= limits.pendingSize - pending.held else {
                throw .full(waiting: pending.held, limit: limits.pendingSize)
            }
            pending.bytes.append(contentsOf: line)
            pending.held += line.count
            let isFirst = !pending.isScheduled
            pending.isScheduled = true
            return (pending.batch, isFirst)
        }
        if isFirst { queue.async { self.flush() } }
        return batch
    }

    /// Runs on `queue`: commits batch after batch until nothing waits.
    private func flush() {
        while let (bytes, batch) = next() {
            let result = segments.withLock { segments in
                Result { () throws(JournalError) in try segments.commit(bytes) }
            }
            pending.withLock { $0.held -= bytes.count }
            batch.finish(result)
        }
    }

    private func next() -> ([UInt8], Batch)? {
        pending.withLock { pending in
            guard !pending.bytes.isEmpty else {
                pending.isScheduled = false
                return nil
            }
            defer {
                pending.bytes = []
                pending.batch = Batch()
            }
            return (pending.bytes, pending.batch)
        }
    }
}

/// The callers that share one write and one fdatasync, and what became of it.
private final class Batch: Sendable {
    private struct State {
        var result: Result<Void, JournalError>?
        var continuations: [CheckedContinuation<Result<Void, JournalError>, Never>] = []
    }

    private let state = Mutex(State())
    private let done = DispatchGroup()

    init() {
        done.enter()
    }

    deinit {
        // A batch nobody joined is dropped with its writer; a group must be balanced when it goes.
        if state.withLock({ $0.result == nil }) { done.leave() }
    }

    func finish(_ result: Result<Void, JournalError>) {
        let continuations = state.withLock { state in
            state.result = result
            return state.continuations
        }
        done.leave()
        for continuation in continuations { continuation.resume(returning: result) }
    }

    /// Blocks the thread until the batch is finished.
    func wait() -> Result<Void, JournalError> {
        done.wait()
        return state.withLock { $0.result } ?? .failure(.closed)
    }

    func result() async -> Result<Void, JournalError> {
        await withCheckedContinuation { continuation in
            let result = state.withLock { state in
                if state.result == nil { state.continuations.append(continuation) }
                return state.result
            }
            if let result { continuation.resume(returning: result) }
        }
    }
}
