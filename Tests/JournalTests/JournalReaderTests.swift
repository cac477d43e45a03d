// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Synchronization
import Testing

@testable import Journal

@Suite struct JournalReaderTests {
    @Test func `a journal that does not exist is empty`() throws {
        let reader = JournalReader(directory: "/nonexistent/journal")
        #expect(try !reader.hasMore(after: .start))
        #expect(try reader.records(after: .start, limit: 10) == JournalBatch(end: .start))
    }

    @Test func `a batch has at most so many records, and reading goes on after it`() async throws {
        let scratch = try Scratch()
        let writer = try JournalWriter(directory: scratch.path)
        for number in 0..<5 { try await writer.append(record(number)) }
        let reader = JournalReader(directory: scratch.path)
        let first = try reader.records(after: .start, limit: 2)
        #expect(first.records.count == 2)
        #expect(first.end == first.records.last?.end)
        let second = try reader.records(after: first.end, limit: 100)
        #expect(second.records.map(\.text) == (2..<5).map { #"{"n":\#($0)}"# })
        #expect(try !reader.hasMore(after: second.end))
        #expect(try reader.records(after: second.end, limit: 100).records.isEmpty)
    }

    @Test func `a batch has at most one record more than its bytes allow`() async throws {
        let scratch = try Scratch()
        let writer = try JournalWriter(directory: scratch.path)
        for _ in 0..<5 { try await writer.append([UInt8](repeating: 0x41, count: 100)) }
        let batch = try JournalReader(directory: scratch.path).records(after: .start, limit: 100, sizeLimit: 150)
        #expect(batch.records.count == 2)
    }

    @Test func `lines behind the commit mark do not exist, however good they look`() async throws {
        let scratch = try Scratch()
        let writer = try JournalWriter(directory: scratch.path)
        try await writer.append(record(1))
        try scratch.write(try scratch.read("0000000001.journal") + line(2), to: "0000000001.journal")
        #expect(try scratch.texts() == [#"{"n":1}"#])
    }

    @Test func `bad lines in a closed segment are skipped and reported`() async throws {
        let scratch = try Scratch()
        let limits = JournalLimits(segmentSize: 90, segmentAge: .seconds(1_000))
        let writer = try JournalWriter(directory: scratch.path, limits: limits)
        for number in 10..<20 { try await writer.append(record(number)) }
        var bytes = try scratch.read("0000000001.journal")
        #expect(bytes.count == 90)
        bytes[20] ^= 0xFF
        bytes[36 + 17] = 0x21
        try scratch.write(bytes, to: "0000000001.journal")
        for step in [1, 2, 100] {
            let batch = try scratch.records(step: step)
            #expect(batch.records.map(\.text) == ([10] + Array(14..<20)).map { #"{"n":\#($0)}"# })
            #expect(batch.damage == [.badLines(segment: 1, offset: 18, size: 54)])
        }
    }

    @Test func `a closed segment that lost its end is reported`() async throws {
        let scratch = try Scratch()
        let limits = JournalLimits(segmentSize: 36, segmentAge: .seconds(1_000))
        let writer = try JournalWriter(directory: scratch.path, limits: limits)
        for number in 10..<14 { try await writer.append(record(number)) }
        let position = JournalPosition(segment: 1, offset: 36)
        try scratch.write(Array(try scratch.read("0000000001.journal").dropLast(3)), to: "0000000001.journal")
        #expect(try scratch.records().damage == [.badLines(segment: 1, offset: 18, size: 15)])
        let batch = try scratch.records(after: position)
        #expect(batch.damage == [.shortened(segment: 1, size: 33, expected: 36)])
        #expect(batch.records.count == 2)
    }

    @Test func `a line longer than a record may be is damage, not memory`() async throws {
        let scratch = try Scratch()
        let limits = JournalLimits(segmentSize: 10, segmentAge: .seconds(1_000))
        let writer = try JournalWriter(directory: scratch.path, limits: limits)
        try await writer.append(record(1))
        try await writer.append(record(2))
        let junk = [UInt8](repeating: 0x41, count: 3_000_000) + [0x0A]
        try scratch.write(junk + line(3), to: "0000000001.journal")
        let reader = JournalReader(directory: scratch.path, recordLimit: 1_000)
        let batch = try reader.records(after: .start, limit: 100)
        #expect(batch.records.map(\.text) == [#"{"n":3}"#, #"{"n":2}"#])
        #expect(batch.damage == [.badLines(segment: 1, offset: 0, size: 3_000_001)])
    }

    @Test func `consumed segments are removed when they are old enough, the newest never`() async throws {
        let scratch = try Scratch()
        let limits = JournalLimits(segmentSize: 10, segmentAge: .seconds(1_000))
        let writer = try JournalWriter(directory: scratch.path, limits: limits)
        for number in 0..<5 { try await writer.append(record(number)) }
        let reader = JournalReader(directory: scratch.path)
        let position = JournalPosition(segment: 3, offset: 1)
        #expect(try reader.removeSegments(before: position, olderThan: .seconds(60)) == 0)
        #expect(try reader.removeSegments(before: position, olderThan: .zero) == 2)
        #expect(try scratch.segments.first == "0000000003.journal")
        #expect(try reader.removeSegments(before: .init(segment: 99, offset: 0), olderThan: .zero) == 2)
        #expect(try scratch.segments == ["0000000005.journal"])
        #expect(try scratch.texts() == [#"{"n":4}"#])
    }

    @Test func `a reader beside a failing, rotating, restarting writer gets what was confirmed, once, in order`()
        async throws
    {
        let scratch = try Scratch()
        let isDone = Mutex(false)
        async let seen = Task.detached { () throws -> [JournalEntry] in
            let reader = JournalReader(directory: scratch.path)
            var position = JournalPosition.start
            var seen: [JournalEntry] = []
            while true {
                let wasDone = isDone.withLock { $0 }
                let batch = try reader.records(after: position, limit: 7)
                #expect(batch.damage == [])
                seen += batch.records
                if batch.end == position, wasDone { return seen }
                position = batch.end
            }
        }.value
        var confirmed: [String] = []
        let limits = JournalLimits(segmentSize: 300, segmentAge: .seconds(1_000))
        let failing = FaultyFiles { call, number in
            switch call {
            case .write: number % 11 == 5 ? .short(9) : number % 13 == 7 ? .fail(ENOSPC) : nil
            case .synchronize: number % 17 == 16 ? .fail(EIO) : nil
            default: nil
            }
        }
        for number in 0..<1_500 {
            if number % 100 == 0 { await Task.yield() }
            let writer = try writer(for: number, scratch.path, limits, failing)
            if (try? await writer.append(record(number))) != nil { confirmed.append(#"{"n":\#(number)}"#) }
        }
        current.withLock { $0?.close() }
        isDone.withLock { $0 = true }
        #expect(try await seen.map(\.text) == confirmed)
        #expect(confirmed.count > 1_000)
    }

    private let current = WriterBox()

    /// A new writer every 250 records, as after a restart.
    private func writer(
        for number: Int, _ path: String, _ limits: JournalLimits, _ files: FaultyFiles
    ) throws -> JournalWriter {
        try current.withLock { current in
            if let writer = current, !number.isMultiple(of: 250) { return writer }
            current?.close()
            let writer = try opened(path, limits, files)
            current = writer
            return writer
        }
    }

    /// Opening may meet an injected fault as well; then systemd would start the daemon again.
    private func opened(_ path: String, _ limits: JournalLimits, _ files: FaultyFiles) throws -> JournalWriter {
        for _ in 0..<5 {
            if let writer = try? JournalWriter(directory: path, limits: limits, files: files) { return writer }
        }
        return try JournalWriter(directory: path, limits: limits, files: files)
    }
}

private final class WriterBox: Sendable {
    private let writer = Mutex<JournalWriter?>(nil)

    func withLock<Value>(_ body: (inout JournalWriter?) throws -> Value) rethrows -> Value {
        try writer.withLock { try body(&$0) }
    }
}
