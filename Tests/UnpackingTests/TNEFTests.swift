// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import Testing
import Unpacking

/// The files of Cases are written by tnef.py; the program tnef(1) reads them alike.
@Suite struct TNEFTests {
    private func bytes(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Cases")
        return Array(try Data(contentsOf: folder.appending(path: name)))
    }

    @Test func `bodies and files are members, under their long names`() throws {
        let seen = Seen(of: try bytes("files.dat"), named: "w")
        #expect(seen.members["w/a long name \u{e9}.txt"]?.text == "first file")
        #expect(seen.members["w/second.bin"]?.text == "second file")
        #expect(seen.members["w/body.txt"]?.text == "see http://a.example/text\0")
        #expect(seen.members["w/body.html"]?.text == "<a href=http://a.example/html>x</a>")
        #expect(seen.members["w/body.rtf"]?.text == "{\\rtf1 http://a.example/rtf}")
        #expect(seen.taken.members["w/body.html"]?.declaredType == "text/html")
        #expect(seen.members.count == 6)
        #expect(seen.report.isComplete)
    }

    @Test func `a message in it is opened too`() throws {
        let seen = Seen(of: try bytes("message.dat"), named: "w")
        #expect(seen.members["w/forwarded/deep.txt"]?.text == "deep")
        #expect(seen.members["w/forwarded/body.txt"]?.text == "inner http://a.example/inner\0")
        #expect(seen.report.isComplete)
    }

    @Test func `each of two contents of one attachment is lent`() throws {
        let seen = Seen(of: try bytes("two-contents.dat"), named: "w")
        #expect(seen.members["w/a.txt"]?.text == "two")
        #expect(seen.taken.size == seen.members["w"]!.count + "onetwo".utf8.count)
    }

    @Test func `one that ends too soon is damaged, and what came before is lent`() throws {
        let seen = Seen(of: try bytes("cut.dat"), named: "w")
        #expect(seen.members["w/a long name \u{e9}.txt"]?.text == "first file")
        #expect(seen.report.findings.map(\.kind) == [.damaged])
    }

    @Test func `a property of a type that nobody knows does not hide what follows`() throws {
        let seen = Seen(of: try bytes("no-such-type.dat"), named: "w")
        #expect(seen.members["w/a.txt"]?.text == "still here")
        #expect(seen.report.findings.map(\.kind) == [.damaged])
    }

    @Test func `whatever is cut or changed, reading ends`() throws {
        for name in ["files.dat", "message.dat"] {
            let content = try bytes(name)
            for size in 4..<content.count { _ = Seen(of: Array(content[..<size]), named: "w") }
            for place in 4..<content.count {
                for byte in [0x00, 0x7F, 0xFF] as [UInt8] {
                    var changed = content
                    changed[place] = byte
                    _ = Seen(of: changed, named: "w")
                }
            }
        }
    }

    @Test func `more files than a message may have meet the bound`() throws {
        var limits = UnpackingLimits()
        limits.members = 2
        let seen = Seen(of: try bytes("files.dat"), named: "w", limits: limits)
        #expect(seen.report.bounds == [.members])
    }
}
