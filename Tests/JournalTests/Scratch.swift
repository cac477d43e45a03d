// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

@testable import Journal

/// A directory that is gone when the test is.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "rearguard-journal-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func copy() throws -> Scratch {
        let copy = try Scratch()
        for name in try names { try copy.write(try read(name), to: name) }
        return copy
    }

    var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }
    /// The segments' names, in order.
    var segments: [String] { get throws { try names.filter { $0.hasSuffix(".journal") } } }

    func read(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")))
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }

    /// Everything a consumer would get, read in small steps.
    func records(after position: JournalPosition = .start, step: Int = 3) throws -> JournalBatch {
        let reader = JournalReader(directory: path)
        var all = JournalBatch(end: position)
        while try reader.hasMore(after: all.end) {
            let batch = try reader.records(after: all.end, limit: step)
            guard batch.end != all.end else { break }
            all.records += batch.records
            all.damage += batch.damage
            all.end = batch.end
        }
        return all
    }

    func texts(after position: JournalPosition = .start) throws -> [String] {
        try records(after: position).records.map(\.text)
    }
}

extension JournalEntry {
    var text: String { String(decoding: json, as: UTF8.self) }
}

func record(_ number: Int) -> [UInt8] { Array(#"{"n":\#(number)}"#.utf8) }

func line(_ number: Int) throws -> [UInt8] { try JournalLine.line(record(number), limit: 1_000) }

/// A file layer that counts, and fails when told to.
final class FaultyFiles: FileLayer {
    enum Call: Hashable, Sendable { case create, write, synchronize, truncate, synchronizeDirectory }

    enum Fault: Sendable {
        case fail(Int32)
        /// Takes no more than so many bytes.
        case short(Int)
        /// Takes so many bytes and fails at the next call.
        case delay(Duration)
    }

    private let disk = DiskFiles()
    private let counts = Mutex<[Call: Int]>([:])
    private let plan: Mutex<@Sendable (Call, Int) -> Fault?>

    init(_ plan: @escaping @Sendable (Call, Int) -> Fault? = { _, _ in nil }) {
        self.plan = Mutex(plan)
    }

    func count(_ call: Call) -> Int { counts.withLock { $0[call] ?? 0 } }

    func replan(_ new: @escaping @Sendable (Call, Int) -> Fault?) { plan.withLock { $0 = new } }

    /// How many bytes the call may take; throws when it is to fail.
    private func judge(_ call: Call, _ path: String) throws(SystemError) -> Int {
        let number = counts.withLock { counts in
            counts[call, default: 0] += 1
            return counts[call] ?? 0
        }
        switch plan.withLock({ $0 })(call, number) {
        case nil: return .max
        case .fail(let code): throw SystemError(call: "\(call)", path: path, code: code)
        case .short(let limit): return limit
        case .delay(let time):
            Thread.sleep(forTimeInterval: Double(time.components.attoseconds) / 1e18)
            return .max
        }
    }

    func create(_ path: String) throws(SystemError) -> OpenFile {
        _ = try judge(.create, path)
        return try disk.create(path)
    }

    func write(_ bytes: [UInt8], from start: Int, to file: OpenFile, at offset: Int) throws(SystemError) -> Int {
        let limit = try judge(.write, file.path)
        guard limit < bytes.count - start else { return try disk.write(bytes, from: start, to: file, at: offset) }
        return try disk.write(Array(bytes[..<(start + limit)]), from: start, to: file, at: offset)
    }

    func synchronize(_ file: OpenFile) throws(SystemError) {
        _ = try judge(.synchronize, file.path)
        try disk.synchronize(file)
    }

    func truncate(_ file: OpenFile, to length: Int) throws(SystemError) {
        _ = try judge(.truncate, file.path)
        try disk.truncate(file, to: length)
    }

    func synchronizeDirectory(_ path: String) throws(SystemError) {
        _ = try judge(.synchronizeDirectory, path)
        try disk.synchronizeDirectory(path)
    }
}
