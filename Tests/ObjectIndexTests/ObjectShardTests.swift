// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography
import Foundation
import ObjectIndex
import RuleText
import TestTools
import Testing

/// A folder for the files of one test.
final class ShardFolder {
    let url = FileManager.default.temporaryDirectory.appending(path: "object-index-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false) }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path }

    func shard(_ objects: [[UInt8]], name: String = "shard", day: Int = 1) throws -> ObjectShard {
        var builder = ObjectShardBuilder(day: day)
        for object in objects { builder.add(object.span, digest: SHA256.digest(object)) }
        try builder.write(to: path(name))
        return try ObjectShard(path: path(name))
    }
}

@Suite struct ObjectShardTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func `objects with a literal are candidates in any case and place`() throws {
        let folder = try ShardFolder()
        var random = FixedNumbers(seed: 1)
        var objects = (0..<50).map { _ in random.bytes(20_000) }
        objects[7].replaceSubrange(0..<12, with: bytes("Hidden Words"))
        objects[8].replaceSubrange(9_000..<9_012, with: bytes("hidden words"))
        objects[9].replaceSubrange(19_988..<20_000, with: bytes("HIDDEN WORDS"))
        let shard = try folder.shard(objects)
        let found = shard.candidates(for: .text(bytes("hidden words"))).map(\.digest)
        for number in 7...9 { #expect(found.contains(SHA256.digest(objects[number]))) }
        #expect(found.count < 10)
    }

    /// The places where segments meet are where a literal could get lost.
    @Test(arguments: [4, 5, 31, 32]) func `a literal is found across every border of segments`(_ length: Int) throws {
        let folder = try ShardFolder()
        var random = FixedNumbers(seed: 2)
        let object = random.bytes(200_000)
        let shard = try folder.shard([object])
        for start in stride(from: 0, through: object.count - length, by: 7) {
            let literal = Array(object[start..<start + length])
            guard !shard.candidates(for: .literal(literal.lowercased)).isEmpty else {
                Issue.record("the literal at \(start) is lost")
                return
            }
        }
    }

    @Test func `what a requirement combines, the index combines`() throws {
        let folder = try ShardFolder()
        let shard = try folder.shard(["first text", "second text", "first second", "", "abc"].map(bytes))
        func found(_ requirement: Requirement) -> [Int] {
            let digests = shard.objects.map(\.digest)
            return shard.candidates(for: requirement).compactMap { digests.firstIndex(of: $0.digest) }
        }
        let (first, second, text) = (
            Requirement.text(bytes("first")), Requirement.text(bytes("second")), Requirement.text(bytes("text"))
        )
        #expect(found(.all([first, text])) == [0])
        #expect(found(.any([first, second])) == [0, 1, 2])
        #expect(found(.atLeast(2, [first, second, text])) == [0, 1, 2])
        #expect(found(.atLeast(3, [first, second, text])) == [])
        #expect(found(.size(0...3)) == [3, 4])
        #expect(found(.head(offset: 1, bytes: bytes("bc"))) == [4])
        #expect(found(.always) == [0, 1, 2, 3, 4])
        #expect(found(.never) == [])
    }

    @Test func `an object's digest, size and day come back`() throws {
        let folder = try ShardFolder()
        let object = bytes("some bytes")
        let shard = try folder.shard([object], day: 20_784)
        #expect(shard.objects.map(\.size) == [10])
        #expect(shard.objects.map(\.digest) == [SHA256.digest(object)])
        #expect(shard.day == 20_784)
        try shard.verify()
    }

    @Test func `data that nothing compresses takes less than 0.3 of its size`() throws {
        let folder = try ShardFolder()
        var random = FixedNumbers(seed: 3)
        let objects = (0..<64).map { _ in random.bytes(65_536) }
        let shard = try folder.shard(objects)
        #expect(Double(shard.fileSize) < 0.3 * 64 * 65_536)
    }

    @Test func `a file without objects has no candidates`() throws {
        let folder = try ShardFolder()
        #expect(try folder.shard([]).candidates(for: .always).isEmpty)
    }

    @Test func `a file cut at any place is refused`() throws {
        let folder = try ShardFolder()
        _ = try folder.shard(["first text", "second text"].map(bytes))
        let whole = try Data(contentsOf: URL(filePath: folder.path("shard")))
        for count in 0..<whole.count {
            try whole.prefix(count).write(to: URL(filePath: folder.path("cut")))
            #expect(throws: ObjectIndexError.self) { try ObjectShard(path: folder.path("cut")) }
        }
    }

    /// What the header has itself is compared with the file's size and parts when it is opened.
    private let headerSize = 96

    /// Answers may be wrong, since only `verify` reads everything; nothing else may happen.
    @Test func `a file with any byte changed is refused, or found out`() throws {
        let folder = try ShardFolder()
        _ = try folder.shard(["first text", "second text"].map(bytes))
        let whole = try Data(contentsOf: URL(filePath: folder.path("shard")))
        for place in whole.indices {
            var damaged = whole
            damaged[place] ^= 0xA5
            try damaged.write(to: URL(filePath: folder.path("damaged")))
            guard let shard = try? ObjectShard(path: folder.path("damaged")) else { continue }
            _ = shard.candidates(for: .any([.text(bytes("first")), .text(bytes("second")), .size(0...20)]))
            if place >= headerSize { #expect(throws: ObjectIndexError.self) { try shard.verify() } }
        }
    }

    @Test(arguments: [1, 7, 8, 9, 70]) func `merged files answer as both did`(_ count: Int) throws {
        let folder = try ShardFolder()
        var random = FixedNumbers(seed: 4)
        let objects = (0..<count * 2).map { _ in random.bytes(600) }
        let first = try folder.shard(Array(objects[..<count]), name: "first")
        let second = try folder.shard(Array(objects[count...]), name: "second")
        try ObjectShardMerge.write([first, second], day: 3, to: folder.path("both"))
        let both = try ObjectShard(path: folder.path("both"))
        try both.verify()
        #expect(both.objects == first.objects + second.objects)
        for object in objects {
            let literal = Requirement.text(Array(object[100..<112]))
            #expect(both.candidates(for: literal) == first.candidates(for: literal) + second.candidates(for: literal))
        }
    }

    @Test func `an erased object is gone from the rewritten file, and no other`() throws {
        let folder = try ShardFolder()
        var random = FixedNumbers(seed: 6)
        let objects = (0..<20).map { _ in random.bytes(600) }
        let erased = SHA256.digest(objects[11])
        let old = try folder.shard(objects)
        try ObjectShardMerge.write([old], day: 1, to: folder.path("new")) { $0 != erased }
        let new = try ObjectShard(path: folder.path("new"))
        #expect(new.objects == old.objects.filter { $0.digest != erased })
        for object in objects {
            let literal = Requirement.text(Array(object[100..<112]))
            #expect(new.candidates(for: literal) == old.candidates(for: literal).filter { $0.digest != erased })
        }
    }
}
