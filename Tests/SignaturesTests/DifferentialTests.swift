// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography
import Foundation
import ObjectIndex
import RuleText
import Signatures
import Testing

/// Index and verification find exactly what the `yara` program finds by reading everything.
///
/// By default some rules and objects; with REARGUARD_DIFFERENTIAL=1 the whole: 300 generated rules and all of the corpus,
/// over 5,000 generated objects and the files of the corpus.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: Ground.yara), "no yara program"), .serialized)
struct DifferentialTests {
    private let isWhole = ProcessInfo.processInfo.environment["REARGUARD_DIFFERENTIAL"] == "1"

    @Test(.timeLimit(.minutes(30))) func `generated rules find the same with the index as without`() throws {
        var maker = RuleMaker(seed: 41)
        let ground = try Ground()
        for _ in 0..<(isWhole ? 5_000 : 250) { try ground.add(maker.object()) }
        if isWhole { for file in try Corpus.files() { try ground.add(file) } }
        let sources = Self.sources(&maker, count: isWhole ? 300 : 100)
        let hits = try ground.compare(sources)
        #expect(hits > (isWhole ? 5_000 : 250), "rules that find nothing show nothing")
    }

    @Test(.enabled(if: Corpus.isPresent, "the corpus is not here"), .timeLimit(.minutes(60)))
    func `the rules of the corpus find the same with the index as without`() throws {
        let ground = try Ground()
        for file in try Corpus.files() { try ground.add(file) }
        var maker = RuleMaker(seed: 42)
        for _ in 0..<(isWhole ? 5_000 : 50) { try ground.add(maker.object()) }
        let rules = try Corpus.rules()
        let hits = try ground.compare(isWhole ? rules : rules.enumerated().filter { $0.offset % 4 == 1 }.map(\.element))
        #expect(hits > (isWhole ? 20 : 5), "rules that find nothing show nothing")
    }

    /// Texts of ten rules each, of those that libyara compiles.
    private static func sources(_ maker: inout RuleMaker, count: Int) -> [RuleSource] {
        var sources: [RuleSource] = []
        var kept = 0
        while kept < count {
            var text = ""
            for rule in maker.rules(10) {
                let longer = RuleSource(name: "n\(sources.count)", text: Array((text + rule).utf8))
                guard (try? RuleSet([longer])) != nil else { continue }
                text += rule
                kept += 1
            }
            if !text.isEmpty { sources.append(RuleSource(name: "n\(sources.count)", text: Array(text.utf8))) }
        }
        return sources
    }
}

/// Objects in a folder, and in an index.
private final class Ground {
    static let yara = "/usr/bin/yara"

    private let folder = FileManager.default.temporaryDirectory.appending(path: "differential-\(UUID().uuidString)")
    private var objects: [[UInt8]: [UInt8]] = [:]

    init() throws {
        try FileManager.default.createDirectory(at: folder.appending(path: "o"), withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func add(_ object: [UInt8]) throws {
        let digest = SHA256.digest(object)
        objects[digest] = object
        try Data(object).write(to: folder.appending(path: "o/\(Hex.encode(digest).text)"))
    }

    /// Compares what both find; how many hits there were.
    func compare(_ sources: [RuleSource]) throws -> Int {
        let truth = try bruteForce(sources)
        let catalogue = RuleCatalogue(sources, compiledAs: try RuleSet(sources))
        let shards = try shards()
        for entry in catalogue.entries {
            let candidates = Set(shards.flatMap { $0.candidates(for: entry.requirement) }.map(\.digest))
            let hits = truth.filter { $0.rule == entry.name }.map(\.digest)
            #expect(candidates.isSuperset(of: hits), "\(entry.name): \(text(entry, sources))")
        }
        #expect(try hunt(catalogue, in: shards) == truth)
        return truth.count
    }

    private func text(_ entry: RuleCatalogue.Entry, _ sources: [RuleSource]) -> String {
        sources.first { $0.name == entry.name.source }?.text.text ?? ""
    }

    private struct Hit: Hashable {
        let rule: RuleName
        let digest: [UInt8]
    }

    /// Two files, so that a hunt has more than one to ask.
    private func shards() throws -> [ObjectShard] {
        let digests = objects.keys.sorted { $0.lexicographicallyPrecedes($1) }
        return try [0, 1].map { half in
            var builder = ObjectShardBuilder(day: half)
            for (number, digest) in digests.enumerated() where number % 2 == half {
                let object = try #require(objects[digest])
                builder.add(object.span, digest: digest)
            }
            let path = folder.appending(path: "\(half).objects").path
            try builder.write(to: path)
            return try ObjectShard(path: path)
        }
    }

    private func hunt(_ catalogue: RuleCatalogue, in shards: [ObjectShard]) throws -> Set<Hit> {
        let lanes = try RuleHunt.lanes(for: catalogue.entries, of: catalogue)
        let objects = objects
        var found: Set<Hit> = []
        for hunt in [lanes.indexed, lanes.slow] {
            guard let hunt else { continue }
            let digests = shards.flatMap { hunt.candidates(in: $0) }.map(\.digest)
            let report = try hunt.verify(digests) { objects[$0] }
            #expect(report.undecided.isEmpty && report.gone.isEmpty)
            for hit in report.hits {
                for match in hit.matches { found.insert(Hit(rule: match.rule, digest: hit.digest)) }
            }
        }
        return found
    }

    private func bruteForce(_ sources: [RuleSource]) throws -> Set<Hit> {
        var arguments = ["-w", "-e", "-p", "2"]
        for (number, source) in sources.enumerated() {
            let file = folder.appending(path: "\(number).yar")
            try Data(source.text).write(to: file)
            arguments.append("n\(number):\(file.path)")
        }
        let process = Process()
        process.executableURL = URL(filePath: Self.yara)
        process.arguments = arguments + [folder.appending(path: "o").path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        var hits: Set<Hit> = []
        for line in output.split(separator: "\n") {
            let parts = line.split(separator: " ")
            let name = parts[0].split(separator: ":")
            let number = try #require(Int(name[0].dropFirst()))
            let digest = try #require(Hex.decode(parts[1].split(separator: "/").last.map { Array($0.utf8) } ?? []))
            hits.insert(Hit(rule: RuleName(source: sources[number].name, identifier: String(name[1])), digest: digest))
        }
        return hits
    }
}

/// Rule files and attachments of `shared/corpus/attach`.
private enum Corpus {
    private static let folder = URL(filePath: #filePath)
        .appending(path: "../../../../shared/corpus/attach").standardizedFileURL
    private static let archive = folder.appending(path: "yara/yara-rules-dev.tar.xz")

    static var isPresent: Bool {
        FileManager.default.fileExists(atPath: archive.path)
            && ["/usr/bin/xz", "/bin/xz"].contains(where: FileManager.default.isExecutableFile)
    }

    static func files() throws -> [[UInt8]] {
        guard isPresent else { return [] }
        let folder = folder.appending(path: "files")
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
            Array(try Data(contentsOf: folder.appending(path: $0)))
        }
    }

    static func rules() throws -> [RuleSource] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "rule-corpus-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let tar = Process()
        tar.executableURL = URL(filePath: "/bin/tar")
        tar.arguments = ["xf", archive.path, "-C", folder.path]
        try tar.run()
        tar.waitUntilExit()
        return try RuleFolder(folder).sources
    }
}
