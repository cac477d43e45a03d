// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import TestTools
import Testing
import Unpacking

/// The files are written by pdf.py; qpdf writes some as programs of people do.
@Suite(.enabled(if: Tool.isThere("python3"), "python3 is not there")) struct PDFTests {
    private func seen(_ name: String, limits: UnpackingLimits = UnpackingLimits(), keeps: Bool = true) throws -> Seen {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "pdf.py").path
        return Seen(of: try Tool.output("python3", [script, name]), named: "p", limits: limits, keeps: keeps)
    }

    @Test(arguments: [
        "usual", "no type", "name behind", "in an object stream", "escaped keys", "with comments",
        "behind a per cent sign", "number in a string", "far keys", "two filters",
    ])
    func `a file embedded in it is a member under its name`(name: String) throws {
        let seen = try seen(name)
        #expect(seen.members["p/a.txt"]?.text == "in the file")
        #expect(seen.taken.members["p/a.txt"]?.container == .pdf)
        #expect(seen.members.count == 2)
        #expect(seen.report.findings.isEmpty)
    }

    @Test(arguments: ["no specification", "streams in another object"])
    func `a file that nothing near it names has a name of ours`(name: String) throws {
        let seen = try seen(name)
        #expect(seen.members["p/embedded file"]?.text == "in the file")
        #expect(seen.report.isComplete)
    }

    @Test(arguments: ["stored", "stored deflate"])
    func `the word that ends a stream does not end a file that has it`(name: String) throws {
        let seen = try seen(name)
        #expect(seen.members["p/a.txt"]?.text == "endstream in the file")
    }

    @Test(arguments: [
        ("zip in it", "p/a.zip/b.txt"), ("pdf in it", "p/b.pdf/a.txt"), ("stored pdf in it", "p/b.pdf/a.txt"),
    ])
    func `what is in the file is opened too`(name: String, member: String) throws {
        let seen = try seen(name)
        #expect(seen.members[member]?.text == "in the file")
        #expect(seen.members.count == 3)
        #expect(seen.report.findings.isEmpty)
    }

    @Test func `one without files is complete at any depth`() throws {
        var limits = UnpackingLimits()
        limits.depth = 0
        let none = try seen("none", limits: limits)
        #expect(none.members.count == 1)
        #expect(none.report.findings.isEmpty)
        #expect(try seen("usual", limits: limits).report.bounds == [.depth])
    }

    @Test(arguments: [
        ("encrypted", UnpackingFinding.Kind.encrypted), ("encrypted objects", .encrypted), ("lzw", .unsupported(.pdf)),
        ("predicted", .unsupported(.pdf)), ("farther keys", .damaged),
    ])
    func `what cannot be read is told`(name: String, finding: UnpackingFinding.Kind) throws {
        let seen = try seen(name)
        #expect(seen.report.findings.map(\.kind) == [finding])
        #expect(!seen.report.isComplete)
    }

    @Test func `one whose pages alone are encrypted is complete`() throws {
        #expect(try seen("encrypted pages").report.isComplete)
    }

    @Test(arguments: [
        ("file bomb", UnpackingBound.ratio), ("objects bomb", .ratio), ("many files", .members),
        ("many names", .members),
        ("large file", .heldBytes),
    ])
    func `too much of anything is a bound that has a name`(name: String, bound: UnpackingBound) throws {
        var limits = UnpackingLimits()
        limits.heldBytes = 1_024 * 1_024
        limits.ratioAllowance = limits.heldBytes / 2
        limits.members = 100
        limits.time = .seconds(60)  // a debug build runs beside others
        let seen = try seen(name, limits: limits, keeps: false)
        #expect(seen.report.bounds == [bound])
    }

    @Test(arguments: ["usual", "in an object stream", "with comments", "pdf in it"])
    func `whatever is cut or changed, reading ends`(name: String) throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "pdf.py").path
        let content = try Tool.output("python3", [script, name])
        for size in stride(from: 8, to: content.count, by: 3) { _ = Seen(of: Array(content[..<size]), named: "p") }
        for place in 8..<content.count {
            var changed = content
            changed[place] ^= 0x1D
            _ = Seen(of: changed, named: "p")
        }
    }

    @Test(
        .enabled(if: Tool.isThere("qpdf"), "qpdf is not there"),
        arguments: [
            ["--object-streams=generate"], ["--object-streams=disable", "--compress-streams=n"],
            ["--object-streams=preserve", "--newline-before-endstream"],
        ])
    func `what another program embeds is found`(options: [String]) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let content = FixedNumbers(seed: 1).text(20_000)
        try Data(content).write(to: folder.appending(path: "letter.txt"))
        let pdf = try Tool.output(
            "qpdf", ["--empty"] + options + ["--add-attachment", "letter.txt", "--filename=b\u{e4}r.txt", "--", "-"],
            in: folder)
        let seen = Seen(of: pdf, named: "p")
        #expect(seen.members["p/b\u{e4}r.txt"] == content)
        #expect(seen.report.findings.isEmpty)
    }
}

extension FixedNumbers {
    fileprivate func text(_ count: Int) -> [UInt8] {
        var numbers = self
        return (0..<count).map { _ in numbers.one(of: Array("etaoin shrdlu\n".utf8)) }
    }
}
