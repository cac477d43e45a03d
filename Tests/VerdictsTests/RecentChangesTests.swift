// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Verdicts

/// The main index with the list of recent changes beside it, and the merging of the two.
struct RecentChangesTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.file("verdicts.index") }
    private var list: String { VerdictIndex.recentPath(beside: path) }

    init() throws {
        directory = try TemporaryDirectory()
        try main(1...3, sequence: 10)
    }

    private func domain(_ number: Int64) -> Indicator { indicator(number, .domain, "h\(number).example/", .malicious) }

    private func main(_ numbers: ClosedRange<Int64>, sequence: UInt64, origin: UInt64 = 1) throws {
        var builder = VerdictIndexBuilder()
        for number in numbers { try builder.add(domain(number)) }
        try builder.write(to: path, origin: origin, sequence: sequence)
    }

    private func recent(
        adding numbers: [Int64] = [], without: [Int64] = [], base: UInt64 = 10, sequence: UInt64, origin: UInt64 = 1,
        ownKey: Bool = false
    ) throws {
        var builder = ownKey ? VerdictIndexBuilder() : VerdictIndexBuilder(keyOf: try VerdictIndex(path: path))
        for number in numbers { try builder.add(domain(number)) }
        for number in without { builder.withdraw(number) }
        try builder.write(to: list, origin: origin, base: base, sequence: sequence)
    }

    private func found(_ numbers: ClosedRange<Int64>, in index: VerdictIndex) throws -> [Int64] {
        try numbers.filter { index.judge(try canonical("http://h\($0).example/")).verdict == .malicious }
    }

    private func held(_ interval: Duration = .zero) -> VerdictIndexFile {
        VerdictIndexFile(path: path, checkEvery: interval)
    }

    @Test(arguments: [false, true])
    func `additions and withdrawals are in force beside the main index`(ownKey: Bool) throws {
        try recent(adding: [4], without: [2], sequence: 12, ownKey: ownKey)
        let index = try VerdictIndex(path: path)
        #expect(try found(1...5, in: index) == [1, 3, 4])
        #expect(index.sequence == 12 && index.mainSequence == 10)
    }

    @Test func `a digest is added and taken back too`() throws {
        let digest = String(repeating: "ab", count: 32)
        var builder = VerdictIndexBuilder()
        try builder.add(indicator(9, .file, digest, .malicious))
        try builder.write(to: list, origin: 1, base: 10, sequence: 11)
        #expect(try VerdictIndex(path: path).judge(sha256Hex: digest).verdict == .malicious)
        var again = VerdictIndexBuilder()
        again.withdraw(9)
        try again.write(to: list, origin: 1, base: 10, sequence: 12)
        #expect(try VerdictIndex(path: path).judge(sha256Hex: digest) == .unknown)
    }

    @Test func `what stands in both is found once`() throws {
        try recent(adding: [3], base: 5, sequence: 11)
        let url = try canonical("http://h3.example/")
        #expect(try VerdictIndex(path: path).judge(url).findings.map(\.indicator) == [3])
    }

    @Test func `a list of another store, or of a later main index, is not used`() throws {
        try recent(adding: [4], base: 10, sequence: 12, origin: 2)
        #expect(try found(1...4, in: try VerdictIndex(path: path)) == [1, 2, 3])
        try recent(adding: [4], base: 11, sequence: 12)
        #expect(try found(1...4, in: try VerdictIndex(path: path)) == [1, 2, 3])
    }

    @Test func `a reader sees a new list at its next look, and keeps the old pair until both files are new`() throws {
        let file = held()
        #expect(try found(1...5, in: try #require(file.current())) == [1, 2, 3])
        try recent(adding: [4], sequence: 11)
        #expect(try found(1...5, in: try #require(file.current())) == [1, 2, 3, 4])
        // A writer that has a new main index, and cut the list, seen between its two renames in the wrong order.
        try recent(adding: [5], base: 20, sequence: 21)
        #expect(try found(1...5, in: try #require(file.current())) == [1, 2, 3, 4])
        try main(1...4, sequence: 20)
        #expect(try found(1...5, in: try #require(file.current())) == [1, 2, 3, 4, 5])
        #expect(file.state().problem == nil)
    }

    @Test func `a damaged list leaves the last good one in force, and is told`() throws {
        try recent(adding: [4], sequence: 11)
        let file = held()
        #expect(try found(1...4, in: try #require(file.current())) == [1, 2, 3, 4])
        let sound = try Data(contentsOf: URL(filePath: list))
        for place in sound.indices {
            var bytes = sound
            bytes[place] ^= 1 << UInt8(place % 8)
            try bytes.write(to: URL(filePath: list), options: .atomic)
            #expect(try found(1...4, in: try #require(file.current())) == [1, 2, 3, 4], "byte \(place)")
            #expect(file.state().problem?.code == .damaged)
        }
        try FileManager.default.removeItem(atPath: list)
        try recent(adding: [4, 5], sequence: 12)
        #expect(try found(1...5, in: try #require(file.current())) == [1, 2, 3, 4, 5])
        #expect(file.state().problem == nil)
    }

    @Test func `a damaged main index is refused, and the list goes on changing beside the last good one`() throws {
        let file = held()
        _ = file.current()
        try Data("rubbish!".utf8).write(to: URL(filePath: path), options: .atomic)
        #expect(file.state().problem?.code == .damaged)
        var builder = VerdictIndexBuilder()
        try builder.add(domain(4))
        try builder.write(to: list, origin: 1, base: 10, sequence: 11)
        #expect(try found(1...4, in: try #require(file.current())) == [1, 2, 3, 4])
        #expect(file.state().problem?.code == .damaged)
    }

    @Test func `a large damaged file never replaces a good one, and goes out of force at the start`() async throws {
        let file = held()
        _ = file.current()
        let large = try largeAndDamaged()
        try large.write(to: URL(filePath: path), options: .atomic)
        try await until { file.state().problem?.code == .damaged }
        #expect(file.current()?.count == 3)
        let started = held()
        try await until { started.state().problem?.code == .damaged }
        #expect(started.current() == nil)
        try main(1...5, sequence: 30)
        #expect(started.current()?.count == 5 && started.state().problem == nil)
    }

    @Test func `a large good file comes in after it was checked`() async throws {
        let file = held()
        _ = file.current()
        try main(1...40_000, sequence: 11)
        try await until { file.current()?.count == 40_000 }
        #expect(file.state().problem == nil)
    }

    private func largeAndDamaged() throws -> Data {
        let other = directory.file("other")
        try VerdictIndex.write((1...40_000).map(domain), to: other)
        var bytes = try Data(contentsOf: URL(filePath: other))
        #expect(bytes.count / 8 > VerdictIndexFile.checkedAtOnce / 2)
        while bytes.count / 8 <= VerdictIndexFile.checkedAtOnce {
            try VerdictIndex.write((1...80_000).map(domain), to: other)
            bytes = try Data(contentsOf: URL(filePath: other))
        }
        bytes[bytes.count / 2] ^= 1
        return bytes
    }

    private func until(_ condition: () -> Bool) async throws {
        let end = ContinuousClock.now.advanced(by: .seconds(10))
        while !condition() {
            try #require(ContinuousClock.now < end, "waited for ten seconds")
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    @Test func `merging gives what a complete writing of the same indicators gives`() throws {
        var old = VerdictIndexBuilder()
        for number in 1...2_000 as ClosedRange<Int64> { try old.add(domain(number)) }
        try old.write(to: path, origin: 1, sequence: 2_000)
        var next: Int64 = 2_001
        var gone: Set<Int64> = []
        for round in 1...10 as ClosedRange<UInt64> {
            let index = try VerdictIndex(path: path)
            var builder = VerdictIndexBuilder(keyOf: index)
            for _ in 0..<90 {
                let number = Int64.random(in: 1..<next)
                gone.insert(number)
                builder.withdraw(number)
            }
            for number in next..<next + 150 { try builder.add(domain(number)) }
            next += 150
            #expect(try builder.merge(into: index, at: path, sequence: 2_000 + round))
        }
        let index = try VerdictIndex(path: path)
        #expect(index.sequence == 2_010 && index.origin == 1)
        #expect(index.count == Int(next) - 1 - gone.count)
        for number in 1..<next {
            let found = index.judge(try canonical("http://h\(number).example/")).findings.map(\.indicator)
            #expect(found == (gone.contains(number) ? [] : [number]))
        }
    }

    @Test func `an index that has outgrown its directory is not merged, and stays as it is`() throws {
        let index = try VerdictIndex(path: path)
        var builder = VerdictIndexBuilder(keyOf: index)
        for number in 10...60 as ClosedRange<Int64> { try builder.add(domain(number)) }
        #expect(try !builder.merge(into: index, at: path, sequence: 70))
        #expect(try VerdictIndex(path: path).mainSequence == 10)
    }
}
