// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import TestTools
import Testing
import Unpacking

/// What bombs.py makes, by name, and the bound that each must end at.
private enum Bombs {
    static let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "bombs.py").path
    static let isThere = Tool.isThere("python3")

    static let all: [(name: String, end: String)] = {
        let lines = (try? Tool.output("python3", [script])) ?? []
        return lines.text.split(separator: "\n").map { line in
            let fields = line.split(separator: "\t").map(String.init)
            return (fields[0], fields[1])
        }
    }()
}

/// Time and memory are measured by integration/bench/unpacking; here a debug build runs beside others.
@Suite(.serialized) struct BombTests {
    @Test(.enabled(if: Bombs.isThere, "python3 is not there"), .timeLimit(.minutes(1)), arguments: Bombs.all)
    func `a bomb ends at a bound that has a name`(name: String, end: String) throws {
        let bomb = try Tool.output("python3", [Bombs.script, name])
        let seen = Seen(of: bomb, named: name, keeps: false)
        #expect(!seen.report.isComplete)
        #expect(
            seen.report.findings.map(\.kind.description).contains { $0 == end || $0 == "bound: \(end)" },
            "\(seen.report)")
        #expect(seen.taken.size <= UnpackingLimits().unpackedBytes + bomb.count + 1_024 * 1_024)
    }

    @Test(.enabled(if: Bombs.isThere, "python3 is not there"))
    func `bounds count for all attachments of a message together`() throws {
        var limits = UnpackingLimits()
        limits.members = 5
        var unpacker = Unpacker(limits: limits)
        var taking = Collecting()
        let zip = ZipBuilder.zip([("a", [1]), ("b", [2]), ("c", [3])])
        let first = unpacker.unpack(zip, as: Member(path: [Array("1.zip".utf8)]), into: &taking)
        let second = unpacker.unpack(zip, as: Member(path: [Array("2.zip".utf8)]), into: &taking)
        #expect(first.isComplete)
        #expect(second.bounds == [.members])
    }

    @Test func `time that is over is a bound`() {
        var limits = UnpackingLimits()
        limits.time = .zero
        let seen = Seen(of: ZipBuilder.zip([("a", [1])]), named: "a.zip", limits: limits)
        #expect(seen.report.bounds == [.time])
    }

    @Test func `a container that there is no room for is a bound, other content is none`() {
        var limits = UnpackingLimits()
        limits.heldBytes = 200
        let inner = ZipBuilder.zip([("x", [UInt8](repeating: 7, count: 500))])
        let seen = Seen(
            of: ZipBuilder.zip([("large.txt", [UInt8](repeating: 0x61, count: 1_000)), ("inner.zip", inner)]),
            named: "o.zip",
            limits: limits)
        #expect(seen.report.findings.map(\.kind) == [.bound(.heldBytes)])
        #expect(seen.report.findings.first?.path.last == Array("inner.zip".utf8))
        #expect(seen.members["o.zip/inner.zip"] == inner)
    }

    @Test func `a directory cannot claim more lines than it has bytes`() {
        var builder = ZipBuilder()
        builder.add(.init("a", [1]))
        let seen = Seen(of: builder.finished(claimedCount: 60_000), named: "a.zip")
        #expect(seen.report.bounds.contains(.directory))
    }
}
