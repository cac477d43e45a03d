// SPDX-License-Identifier: Apache-2.0

import Bytes
import Testing
import Unpacking

/// Zips that tell different programs different things: whatever any of them shows is lent.
@Suite struct ZipReadingTests {
    private func kinds(_ seen: Seen) -> [String] { seen.report.findings.map(\.kind.description) }

    @Test func `a member that the directory does not show is lent`() {
        var builder = ZipBuilder()
        builder.add(.init("letter.txt", Array("letter".utf8)))
        var hidden = ZipBuilder.Entry("program.exe", Array("program".utf8))
        hidden.isInDirectory = false
        builder.add(hidden)
        builder.add(.init("end.txt", Array("end".utf8)))
        let seen = Seen(of: builder.finished(), named: "a.zip")
        #expect(seen.members["a.zip/program.exe"] == Array("program".utf8))
        #expect(seen.members["a.zip/letter.txt"] == Array("letter".utf8))
        #expect(kinds(seen).contains("two readings"))
    }

    @Test func `a member with another name in the directory is lent, and the name told`() {
        var builder = ZipBuilder()
        var entry = ZipBuilder.Entry("letter.txt", Array("program".utf8))
        entry.directoryName = Array("program.exe".utf8)
        builder.add(entry)
        let seen = Seen(of: builder.finished(), named: "a.zip")
        #expect(seen.members["a.zip/letter.txt"] == Array("program".utf8))
        #expect(seen.report.findings.map(\.kind) == [.twoReadings, .otherName(Array("program.exe".utf8))])
    }

    @Test func `two zips in a row are both read`() {
        let first = ZipBuilder.zip([("one.txt", [1])])
        let seen = Seen(of: first + ZipBuilder.zip([("two.txt", [2])]), named: "a.zip")
        #expect(seen.members["a.zip/one.txt"] == [1])
        #expect(seen.members["a.zip/two.txt"] == [2])
        #expect(kinds(seen).contains("two readings"))
    }

    @Test func `a zip behind a picture is read`() {
        let picture = Array("GIF89a".utf8) + [UInt8](repeating: 0x2C, count: 300)
        let seen = Seen(of: picture + ZipBuilder.zip([("x.exe", [1, 2])]), named: "a.gif")
        #expect(seen.members["a.gif/x.exe"] == [1, 2])
    }

    @Test func `a zip without its directory is read by its headers`() {
        var builder = ZipBuilder()
        builder.add(.init("a.txt", Array("content".utf8)))
        let seen = Seen(of: builder.bytes, named: "a.zip")
        #expect(seen.members["a.zip/a.txt"] == Array("content".utf8))
    }

    @Test func `a wrong checksum is damage, and the bytes are lent`() {
        var builder = ZipBuilder()
        var entry = ZipBuilder.Entry("a.txt", Array("content".utf8))
        entry.crc ^= 1
        builder.add(entry)
        let seen = Seen(of: builder.finished(), named: "a.zip")
        #expect(seen.taken.outcomes["a.zip/a.txt"] == .damaged)
        #expect(seen.members["a.zip/a.txt"] == Array("content".utf8))
        #expect(!seen.report.isComplete)
    }

    @Test func `a zip cut anywhere harms nobody`() {
        let zip = ZipBuilder.zip([("a.txt", Array("some content".utf8)), ("b.txt", Array("more".utf8))])
        for size in 0..<zip.count { _ = Seen(of: Array(zip.prefix(size)), named: "a.zip") }
    }

    @Test func `names are bytes, in UTF-8 where they are so`() {
        let seen = Seen(of: ZipBuilder.zip([("../../übung.txt", [1]), ("报告.txt", [2])]), named: "a.zip")
        #expect(seen.members["a.zip/../../übung.txt"] == [1])
        #expect(seen.members["a.zip/报告.txt"] == [2])
    }
}
