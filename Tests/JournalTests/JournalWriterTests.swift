// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Journal

@Suite struct JournalWriterTests {
    @Test func `what was appended is read back in order`() async throws {
        let scratch = try Scratch()
        let writer = try JournalWriter(directory: scratch.path)
        for number in 0..<10 { try await writer.append(record(number)) }
        #expect(try scratch.texts() == (0..<10).map { #"{"n":\#($0)}"# })
    }

    @Test func `a line is checksum, space, JSON and LF`() async throws {
        let scratch = try Scratch()
        let writer = try JournalWriter(directory: scratch.path)
        try await writer.append(Array("123456789".utf8))
        #expect(try scratch.read("0000000001.journal") == Array("e3069283 123456789\n".utf8))
    }

    @Test func `the group may read, others may not`() async throws {
        let scratch = try Scratch()
        let writer = try JournalWriter(directory: scratch.path)
        try await writer.append(record(1))
        for name in ["0000000001.journal", "committed"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(scratch.path)/\(name)")
            #expect(attributes[.posixPermissions] as? Int == 0o640)
        }
    }

    @Test func `a record that would be two lines is refused and leaves nothing`() async throws {
        let scratch = try Scratch()
        let writer = try JournalWriter(directory: scratch.path)
        await #expect(throws: JournalError.lineFeed(offset: 1)) { try await writer.append(Array("{\n}".utf8)) }
        await #expect(throws: JournalError.emptyRecord) { try await writer.append([]) }
        #expect(try scratch.segments == [])
    }

    @Test func `a record over the limit is refused`() async throws {
        let scratch = try Scratch()
        var limits = JournalLimits()
        limits.recordSize = 10
        let writer = try JournalWriter(directory: scratch.path, limits: limits)
        try await writer.append([UInt8](repeating: 0x41, count: 10))
        await #expect(throws: JournalError.recordTooLarge(size: 11, limit: 10)) {
            try await writer.append([UInt8](repeating: 0x41, count: 11))
        }
    }

    @Test func `many callers share few syncs, blocking or not`() async throws {
        let scratch = try Scratch()
        let files = FaultyFiles { call, _ in call == .synchronize ? .delay(.milliseconds(5)) : nil }
        let writer = try JournalWriter(directory: scratch.path, limits: JournalLimits(), files: files)
        await withTaskGroup { group in
            for thread in 0..<16 {
                group.addTask { await blocking { for n in 0..<10 { try? writer.append(record(thread * 10 + n)) } } }
            }
            for number in 160..<400 { group.addTask { try? await writer.append(record(number)) } }
        }
        #expect(Set(try scratch.texts()) == Set((0..<400).map { #"{"n":\#($0)}"# }))
        #expect(files.count(.synchronize) < 60)
    }

    @Test func `memory is bounded when the disk does not answer`() async throws {
        let scratch = try Scratch()
        let files = FaultyFiles { call, _ in call == .synchronize ? .delay(.milliseconds(300)) : nil }
        var limits = JournalLimits()
        limits.pendingSize = 40
        let writer = try JournalWriter(directory: scratch.path, limits: limits, files: files)
        let results = await withTaskGroup(of: JournalError?.self) { group in
            for number in 10..<20 {
                group.addTask {
                    do throws(JournalError) { try await writer.append(record(number)) } catch { return error }
                    return nil
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        // A line is 18 bytes: two fit.
        #expect(results.filter { $0 == nil }.count == 2)
        #expect(results.contains(.full(waiting: 36, limit: 40)))
        #expect(try scratch.texts().count == 2)
        try await writer.append(record(20))
        #expect(try scratch.texts().count == 3)
    }

    @Test func `one directory has one writer`() throws {
        let scratch = try Scratch()
        let writer = try JournalWriter(directory: scratch.path)
        #expect(throws: JournalError.locked(directory: scratch.path)) { try JournalWriter(directory: scratch.path) }
        writer.close()
        _ = try JournalWriter(directory: scratch.path)
    }

    @Test func `a closed journal takes nothing, and what was waiting is on disk`() async throws {
        let scratch = try Scratch()
        let writer = try JournalWriter(directory: scratch.path)
        try await writer.append(record(1))
        writer.close()
        writer.close()
        await #expect(throws: JournalError.closed) { try await writer.append(record(2)) }
        #expect(try scratch.texts().count == 1)
    }

    @Test func `a directory that does not exist is made`() async throws {
        let scratch = try Scratch()
        let path = scratch.path + "/journal/messages"
        let writer = try JournalWriter(directory: path)
        try await writer.append(record(1))
        #expect(try JournalReader(directory: path).records(after: .start, limit: 9).records.count == 1)
    }

    @Test func `a full segment is followed by the next`() async throws {
        let scratch = try Scratch()
        let limits = JournalLimits(segmentSize: 60, segmentAge: .seconds(1_000))
        let writer = try JournalWriter(directory: scratch.path, limits: limits)
        for number in 10..<20 { try await writer.append(record(number)) }
        #expect(try scratch.segments == (1...4).map { "000000000\($0).journal" })
        #expect(try scratch.texts() == (10..<20).map { #"{"n":\#($0)}"# })
    }

    @Test func `an old segment is followed by the next`() async throws {
        let scratch = try Scratch()
        let limits = JournalLimits(segmentSize: 1_000, segmentAge: .milliseconds(20))
        let writer = try JournalWriter(directory: scratch.path, limits: limits)
        try await writer.append(record(1))
        try await Task.sleep(for: .milliseconds(30))
        try await writer.append(record(2))
        #expect(try scratch.segments.count == 2)
        #expect(try scratch.texts().count == 2)
    }
}

/// Runs the work on a thread of its own: the blocking append has no place on the cooperative pool.
func blocking(_ work: @escaping @Sendable () -> Void) async {
    await withCheckedContinuation { continuation in
        Thread {
            work()
            continuation.resume()
        }.start()
    }
}
