// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import MIME
import Testing

/// Messages from outside, where they are at hand.
enum Corpus {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../shared/corpus/mail/fixtures").standardizedFileURL

    static var isPresent: Bool { FileManager.default.fileExists(atPath: folder.path) }

    /// Every file below the folder that may be a message.
    static func messages() throws -> [(name: String, bytes: [UInt8])] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
        // A folder cannot be read as a file and is left out.
        return names.compactMap { name in
            (try? Data(contentsOf: folder.appending(path: name))).map { (name, [UInt8]($0)) }
        }
    }
}

@Suite(.enabled(if: Corpus.isPresent, "../shared/corpus/mail/fixtures is not here"))
struct CorpusTests {
    @Test func `every message parses, and its entities lie inside one another in order`() throws {
        for (name, bytes) in try Corpus.messages() {
            let tree = try EntityTree.parse(bytes)
            var last = 0
            for entity in tree.entities {
                #expect(entity.header.range.lowerBound >= last, "\(name)")
                last = entity.header.range.lowerBound
                guard let parent = entity.parent else { continue }
                let outer = tree.entities[parent].content
                #expect(outer.lowerBound <= entity.header.range.lowerBound, "\(name) \(entity.part)")
                #expect(entity.content.upperBound <= outer.upperBound, "\(name) \(entity.part)")
            }
        }
    }

    @Test func `a patch that replaces nothing in any part leaves every message as it was`() throws {
        for (name, bytes) in try Corpus.messages() {
            let tree = try EntityTree.parse(bytes)
            let patches = try tree.leaves.flatMap { try tree.decoded($0).change([]).patches }
            #expect(try patches.applied(to: bytes) == bytes, "\(name)")
        }
    }

    @Test func `a word put into any text part is there when the message is read again`() throws {
        let word = Array("PUT-HERE".utf8)
        for (name, bytes) in try Corpus.messages() {
            let tree = try EntityTree.parse(bytes)
            for leaf in tree.leaves where leaf.contentType.isText && !leaf.content.isEmpty {
                let content = tree.decoded(leaf)
                let place = content.bytes.count / 2
                let change = try content.change([Patch(range: place..<place, replacement: word)])
                var patches = change.encoding.map { tree.patches(changing: leaf, to: $0) } ?? []
                patches += change.patches
                let again = try EntityTree.parse(try patches.applied(to: bytes))
                #expect(again.entities.map(\.part) == tree.entities.map(\.part), "\(name) \(leaf.part)")
                let text = again.decoded(again.entities[leaf.index]).bytes
                // A content with bare line feeds in a message with whole line ends gets whole ones.
                let expected = content.bytes[..<place] + word + content.bytes[place...]
                let isSame = text.filter { $0 != .carriageReturn } == expected.filter { $0 != .carriageReturn }
                #expect(isSame, "\(name) \(leaf.part)")
            }
        }
    }
}

/// Real mail, packed: spam, phishing and good mail.
enum PackedMail {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../shared/corpus/mail").standardizedFileURL
    static let names = ["phishing_pot-dev", "spamassassin-corpus-dev"]

    static var isPresent: Bool {
        names.allSatisfy { FileManager.default.fileExists(atPath: folder.appending(path: "\($0).tar.xz").path) }
            && FileManager.default.isExecutableFile(atPath: "/usr/bin/xz")
    }

    /// Calls `body` with every file of an archive, unpacked into a temporary folder.
    static func forEach(_ name: String, _ body: (String, [UInt8]) throws -> Void) throws {
        let place = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        let tar = Process()
        tar.executableURL = URL(filePath: "/bin/tar")
        tar.arguments = ["-xJf", folder.appending(path: "\(name).tar.xz").path, "-C", place.path]
        try tar.run()
        tar.waitUntilExit()
        #expect(tar.terminationStatus == 0)
        for file in try FileManager.default.subpathsOfDirectory(atPath: place.path).sorted() {
            // A folder cannot be read as a file and is left out.
            guard let data = try? Data(contentsOf: place.appending(path: file)) else { continue }
            try body(file, [UInt8](data))
        }
    }
}

@Suite(.enabled(if: PackedMail.isPresent, "the archives of ../shared/corpus/mail or xz are not here"))
struct PackedMailTests {
    @Test(arguments: PackedMail.names)
    func `real mail has one reading, or one that it can be normalised to`(name: String) throws {
        var count = 0
        var ambiguous: [String: Int] = [:]
        var stuck: [String] = []
        var rewritten: [String] = []
        try PackedMail.forEach(name) { file, bytes in
            count += 1
            let readings = try EntityTree.readings(of: bytes)
            for leaf in readings.first.leaves where leaf.contentType.isText {
                let text = readings.first.text(leaf)
                #expect(text.obstacle == nil, "\(file) \(leaf.part)")
                if let reason = text.normalizes { rewritten.append("\(file): \(reason)") }
            }
            guard !readings.others.isEmpty else { return }
            for other in readings.others { ambiguous[other.ambiguity.reason, default: 0] += 1 }
            if readings.normalized() == nil { stuck.append(file) }
        }
        print("\(name): \(count) messages; other readings: \(ambiguous.sorted { $0.key < $1.key })")
        print("  not to be normalised: \(stuck); written anew: \(rewritten)")
        #expect(count > 1_000)
        #expect(stuck.isEmpty)
    }

    @Test(arguments: PackedMail.names) func `chunks are the decoded content`(name: String) throws {
        try PackedMail.forEach(name) { file, bytes in
            let tree = try EntityTree.parse(bytes)
            for leaf in tree.leaves {
                var joined: [UInt8] = []
                tree.forEachDecodedChunk(leaf) { chunk in for index in chunk.indices { joined.append(chunk[index]) } }
                #expect(joined == tree.decoded(leaf).bytes, "\(file) \(leaf.part)")
            }
        }
    }
}
