// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import TestTools
import Testing
import Unpacking

/// Archives as other programs make them.
@Suite struct FormatTests {
    struct Maker: CustomTestStringConvertible, Sendable {
        let tool: String
        let arguments: [String]
        /// The file that it makes; its content is `hello` wherever the format has members.
        let file: String
        var testDescription: String { file }
    }

    private static let makers: [Maker] = [
        Maker(tool: "tar", arguments: ["cf", "a.tar", "hello.txt"], file: "a.tar"),
        Maker(tool: "tar", arguments: ["czf", "a.tgz", "hello.txt"], file: "a.tgz"),
        Maker(tool: "tar", arguments: ["cJf", "a.tar.xz", "hello.txt"], file: "a.tar.xz"),
        Maker(tool: "tar", arguments: ["cjf", "a.tar.bz2", "hello.txt"], file: "a.tar.bz2"),
        Maker(tool: "tar", arguments: ["--zstd", "-cf", "a.tar.zst", "hello.txt"], file: "a.tar.zst"),
        Maker(tool: "tar", arguments: ["-c", "--format=v7", "-f", "a.bin", "hello.txt"], file: "a.bin"),
        Maker(tool: "zip", arguments: ["-q", "a.zip", "hello.txt"], file: "a.zip"),
        Maker(tool: "7z", arguments: ["a", "a.7z", "hello.txt"], file: "a.7z"),
        Maker(tool: "7z", arguments: ["a", "-m0=lzma", "-mhc=off", "b.7z", "hello.txt"], file: "b.7z"),
        Maker(tool: "7z", arguments: ["a", "-m0=bzip2", "c.7z", "hello.txt", "other.txt"], file: "c.7z"),
        Maker(tool: "7z", arguments: ["a", "-m0=ppmd", "-ms=off", "d.7z", "hello.txt", "other.txt"], file: "d.7z"),
        Maker(tool: "genisoimage", arguments: ["-quiet", "-J", "-R", "-o", "a.iso", "hello.txt"], file: "a.iso"),
        Maker(tool: "gcab", arguments: ["-c", "a.cab", "hello.txt"], file: "a.cab"),
        Maker(tool: "ar", arguments: ["r", "a.a", "hello.txt"], file: "a.a"),
        Maker(tool: "gzip", arguments: ["-k", "hello.txt"], file: "hello.txt.gz"),
        Maker(tool: "bzip2", arguments: ["-k", "hello.txt"], file: "hello.txt.bz2"),
        Maker(tool: "xz", arguments: ["-k", "hello.txt"], file: "hello.txt.xz"),
        Maker(tool: "xz", arguments: ["-k", "--format=lzma", "hello.txt"], file: "hello.txt.lzma"),
        Maker(tool: "zstd", arguments: ["-q", "hello.txt"], file: "hello.txt.zst"),
    ]

    @Test(arguments: makers.filter { Tool.isThere($0.tool) })
    func `an archive of another program is read`(maker: Maker) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "unpacking-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let hello = Array(String(repeating: "hello, world\n", count: 500).utf8)
        try Data(hello).write(to: folder.appending(path: "hello.txt"))
        try Data(Array("other".utf8)).write(to: folder.appending(path: "other.txt"))
        _ = try Tool.output(maker.tool, maker.arguments, in: folder)
        let archive = Array(try Data(contentsOf: folder.appending(path: maker.file)))
        let seen = Seen(of: archive, named: maker.file)
        #expect(seen.report.findings.isEmpty)
        let found = seen.members.filter { $0.value == hello && $0.key.hasSuffix("hello.txt") }
        #expect(found.count == 1, "\(seen.members.keys)")
    }

    @Test(.enabled(if: makers.allSatisfy { Tool.isThere($0.tool) }, "not all archivers are there: integration/install"))
    func `all archivers of these tests are there`() {
        #expect(Self.makers.count > 15)
    }

    @Test(.enabled(if: Tool.isThere("python3"), "python3 is not there"))
    func `a tar that is too large to be held is read out of its compressed stream`() throws {
        let program = """
            import sys, io, tarfile
            out = io.BytesIO()
            with tarfile.open(fileobj=out, mode='w:gz') as archive:
                for name, size in [('a', 300_000), ('b', 5)]:
                    info = tarfile.TarInfo(name); info.size = size
                    archive.addfile(info, io.BytesIO(b'x' * size))
            sys.stdout.buffer.write(out.getvalue())
            """
        var limits = UnpackingLimits()
        limits.heldBytes = 100_000
        let seen = Seen(of: try Tool.output("python3", ["-c", program]), named: "a.tar.gz", limits: limits)
        #expect(seen.members["a.tar.gz/a.tar/a"]?.count == 300_000)
        #expect(seen.members["a.tar.gz/a.tar/b"] == Array("xxxxx".utf8))
        #expect(seen.report.isComplete)
    }

    @Test(arguments: [
        ("conectix", "vhd"), ("vhdxfile", "vhdx"), ("MSWIM\0\0\0", "wim"), ("EGGA", "egg"), ("ALZ\u{1}", "alz"),
        ("xar!", "xar"),
    ])
    func `a container that is not opened says so`(start: String, kind: String) {
        let seen = Seen(of: Array(start.utf8) + [UInt8](repeating: 0, count: 1_000), named: "x")
        #expect(seen.report.findings.map(\.kind.description) == ["unsupported: \(kind)"])
        #expect(!seen.report.isComplete)
    }
}
