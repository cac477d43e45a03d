// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Synchronization
import Testing

@testable import Journal

@Suite struct RecoveryTests {
    private static let first = "0000000001.journal"

    /// A journal of one segment with these confirmed records, left as a crash leaves it.
    private func crashed(_ numbers: Range<Int>) async throws -> Scratch {
        let scratch = try Scratch()
        let writer = try JournalWriter(directory: scratch.path)
        for number in numbers { try await writer.append(record(number)) }
        writer.close()
        return scratch
    }

    private func texts(_ numbers: Range<Int>) -> [String] { numbers.map { #"{"n":\#($0)}"# } }

    @Test func `wherever a crash cuts the unconfirmed tail, every confirmed record is read back`() async throws {
        let base = try await crashed(0..<5)
        let confirmed = try base.read(Self.first)
        let tail = try line(5) + line(6)
        for cut in 0...tail.count {
            let scratch = try base.copy()
            try scratch.write(confirmed + tail[..<cut], to: Self.first)
            #expect(try scratch.texts() == texts(0..<5), "a reader before the restart, cut \(cut)")
            let writer = try JournalWriter(directory: scratch.path)
            let whole = cut == tail.count ? 2 : cut >= tail.count / 2 ? 1 : 0
            let torn = cut - whole * tail.count / 2
            #expect(writer.recovery.tornTail?.size ?? 0 == torn)
            #expect(try scratch.texts() == texts(0..<5 + whole), "cut \(cut)")
            try await writer.append(record(9))
            let batch = try scratch.records()
            #expect(batch.records.map(\.text) == texts(0..<5 + whole) + texts(9..<10), "cut \(cut)")
            #expect(batch.damage == [])
        }
    }

    @Test func `a disk that lost confirmed bytes is reported, and no later line is misread`() async throws {
        let base = try await crashed(0..<5)
        let confirmed = try base.read(Self.first)
        let position = try base.records().end
        for cut in 0..<confirmed.count {
            let scratch = try base.copy()
            try scratch.write(Array(confirmed[..<cut]), to: Self.first)
            let writer = try JournalWriter(directory: scratch.path)
            for number in 10..<20 { try await writer.append(record(number)) }
            let batch = try scratch.records(after: position)
            #expect(batch.records.map(\.text) == texts(10..<20), "cut \(cut)")
            #expect(batch.damage.count == 1)
            #expect(try scratch.texts() == texts(0..<cut * 5 / confirmed.count) + texts(10..<20))
        }
    }

    @Test func `a torn tail is cut, reported and kept beside the segment`() async throws {
        let scratch = try await crashed(0..<2)
        let confirmed = try scratch.read(Self.first)
        let tail = Array("0123abcd {\"torn\":".utf8)
        try scratch.write(confirmed + tail, to: Self.first)
        let writer = try JournalWriter(directory: scratch.path)
        let torn = try #require(writer.recovery.tornTail)
        #expect(torn.path == "\(scratch.path)/\(Self.first)")
        #expect(torn.offset == confirmed.count)
        #expect(torn.size == tail.count)
        #expect(torn.savedAs == torn.path + ".torn")
        #expect(try scratch.read(Self.first + ".torn") == tail)
        #expect(try scratch.read(Self.first) == confirmed)
    }

    @Test func `zeros that a power loss left are cut, however many`() async throws {
        let scratch = try await crashed(0..<2)
        try scratch.write(try scratch.read(Self.first) + [UInt8](repeating: 0, count: 1_000_000), to: Self.first)
        #expect(try JournalWriter(directory: scratch.path).recovery.tornTail?.size == 1_000_000)
        #expect(try scratch.texts() == texts(0..<2))
    }

    @Test func `good lines behind the first bad one of a torn tail go with it`() async throws {
        let scratch = try await crashed(0..<2)
        let tail = try [0x21] + line(2) + line(3)
        try scratch.write(try scratch.read(Self.first) + tail, to: Self.first)
        #expect(try JournalWriter(directory: scratch.path).recovery.tornTail?.size == tail.count)
        #expect(try scratch.texts() == texts(0..<2))
    }

    @Test func `a rotten confirmed line does not take the good ones after it away`() async throws {
        let scratch = try await crashed(0..<5)
        var bytes = try scratch.read(Self.first)
        let size = bytes.count / 5
        bytes[size + 12] ^= 1
        try scratch.write(bytes + [0x21], to: Self.first)
        let writer = try JournalWriter(directory: scratch.path)
        let damage = JournalDamage.badLines(segment: 1, offset: size, size: size)
        #expect(writer.recovery.damage == [damage])
        #expect(writer.recovery.tornTail?.size == 1)
        let batch = try scratch.records(step: 100)
        #expect(batch.records.map(\.text) == texts(0..<1) + texts(2..<5))
        #expect(batch.damage == [damage])
    }

    @Test func `without a commit mark the checksums alone decide`() async throws {
        let scratch = try await crashed(0..<3)
        try scratch.remove("committed")
        #expect(try scratch.texts() == [])
        _ = try JournalWriter(directory: scratch.path)
        #expect(try scratch.texts() == texts(0..<3))
    }

    @Test(arguments: 0..<40) func `a commit mark with one bad byte is no mark`(index: Int) throws {
        var mark = CommitMark.line(JournalPosition(segment: 12, offset: 3_456))
        #expect(CommitMark.position(of: mark) == JournalPosition(segment: 12, offset: 3_456))
        mark[index] ^= 1
        #expect(CommitMark.position(of: mark) == nil)
    }

    @Test func `numbers go on after segments were removed by hand`() async throws {
        let scratch = try await crashed(0..<3)
        let position = try scratch.records().end
        try scratch.remove(Self.first)
        let writer = try JournalWriter(directory: scratch.path)
        try await writer.append(record(7))
        #expect(try scratch.segments == ["0000000002.journal"])
        let batch = try scratch.records(after: position)
        #expect(batch.records.map(\.text) == texts(7..<8))
        #expect(batch.damage == [.missingSegments(1...1)])
    }

    @Test func `restarts without records make no segments`() async throws {
        let scratch = try await crashed(0..<1)
        for _ in 0..<5 { try JournalWriter(directory: scratch.path).close() }
        #expect(try scratch.segments == [Self.first])
    }

    @Test func `a journal opened on a full disk refuses records until there is space`() async throws {
        let scratch = try await crashed(0..<1)
        let files = FaultyFiles { call, _ in call == .create ? .fail(ENOSPC) : nil }
        let writer = try JournalWriter(directory: scratch.path, limits: JournalLimits(), files: files)
        await #expect(throws: JournalError.self) { try await writer.append(record(1)) }
        files.replan { _, _ in nil }
        try await writer.append(record(1))
        #expect(try scratch.texts() == texts(0..<2))
    }

    @Test func `kill -9 in the middle of appending loses nothing that was confirmed`() async throws {
        for delay in [0, 20, 60] {
            let scratch = try Scratch()
            let path = scratch.path
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = path as String, delay = delay as Int] in
                try appendForEver(path, killAfter: delay)
            }
            // The child wrote one byte a confirmed record, after the confirmation, into a file for each thread.
            _ = try JournalWriter(directory: path)
            let read = Set(try scratch.texts())
            for thread in 0..<4 {
                let confirmed = try scratch.read("confirmed-\(thread)").count
                #expect(confirmed > 0)
                for number in 0..<confirmed { #expect(read.contains(#"{"n":\#(thread * 1_000_000 + number)}"#)) }
            }
        }
    }
}

/// Four threads append until the process kills itself, a while after each had a record confirmed.
private func appendForEver(_ path: String, killAfter delay: Int) throws {
    let limits = JournalLimits(segmentSize: 2_000, segmentAge: .seconds(1_000))
    let writer = try JournalWriter(directory: path, limits: limits)
    for thread in 0..<4 {
        let name = "\(path)/confirmed-\(thread)"
        guard FileManager.default.createFile(atPath: name, contents: nil) else { return }
        guard let confirmed = FileHandle(forWritingAtPath: name) else { return }
        Thread {
            for number in 0... {
                try? writer.append(record(thread * 1_000_000 + number))
                try? confirmed.write(contentsOf: [UInt8(ascii: ".")])
            }
        }.start()
    }
    let names = (0..<4).map { "\(path)/confirmed-\($0)" }
    while names.contains(where: { FileManager.default.contents(atPath: $0)?.isEmpty ?? true }) {
        Thread.sleep(forTimeInterval: 0.001)
    }
    Thread.sleep(forTimeInterval: Double(delay) / 1_000)
    kill(getpid(), SIGKILL)
}
