// SPDX-License-Identifier: Apache-2.0

// A new rule over a whole history: how long from the rule's text to verified hits, by the index and libyara, and how long
// `yara -p 2` takes over the same bytes. Both in turn, in one run, on files that were just written and so are in the page
// cache; what counts is the ratio. Prints too what the index takes to build and to keep.
//
//     REARGUARD_BENCH=1 swift run -c release bench-hunt [OBJECTS]        20,000 objects are 1.5 GB

import Bytes
import Cryptography
import Foundation
import ObjectIndex
import RuleText
import Signatures

/// One rule, and what is put into some objects so that it has something to find.
struct BenchRule {
    let name: String
    let body: String
    let planted: [[UInt8]]
    var asProgram = false

    static let all: [BenchRule] = [
        .init(
            name: "one_text", body: "strings: $a = \"Kh4rl Updater Service 7.1\" condition: $a",
            planted: [text("Kh4rl Updater Service 7.1")]),
        .init(
            name: "short_text", body: "strings: $a = \"qzx_cmd9\" condition: $a", planted: [text("qzx_cmd9")]),
        .init(
            name: "two_of_three",
            body: """
                strings: $a = "InvokeStager" nocase wide ascii $b = "DropPayloadTo" wide ascii $c = "kill_switch_host" ascii
                condition: 2 of them
                """, planted: [text("invokestager") + wide("DropPayloadTo")]),
        .init(
            name: "code",
            body: """
                strings: $a = { 8B 45 FC 83 C0 01 ?? ?? 0F B6 4D F7 [2-6] 33 C1 88 45 F7 ( EB | E9 ) }
                condition: uint16(0) == 0x5A4D and $a
                """,
            planted: [
                [
                    0x8B, 0x45, 0xFC, 0x83, 0xC0, 0x01, 0x11, 0x22, 0x0F, 0xB6, 0x4D, 0xF7, 1, 2, 3, 0x33, 0xC1, 0x88,
                    0x45,
                    0xF7, 0xE9,
                ]
            ], asProgram: true),
        .init(
            name: "regex",
            body: "strings: $a = /https?:\\/\\/[a-z0-9.]{4,40}\\/gate[0-9]{2}\\.php\\?bid=/ condition: $a",
            planted: [text("http://evil.example/gate17.php?bid=9")]),
        .init(
            name: "xored", body: "strings: $a = \"http://config.badhost.example\" xor(1-255) condition: $a",
            planted: [text("http://config.badhost.example").map { $0 ^ 0x5A }]),
        .init(
            name: "in_base64", body: "strings: $a = \"WScript.Shell.Exec\" base64 condition: $a",
            planted: [text(Data(text("xWScript.Shell.Exec(1)")).base64EncodedString())]),
        .init(
            name: "family",
            body: """
                strings:
                    $s1 = "Global\\\\mtx_k7731" wide ascii $s2 = "stage2_loader.dll" nocase $s3 = "bot_version=%d&uid=%s"
                    $h1 = { 68 ?? ?? ?? ?? E8 12 34 56 78 90 C3 }
                condition: filesize < 2MB and (all of ($s*) or ($h1 and 1 of ($s*)))
                """, planted: [text("Global\\mtx_k7731") + text("Stage2_Loader.dll") + text("bot_version=%d&uid=%s")]),
    ]

    var source: String { "rule \(name) { \(body) }\n" }

    private static func text(_ text: String) -> [UInt8] { Array(text.utf8) }
    private static func wide(_ text: String) -> [UInt8] { text.utf8.flatMap { [$0, 0] } }
}

@main struct HuntBench {
    static func main() throws {
        let count = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 20_000
        let folder = FileManager.default.temporaryDirectory.appending(path: "hunt-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder.appending(path: "objects"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let bench = HuntBench(folder: folder)
        try bench.build(count)
        try bench.hunt()
    }

    let folder: URL
    private var objects: String { folder.appending(path: "objects").path }
    private var index: String { folder.appending(path: "day.objects").path }

    /// Makes the objects, writes each to a file of its digest's name, and adds it to the index while it is at hand.
    private func build(_ count: Int) throws {
        var maker = ObjectMaker(seed: 5)
        var builder = ObjectShardBuilder(day: 0)
        var (size, spent) = (0, Duration.zero)
        for number in 0..<count {
            let rule = number % 200 < BenchRule.all.count ? BenchRule.all[number % 200] : nil
            var object = rule?.asProgram == true ? maker.object(.program, size: maker.size()) : maker.object()
            for bytes in rule?.planted ?? [] where number % 2_000 < 1_000 { maker.plant(bytes, in: &object) }
            let digest = SHA256.digest(object)
            try Data(object).write(to: URL(filePath: "\(objects)/\(Hex.encode(digest).text)"))
            let begin = ContinuousClock.now
            builder.add(object.span, digest: digest)
            spent += .now - begin
            size += object.count
        }
        let begin = ContinuousClock.now
        try builder.write(to: index)
        let writing = ContinuousClock.now - begin
        let shard = try ObjectShard(path: index)
        print("objects \(count) of \(size / 1_000_000) MB")
        print("index_share \(text(Double(shard.fileSize) / Double(size)))")
        print("build_mb_a_second \(text(Double(size) / 1e6 / (spent / .seconds(1)), 0))")
        print("build_and_write_mb_a_second \(text(Double(size) / 1e6 / ((spent + writing) / .seconds(1)), 0))")
    }

    private func hunt() throws {
        _ = try yara(BenchRule.all[0])
        // The service has its files open, and compared them with their checksums when it started.
        let shard = try ObjectShard(path: index)
        try shard.verify()
        var ratios: [Double] = []
        for rule in BenchRule.all {
            var (brute, own): ([Double], [Double]) = ([], [])
            var note = ""
            for _ in 0..<3 {
                let (found, spent) = try yara(rule)
                let (hits, quick, candidates, scanned) = try search(rule, in: shard)
                guard found == hits else {
                    fatalError("\(rule.name): yara finds \(found.count), the index \(hits.count)")
                }
                brute.append(spent / .milliseconds(1))
                own.append(quick / .milliseconds(1))
                note = "hits \(hits.count) candidates \(candidates) scanned_mb \(scanned / 1_000_000)"
            }
            let ratio = brute.sorted()[1] / own.sorted()[1]
            ratios.append(ratio)
            print(
                "\(rule.name) ratio \(text(ratio, 0)) yara_ms \(text(brute.sorted()[1], 0)) own_ms \(text(own.sorted()[1])) \(note)"
            )
        }
        print("least_ratio \(text(ratios.min() ?? 0, 0))")
    }

    /// What `yara -p 2` finds, and its time.
    private func yara(_ rule: BenchRule) throws -> (Set<String>, Duration) {
        let file = folder.appending(path: "rule.yar")
        try Data(rule.source.utf8).write(to: file)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/yara")
        process.arguments = ["-p", "2", file.path, objects]
        let pipe = Pipe()
        process.standardOutput = pipe
        let begin = ContinuousClock.now
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let spent = ContinuousClock.now - begin
        return (Set(output.split(separator: "\n").compactMap { $0.split(separator: "/").last.map(String.init) }), spent)
    }

    /// What the index and libyara find, and the time from the rule's text to the verified hits.
    private func search(_ rule: BenchRule, in shard: ObjectShard) throws -> (
        Set<String>, Duration, candidates: Int, scanned: Int
    ) {
        let begin = ContinuousClock.now
        let sources = [RuleSource(name: "rule.yar", text: Array(rule.source.utf8))]
        let catalogue = RuleCatalogue(sources, compiledAs: try RuleSet(sources))
        guard let hunt = try RuleHunt.lanes(for: catalogue.entries, of: catalogue).indexed else {
            fatalError("\(rule.name) cannot use the index")
        }
        let candidates = hunt.candidates(in: shard).map(\.digest)
        let objects = objects
        let report = try hunt.verify(candidates, workers: 2) { digest in
            Self.read("\(objects)/\(Hex.encode(digest).text)")
        }
        let spent = ContinuousClock.now - begin
        return (
            Set(report.hits.map { Hex.encode($0.digest).text }), spent, candidates.count, report.scannedBytes
        )
    }

    private static func read(_ path: String) -> [UInt8]? {
        let file = unsafe open(path, O_RDONLY)
        guard file >= 0 else { return nil }
        defer { close(file) }
        let size = Int(lseek(file, 0, SEEK_END))
        return unsafe [UInt8](unsafeUninitializedCapacity: size) { bytes, count in
            unsafe count = max(0, pread(file, bytes.baseAddress, size, 0))
        }
    }

    private func text(_ number: Double, _ digits: Int = 3) -> String { String(format: "%.\(digits)f", number) }
}
