// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Synchronization
import Testing

@testable import Journal

/// `write`: in the kernel's hands at once, on disk a little later.
@Suite(.timeLimit(.minutes(1))) struct WrittenRecordsTests {
    private func writer(
        _ scratch: Scratch, _ files: FaultyFiles = FaultyFiles(), delay: Duration = .milliseconds(20),
        segmentSize: Int = 1 << 20, onSyncFailure: @escaping @Sendable (JournalError) -> Void = { _ in }
    ) throws -> JournalWriter {
        var limits = JournalLimits()
        limits.syncDelay = delay
        limits.segmentSize = segmentSize
        return try JournalWriter(directory: scratch.path, limits: limits, files: files, onSyncFailure: onSyncFailure)
    }

    private let expected = (0..<50).map { #"{"n":\#($0)}"# }

    @Test func `many records share one sync, and readers see them after it`() async throws {
        let (scratch, files) = (try Scratch(), FaultyFiles())
        let writer = try writer(scratch, files, delay: .milliseconds(100))
        let before = files.count(.synchronize)
        for number in 0..<50 { try writer.write(record(number)) }
        #expect(try scratch.texts().isEmpty && files.count(.synchronize) == before)
        try await Task.sleep(for: .milliseconds(400))
        #expect(files.count(.synchronize) == before + 1)
        #expect(try scratch.texts() == expected)
        writer.close()
    }

    @Test func `a process that is killed before the sync loses nothing it wrote`() throws {
        let scratch = try Scratch()
        let writer = try writer(scratch, delay: .seconds(60))
        for number in 0..<50 { try writer.write(record(number)) }
        // What another process finds that starts on the same files.
        let copy = try scratch.copy()
        try JournalWriter(directory: copy.path).close()
        #expect(try copy.texts() == expected)
        writer.close()
        #expect(try scratch.texts() == expected)
    }

    @Test func `segments rotate with nothing lost between them`() async throws {
        let scratch = try Scratch()
        let writer = try writer(scratch, delay: .milliseconds(1), segmentSize: 64)
        for number in 0..<50 {
            try writer.write(record(number))
            if number.isMultiple(of: 7) { try await Task.sleep(for: .milliseconds(3)) }
        }
        writer.close()
        #expect(try scratch.segments.count > 5)
        #expect(try scratch.texts() == expected)
    }

    @Test func `a write that fails is told and leaves no trace`() throws {
        let (scratch, files) = (try Scratch(), FaultyFiles())
        let writer = try writer(scratch, files)
        try writer.write(record(0))
        let next = files.count(.write) + 1
        files.replan { call, number in
            guard call == .write else { return nil }
            return number == next ? .short(3) : number == next + 1 ? .fail(ENOSPC) : nil
        }
        #expect(throws: JournalError.self) { try writer.write(record(1)) }
        files.replan { _, _ in nil }
        try writer.write(record(2))
        writer.close()
        #expect(try scratch.texts() == [#"{"n":0}"#, #"{"n":2}"#])
        #expect(throws: JournalError.self) { try writer.write(record(3)) }
    }

    @Test func `a sync that fails is told, and the next records go to another segment`() async throws {
        let (scratch, files) = (try Scratch(), FaultyFiles())
        let failures = Mutex(0)
        let writer = try writer(
            scratch, files, delay: .milliseconds(5),
            onSyncFailure: { _ in
                failures.withLock { $0 += 1 }
            })
        files.replan { call, _ in call == .synchronize ? .fail(EIO) : nil }
        try writer.write(record(0))
        try await Task.sleep(for: .milliseconds(100))
        #expect(failures.withLock { $0 } == 1)
        files.replan { _, _ in nil }
        try writer.write(record(1))
        writer.close()
        #expect(try scratch.segments.count == 2)
        #expect(try scratch.texts() == [#"{"n":0}"#, #"{"n":1}"#])
    }

    @Test func `many threads write at once, each record whole`() async throws {
        let scratch = try Scratch()
        let writer = try writer(scratch, delay: .milliseconds(1))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for start in 0..<8 {
                tasks.addTask { for number in 0..<250 { try writer.write(record(start * 250 + number)) } }
            }
            try await tasks.waitForAll()
        }
        writer.close()
        #expect(Set(try scratch.texts()).count == 2_000)
    }
}
