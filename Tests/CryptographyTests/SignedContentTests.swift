// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography
import Foundation
import Testing

/// The files of Vectors/cms were made with `openssl cms -sign -outform DER`, `-nodetach` for those with the content inside.
@Suite struct SignedContentTests {
    private func file(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors/cms")
        return Array(try Data(contentsOf: folder.appending(path: name)))
    }

    @Test func `content inside a signature is given`() throws {
        let text = "Content-Type: text/plain\r\n\r\nsee https://a.example/x\r\n"
        #expect(SignedContent(try file("inside.p7m")) == .inside(Array(text.utf8)))
    }

    @Test func `content inside in pieces of unknown length is given as a whole`() throws {
        let text = "Content-Type: text/plain\r\n\r\nsee https://a.example/x\r\n"
        #expect(SignedContent(try file("inside-ber.p7m")) == .inside(Array(text.utf8)))
    }

    @Test func `empty content inside is content`() throws {
        #expect(SignedContent(try file("empty.p7m")) == .inside([]))
    }

    @Test func `a detached signature has its content elsewhere`() throws {
        #expect(SignedContent(try file("detached.p7s")) == .elsewhere)
    }

    @Test func `what is encrypted or compressed is not read`() throws {
        #expect(SignedContent(try file("enveloped.p7m")) == .unreadable)
    }

    @Test func `garbage, and what ends too soon, is not read`() throws {
        let signed = try file("inside.p7m")
        #expect(SignedContent([]) == .unreadable)
        #expect(SignedContent(Array("no CMS at all".utf8)) == .unreadable)
        #expect(SignedContent([UInt8](repeating: 0x30, count: 10_000)) == .unreadable)
        for size in stride(from: 0, to: signed.count, by: 37) {
            #expect(SignedContent(Array(signed[..<size])) == .unreadable)
        }
    }

    @Test func `bytes behind the signature change nothing`() throws {
        let signed = try file("inside.p7m")
        #expect(SignedContent(signed + [0, 1, 2]) == SignedContent(signed))
    }
}
