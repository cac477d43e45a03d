// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Testing

@testable import Journal

@Suite struct DiskFaultTests {
    /// Appends ten records, one after the other; says which were confirmed.
    private func appendTen(_ writer: JournalWriter) async -> [String] {
        var confirmed: [String] = []
        for number in 10..<20 {
            do {
                try await writer.append(record(number))
                confirmed.append(#"{"n":\#(number)}"#)
            } catch {
                continue
            }
        }
        return confirmed
    }

    @Test(arguments: [FaultyFiles.Call.create, .write, .synchronize, .truncate, .synchronizeDirectory], 1...14)
    func `a call that fails once loses what was not confirmed, and nothing else`(
        call: FaultyFiles.Call, number: Int
    ) async throws {
        let scratch = try Scratch()
        let files = FaultyFiles()
        let limits = JournalLimits(segmentSize: 60, segmentAge: .seconds(1_000))
        let writer = try JournalWriter(directory: scratch.path, limits: limits, files: files)
        let before = files.count(call)
        files.replan { $0 == call && $1 == before + number ? .fail(EIO) : nil }
        let confirmed = await appendTen(writer)
        #expect(confirmed.count >= 9)
        let batch = try scratch.records()
        #expect(batch.records.map(\.text) == confirmed)
        #expect(batch.damage == [])
        writer.close()
        _ = try JournalWriter(directory: scratch.path)
        #expect(try scratch.texts() == confirmed)
    }

    @Test(arguments: [ENOSPC, EDQUOT, EROFS, EIO])
    func `a full disk is an error for every caller, until there is space`(code: Int32) async throws {
        let scratch = try Scratch()
        let files = FaultyFiles()
        let writer = try JournalWriter(directory: scratch.path, limits: JournalLimits(), files: files)
        try await writer.append(record(1))
        let length = try scratch.read("0000000001.journal").count
        // Seven bytes still fit, as on a disk that fills up within a write.
        let written = files.count(.write)
        files.replan { call, number in
            guard call == .write else { return nil }
            return number == written + 1 ? .short(7) : .fail(code)
        }
        for number in 2...4 {
            await #expect(throws: JournalError.self) { try await writer.append(record(number)) }
            #expect(try scratch.read("0000000001.journal").count == length)
        }
        files.replan { _, _ in nil }
        try await writer.append(record(5))
        #expect(try scratch.texts() == [#"{"n":1}"#, #"{"n":5}"#])
        #expect(try scratch.segments.count == 1)
    }

    @Test func `short and interrupted writes are continued`() async throws {
        let scratch = try Scratch()
        let files = FaultyFiles { call, number in
            switch call {
            case .write: number.isMultiple(of: 3) ? .fail(EINTR) : .short(2)
            case .synchronize, .create: number.isMultiple(of: 2) ? nil : .fail(EINTR)
            default: nil
            }
        }
        let writer = try JournalWriter(directory: scratch.path, limits: JournalLimits(), files: files)
        #expect(await appendTen(writer).count == 10)
        #expect(try scratch.texts().count == 10)
    }

    @Test func `a write that takes nothing is an error, not a loop`() async throws {
        let scratch = try Scratch()
        let files = FaultyFiles()
        let writer = try JournalWriter(directory: scratch.path, limits: JournalLimits(), files: files)
        files.replan { call, _ in call == .write ? .short(0) : nil }
        await #expect(throws: JournalError.self) { try await writer.append(record(1)) }
    }

    @Test func `a segment whose sync failed is left for a new one`() async throws {
        let scratch = try Scratch()
        let files = FaultyFiles()
        let writer = try JournalWriter(directory: scratch.path, limits: JournalLimits(), files: files)
        try await writer.append(record(1))
        let syncs = files.count(.synchronize)
        files.replan { $0 == .synchronize && $1 == syncs + 1 ? .fail(EIO) : nil }
        await #expect(throws: JournalError.self) { try await writer.append(record(2)) }
        try await writer.append(record(3))
        #expect(try scratch.read("0000000001.journal") == line(1))
        #expect(try scratch.read("0000000002.journal") == line(3))
    }

    @Test func `nothing is written behind a batch that could not be taken back`() async throws {
        let scratch = try Scratch()
        let files = FaultyFiles()
        let writer = try JournalWriter(directory: scratch.path, limits: JournalLimits(), files: files)
        try await writer.append(record(1))
        files.replan { call, _ in call == .synchronize || call == .truncate ? .fail(EIO) : nil }
        await #expect(throws: JournalError.self) { try await writer.append(record(2)) }
        files.replan { call, _ in call == .truncate ? .fail(EIO) : nil }
        await #expect(throws: JournalError.self) { try await writer.append(record(3)) }
        #expect(try scratch.texts() == [#"{"n":1}"#])
        files.replan { _, _ in nil }
        try await writer.append(record(4))
        #expect(try scratch.texts() == [#"{"n":1}"#, #"{"n":4}"#])
    }

    @Test func `all callers of a failed batch get the error`() async throws {
        let scratch = try Scratch()
        let files = FaultyFiles()
        let writer = try JournalWriter(directory: scratch.path, limits: JournalLimits(), files: files)
        files.replan { call, _ in call == .synchronize ? .fail(ENOSPC) : nil }
        let confirmed = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<50 { group.addTask { (try? await writer.append(record(number))) != nil } }
            return await group.contains(true)
        }
        #expect(!confirmed)
        #expect(try scratch.texts() == [])
    }

    @Test(.enabled(if: geteuid() == 0, "needs root to mount a small tmpfs"))
    func `a disk that is really full takes records again once there is space`() async throws {
        let scratch = try Scratch()
        guard try run("/bin/mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", scratch.path) == 0 else {
            try Test.cancel("no tmpfs can be mounted here")
        }
        defer { _ = try? run("/bin/umount", "-l", scratch.path) }
        let ballast = [UInt8](repeating: 0, count: 100_000)
        try scratch.write(ballast, to: "ballast")
        let writer = try JournalWriter(directory: scratch.path)
        let big = [UInt8](repeating: 0x41, count: 10_000)
        var confirmed = 0
        let failure = await #expect(throws: JournalError.self) {
            while confirmed < 100 {
                try await writer.append(big)
                confirmed += 1
            }
        }
        guard case .system(let error) = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(error.code == ENOSPC)
        #expect(confirmed > 5)
        #expect(try scratch.records().records.count == confirmed)
        try scratch.remove("ballast")
        try await writer.append(big)
        #expect(try scratch.records().records.count == confirmed + 1)
    }

    private func run(_ program: String, _ arguments: String...) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
