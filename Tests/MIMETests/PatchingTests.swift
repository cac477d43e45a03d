// SPDX-License-Identifier: Apache-2.0

import Bytes
import MIME
import Testing

@Suite struct PatchingTests {
    /// The raw content after these words were replaced in the decoded text.
    private func replaced(
        _ encoding: String, _ raw: String, _ words: [(String, String)]
    ) throws -> (raw: String, encoding: TransferEncoding?) {
        let (tree, content) = try leaf(encoding, Array(raw.utf8))
        let patches = words.compactMap { word, new in
            content.bytes.firstRange(of: Array(word.utf8)).map { Patch(range: $0, replacement: Array(new.utf8)) }
        }
        let change = try content.change(patches)
        let message = try change.patches.applied(to: tree.bytes)
        return (message[tree.root.content.lowerBound...].text, change.encoding)
    }

    @Test func `quoted-printable keeps every byte that is not replaced`() throws {
        let raw = "caf=c3=a9 =\r\nhttp://a/?x=\r\n=3D1 bad=Z =20\r\nend"
        #expect(
            try replaced("quoted-printable", raw, [("http://a/?x=1", "https://b/=")]).raw
                == "caf=c3=a9 =\r\nhttps://b/=3D bad=Z =20\r\nend")
    }

    @Test func `a replacement in quoted-printable is broken so that no line is over 76`() throws {
        let new = String(repeating: "0123456789", count: 20)
        let tail = String(repeating: "t", count: 60)
        let out = try replaced("quoted-printable", "start LINK \(tail)=\r\nend", [("LINK", new)]).raw
        let lines = out.split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.utf8.count <= 76 })
        #expect(lines.last == "end")
        #expect(try leaf("quoted-printable", Array(out.utf8)).content.bytes.text == "start \(new) \(tail)end")
    }

    @Test func `no line of ours in quoted-printable starts with a hyphen`() throws {
        let new = String(repeating: "-", count: 200)
        let out = try replaced("quoted-printable", "LINK\(String(repeating: "-", count: 60))", [("LINK", new)]).raw
        let lines = out.split(separator: "\r\n").dropFirst()
        #expect(lines.allSatisfy { !$0.hasPrefix("-") && $0.utf8.count <= 76 })
        #expect(try leaf("quoted-printable", Array(out.utf8)).content.bytes.text == String(repeating: "-", count: 260))
    }

    @Test func `base64 keeps the lines before the first touched one`() throws {
        let text = String(repeating: "0123456789", count: 12) + "LINK" + String(repeating: "x", count: 100)
        let raw = encodeBase64(Array(text.utf8)).text
        let out = try replaced("base64", raw + "\r\n", [("LINK", "another link")]).raw
        #expect(out.hasPrefix(String(decoding: raw.utf8.prefix(156), as: UTF8.self)))
        #expect(out == encodeBase64(Array(text.replacing("LINK", with: "another link").utf8)).text + "\r\n")
    }

    @Test func `base64 after the padding of a touched run stays`() throws {
        let out = try replaced("base64", "aGk=\r\nTElOSw==\r\naGk=\r\n-- \r\nfooter", [("LINK", "hello")]).raw
        #expect(out == "aGk=\r\naGVsbG8=\r\naGk=\r\n-- \r\nfooter")
    }

    @Test(arguments: ["aGk=--", "PG%-_\rE-\r_", "aB-CDEFG\r\naGk="])
    func `base64 that a change makes text of the other alphabet is written anew`(raw: String) throws {
        let link = Array("http://a.example/".utf8)
        let (tree, content) = try leaf("base64", Array(raw.utf8))
        let change = try content.change([Patch(range: 0..<0, replacement: link)])
        let message = try change.patches.applied(to: tree.bytes)
        let body = Array(message[tree.root.content.lowerBound...])
        let (changed, again) = try leaf((change.encoding ?? .base64).name.text, body)
        #expect(again.bytes.starts(with: link))
        #expect(changed.text(changed.root).normalizes == nil)
    }

    @Test func `text that is not encoded is replaced in place`() throws {
        let out = try replaced("8bit", "a LINK b\r\nc LINK2", [("LINK", "long link"), ("LINK2", "l2")])
        #expect(out.raw == "a long link b\r\nc l2")
        #expect(out.encoding == nil)
    }

    @Test func `text whose line would be over 998 becomes quoted-printable`() throws {
        let head = String(repeating: "h", count: 500)
        #expect(
            try replaced("7bit", "\(head)LINK\r\nx", [("LINK", String(repeating: "n", count: 498))]).encoding == nil)
        let out = try replaced("7bit", "\(head)LINK\r\n\u{e9} = x \r\n", [("LINK", String(repeating: "n", count: 499))])
        #expect(out.encoding == .quotedPrintable)
        #expect(out.raw.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 76 })
        #expect(out.raw.hasSuffix("\r\n=C3=A9 =3D x=20\r\n"))
    }

    @Test func `several replacements in one line count together`() throws {
        let part = String(repeating: "n", count: 400)
        let out = try replaced("7bit", "A \(part) B \(part) C\r\n", [("A", part), ("C", "D")])
        #expect(out.encoding == .quotedPrintable)
        let apart = try replaced("7bit", "A \(part)\r\nB \(part) C\r\n", [("A", part), ("C", part)])
        #expect(apart.encoding == nil)
    }

    @Test func `patches beyond the content or over one another are refused`() throws {
        let content = try leaf("quoted-printable", Array("abc".utf8)).content
        #expect(throws: PatchError.outOfBounds(2..<4)) { try content.change([Patch(range: 2..<4, replacement: [])]) }
        #expect(throws: PatchError.overlap(0..<2, 1..<3)) {
            try content.change([Patch(range: 0..<2, replacement: []), Patch(range: 1..<3, replacement: [])])
        }
    }

    @Test(arguments: ["quoted-printable", "base64", "8bit"])
    func `random patches do what they would do to the decoded bytes`(
        encoding: String
    ) throws {
        var draws = Draws(seed: 7)
        for _ in 0..<2_000 {
            let raw = rawContent(encoding, &draws)
            let (tree, content) = try leaf(encoding, raw)
            let patches = randomPatches(content.bytes.count, &draws)
            let change = try content.change(patches)
            let message = try change.patches.applied(to: tree.bytes)
            let start = tree.root.content.lowerBound
            let name = change.encoding?.name.text ?? encoding
            let again = try leaf(name, Array(message[start...]))
            let expected = try patches.applied(to: content.bytes)
            // Line ends of an unencoded content that a patch or the sender broke leave as whole ones.
            let isPlain = encoding == "8bit"
            let got = again.content.bytes.filter { !isPlain || $0 != .carriageReturn && $0 != .lineFeed }
            guard got == expected.filter({ !isPlain || $0 != .carriageReturn && $0 != .lineFeed }) else {
                Issue.record("\(tree.bytes[start...].text.debugDescription) with \(patches)")
                return
            }
            if patches.isEmpty { #expect(message == tree.bytes) }
        }
    }

    /// Raw text of many short pieces: escapes, soft breaks, bad escapes, line ends; or base64 with odd lines.
    private func rawContent(_ encoding: String, _ draws: inout Draws) -> [UInt8] {
        let count = Int.random(in: 0...120, using: &draws)
        if encoding == "base64" {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &draws) }
            let line = Int.random(in: 1...19, using: &draws) * 4
            return encodeBase64(bytes, lineEnd: Bool.random(using: &draws) ? "\r\n" : " \n", line: line)
        }
        let pieces = [
            "a", "bc", "-", "=3D", "=e9", "=\r\n", "= \n", "=x", "\r\n", "\n", " ", "=",
            String(repeating: "w", count: 30),
        ]
        let usable = encoding == "quoted-printable" ? pieces : pieces.filter { $0 != "\n" }
        return (0..<count).flatMap { _ in Array((usable.randomElement(using: &draws) ?? "").utf8) }
    }

    private func randomPatches(_ size: Int, _ draws: inout Draws) -> [Patch] {
        var patches: [Patch] = []
        var start = Int.random(in: 0...size, using: &draws)
        while patches.count < 6 {
            let end = Int.random(in: start...min(size, start + 8), using: &draws)
            let new = (0..<Int.random(in: 0...90, using: &draws)).map { _ in
                [0x61, 0x2D, 0x3D, 0xE9].randomElement(using: &draws) ?? 0
            }
            patches.append(Patch(range: start..<end, replacement: new.map { UInt8($0) }))
            guard end + 1 < size else { break }
            start = Int.random(in: end...min(size, end + 40), using: &draws)
        }
        return Bool.random(using: &draws) ? patches : []
    }
}
