// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import Testing
import Verdicts

/// A clock that stands still until it is told.
private final class StoppedClock: Sendable {
    private let held = Mutex(ContinuousClock.now)
    var now: ContinuousClock.Instant { held.withLock { $0 } }
    func advance(_ duration: Duration) { held.withLock { $0 = $0.advanced(by: duration) } }
}

struct VerdictIndexFileTests {
    private let directory: TemporaryDirectory
    private let clock = StoppedClock()
    private var path: String { directory.file("verdicts.index") }

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func file() -> VerdictIndexFile {
        let clock = clock
        return VerdictIndexFile(path: path) { clock.now }
    }

    private func write(_ count: Int64) throws {
        let indicators = count == 0 ? [] : (1...count).map { indicator($0, .domain, "h\($0).example/", .malicious) }
        try VerdictIndex.write(indicators, to: path)
    }

    @Test func `no file is no index, and it says so until there is one`() throws {
        let file = file()
        #expect(file.current() == nil)
        #expect(file.state().problem?.code == .missing)
        try write(2)
        #expect(file.current() == nil)
        clock.advance(.milliseconds(200))
        #expect(file.current()?.count == 2)
        #expect(file.state().problem == nil)
    }

    @Test func `a replaced file is in force after the interval, the old one stays usable`() throws {
        try write(1)
        let file = file()
        let old = try #require(file.current())
        try write(2)
        clock.advance(.milliseconds(199))
        #expect(file.current() === old)
        clock.advance(.milliseconds(1))
        #expect(file.current()?.count == 2)
        #expect(old.judge(try canonical("http://h1.example/")).verdict == .malicious)
    }

    @Test func `an unchanged file is not mapped again`() throws {
        try write(1)
        let file = file()
        let first = try #require(file.current())
        clock.advance(.seconds(10))
        #expect(file.current() === first)
    }

    @Test func `a bad file is refused with the reason, the last good one stays, a good one comes in`() throws {
        try write(1)
        let file = file()
        let good = try #require(file.current())
        try Data("rubbish!".utf8).write(to: URL(filePath: path), options: .atomic)
        clock.advance(.seconds(1))
        #expect(file.current() === good)
        #expect(file.state().problem?.code == .damaged)
        clock.advance(.seconds(1))
        #expect(file.state().problem?.code == .damaged)
        try write(3)
        clock.advance(.seconds(1))
        #expect(file.current()?.count == 3)
        #expect(file.state().problem == nil)
    }

    @Test func `a removed file leaves the last good one in force`() throws {
        try write(1)
        let file = file()
        try FileManager.default.removeItem(atPath: path)
        clock.advance(.seconds(1))
        #expect(file.current()?.count == 1)
        #expect(file.state().problem?.code == .missing)
    }

    @Test func `threads that judge while the file is replaced always see a whole index`() async throws {
        try write(1)
        let path = path
        let file = VerdictIndexFile(path: path, checkEvery: .zero)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let url = try canonical("http://h1.example/x")
                    for _ in 0..<2_000 {
                        let index = try #require(file.current())
                        #expect(index.judge(url).findings.map(\.indicator) == [1])
                    }
                }
            }
            group.addTask {
                for round in 1...50 {
                    let indicators = (1...Int64(round)).map { indicator($0, .domain, "h\($0).example/", .malicious) }
                    try VerdictIndex.write(indicators, to: path)
                }
            }
            try await group.waitForAll()
        }
        #expect(file.current()?.count == 50)
        #expect(file.state().problem == nil)
    }
}
