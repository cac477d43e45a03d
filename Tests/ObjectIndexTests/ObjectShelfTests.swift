// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Foundation
import ObjectIndex
import RuleText
import TestTools
import Testing

@Suite struct ObjectShelfTests {
    private let folder: ShardFolder
    private let place: String

    init() throws {
        folder = try ShardFolder()
        place = folder.path("index")
    }

    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// Of each number another one, of twenty letters.
    private func words(_ number: Int) -> [UInt8] {
        SHA256.digest(bytes("\(number)")).prefix(20).map { UInt8(ascii: "a") + $0 % 26 }
    }

    private func object(_ number: Int) -> [UInt8] { bytes("some filling ") + words(number) + bytes(" and some more") }

    private func digest(_ number: Int) -> [UInt8] { SHA256.digest(object(number)) }

    private func add(_ numbers: Range<Int>, to shelf: ObjectShelf, day: Int = 1) throws {
        let intake = ShardIntake(shelf)
        for number in numbers { try intake.add(object(number).span, digest: digest(number), day: day) }
        try intake.flush()
    }

    /// The numbers below `count` that the shelf takes for candidates of the object's own text.
    private func candidates(for number: Int, among count: Int, in shelf: ObjectShelf) -> [Int] {
        let answer = shelf.answer(to: .text(words(number)))
        let digests = (0..<count).map(digest)
        return answer.candidates(among: digests).compactMap { digests.firstIndex(of: $0) }
    }

    private func files() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: place).sorted() }

    @Test func `what it knows is a candidate when it can match, what it does not know always`() throws {
        let shelf = try ObjectShelf(path: place)
        try add(0..<20, to: shelf)
        #expect(candidates(for: 7, among: 25, in: shelf) == [7] + Array(20..<25))
        #expect(shelf.total.objects == 20)
    }

    @Test func `an answer knows nothing of what came after it`() throws {
        let shelf = try ObjectShelf(path: place)
        try add(0..<5, to: shelf)
        let answer = shelf.answer(to: .text(words(2)))
        try add(5..<8, to: shelf)
        #expect(answer.candidates(among: (0..<8).map(digest)) == [2, 5, 6, 7].map(digest))
    }

    @Test func `after a start its files count when they were checked`() throws {
        try add(0..<20, to: try ObjectShelf(path: place))
        let shelf = try ObjectShelf(path: place)
        #expect(!shelf.isChecked)
        #expect(candidates(for: 7, among: 20, in: shelf) == Array(0..<20))
        while let result = shelf.checkNext() { _ = try result.get() }
        #expect(shelf.isChecked)
        #expect(candidates(for: 7, among: 20, in: shelf) == [7])
    }

    @Test func `a damaged file goes, and what it knew is not known`() throws {
        let before = try ObjectShelf(path: place)
        try add(0..<20, to: before, day: 1)
        try add(20..<40, to: before, day: 2)
        let name = try #require(try files().first)
        var content = Array(try Data(contentsOf: folder.url.appending(path: "index/\(name)")))
        content[content.count - 9] ^= 4
        try Data(content).write(to: folder.url.appending(path: "index/\(name)"))
        let shelf = try ObjectShelf(path: place)
        var failures: [ObjectIndexError] = []
        while let result = shelf.checkNext() {
            if case .failure(let error) = result { failures.append(error) }
        }
        #expect(failures.map(\.code) == [.damaged])
        #expect(try files().count == 1)
        #expect(candidates(for: 27, among: 40, in: shelf) == Array(0..<20) + [27])
        try add(0..<20, to: shelf)
        #expect(candidates(for: 27, among: 40, in: shelf) == [27])
    }

    @Test func `a day goes as a whole when nothing of it is kept`() throws {
        let shelf = try ObjectShelf(path: place)
        try add(0..<10, to: shelf, day: 1)
        try add(10..<20, to: shelf, day: 2)
        shelf.forget((0..<9).map(digest), erased: false)
        _ = try shelf.tidy()
        #expect(shelf.total.objects == 11)
        shelf.forget([digest(9)], erased: false)
        #expect(try shelf.tidy().dropped == 1)
        #expect(try files().map { $0.prefix(2) } == ["2-"])
        #expect(candidates(for: 12, among: 20, in: shelf) == Array(0..<10) + [12])
    }

    @Test func `what was erased is in no file any more`() throws {
        let shelf = try ObjectShelf(path: place)
        try add(0..<10, to: shelf)
        shelf.forget([digest(3)], erased: true)
        #expect(try shelf.tidy().written == 1)
        let name = try #require(try files().first)
        let shard = try ObjectShard(path: place + "/" + name)
        #expect(shard.objects.map(\.digest) == (0..<10).filter { $0 != 3 }.map(digest))
        #expect(candidates(for: 5, among: 10, in: shelf) == [3, 5])
    }

    @Test func `what is kept again is remembered`() throws {
        let shelf = try ObjectShelf(path: place)
        try add(0..<3, to: shelf)
        shelf.forget((0..<3).map(digest), erased: false)
        try add(1..<2, to: shelf)
        #expect(try shelf.tidy().dropped == 0)
        #expect(shelf.total.objects == 1)
        #expect(candidates(for: 1, among: 2, in: shelf) == [0, 1])
    }

    @Test func `what is erased before it was written is in no file`() throws {
        let shelf = try ObjectShelf(path: place)
        let intake = ShardIntake(shelf)
        for number in 0..<5 { try intake.add(object(number).span, digest: digest(number), day: 1) }
        intake.forget([digest(2)], erased: true)
        try intake.flush()
        _ = try shelf.tidy()
        let name = try #require(try files().first)
        #expect(try ObjectShard(path: place + "/" + name).objects.map(\.digest) == [0, 1, 3, 4].map(digest))
    }

    /// Random numbers of files, objects that come twice, forgetting and remembering: the answers stay those of the objects.
    @Test(arguments: 1...8 as ClosedRange<UInt64>) func `many small files become few, and say the same`(
        seed: UInt64
    ) throws {
        var random = FixedNumbers(seed: seed)
        var shelf = try ObjectShelf(path: place)
        var kept: Set<Int> = []
        for round in 0..<60 {
            let numbers = (0..<Int.random(in: 1...6, using: &random)).map { _ in Int.random(in: 0..<200, using: &random)
            }
            let intake = ShardIntake(shelf)
            for number in numbers { try intake.add(object(number).span, digest: digest(number), day: round / 30) }
            try intake.flush()
            kept.formUnion(numbers)
            let gone = kept.filter { _ in Int.random(in: 0..<10, using: &random) == 0 }
            shelf.forget(gone.map(digest), erased: Bool.random(using: &random))
            kept.subtract(gone)
            if round % 3 == 0 { _ = try shelf.tidy() }
            if round == 40 {
                shelf = try ObjectShelf(path: place)
                while let result = shelf.checkNext() { _ = try result.get() }
                shelf.forget((0..<200).filter { !kept.contains($0) }.map(digest), erased: false)
            }
        }
        _ = try shelf.tidy()
        #expect(try files().count <= 8)
        #expect(shelf.total.objects == kept.count)
        for number in 0..<200 {
            let found = candidates(for: number, among: 200, in: shelf)
            #expect(found.contains(number))
            #expect(found.filter { kept.contains($0) } == (kept.contains(number) ? [number] : []))
        }
    }
}
