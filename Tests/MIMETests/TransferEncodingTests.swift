// SPDX-License-Identifier: Apache-2.0

import Bytes
import MIME
import Testing

@Suite struct TransferEncodingTests {
    @Test(arguments: [
        ("plain text", "plain text"), ("a=3Db=3db", "a=b=b"), ("soft =\r\nbreak", "soft break"),
        ("soft =  \t\r\nbreak", "soft break"),
        ("soft =\nbreak", "soft break"), ("bad =ZZ =4", "bad =ZZ =4"), ("a==3D", "a=="), ("end=", "end"),
        ("end=  ", "end"),
        ("=\r\n=\r\n", ""), ("keeps space \r\nline", "keeps space \r\nline"), ("=\rx", "=\rx"), ("", ""),
    ])
    func `quoted-printable is undone leniently`(raw: String, text: String) throws {
        #expect(try leaf("quoted-printable", Array(raw.utf8)).content.bytes.text == text)
    }

    @Test(arguments: ["7bit", "quoted-printable", "base64", "uuencode"])
    func `content comes in pieces of a mebibyte at most, also where it is read as a whole`(encoding: String) throws {
        let size = 3 * EntityTree.chunkSize + 17
        let content: [UInt8]
        switch encoding {
        // In the alphabet for URLs, and with an address in it: the whole is decoded at once.
        case "base64": content = Array("aHR0cDovL2EuZXhhbXBsZS8_".utf8) + [UInt8](repeating: 0x61, count: size / 3 * 4)
        case "uuencode":
            let line = Array("M".utf8) + [UInt8](repeating: 0x61, count: 60) + Array("\r\n".utf8)
            let lines = Array(repeatElement(line, count: size / 45).joined())
            content = Array("begin 644 a\r\n".utf8) + lines + Array("`\r\nend\r\n".utf8)
        default: content = [UInt8](repeating: 0x61, count: size)
        }
        let (tree, decoded) = try leaf(encoding, content)
        var (joined, largest) = ([UInt8](), 0)
        tree.forEachDecodedChunk(tree.root) { chunk in
            largest = max(largest, chunk.count)
            for index in chunk.indices { joined.append(chunk[index]) }
        }
        #expect(joined.count > 2 * EntityTree.chunkSize)
        #expect(largest <= EntityTree.chunkSize)
        #expect(joined == decoded.bytes)
    }

    @Test(arguments: [
        ("aGVsbG8=", "hello"), ("aGVsbG8", "hello"), ("aGVs\r\nbG8=\r\n", "hello"), ("a\nG\nV\ns\nb\nG\n8\n=", "hello"),
        ("aGVs*!bG8=", "hello"), ("aGk=aGk=", "hihi"), ("aA=\r\n=", "h"), ("aA==\r\n", "h"), ("a", ""), ("", ""),
        ("====", ""),
        ("aGVsbG8=\r\nb", "hello"),
    ])
    func `base64 is undone leniently`(raw: String, text: String) throws {
        #expect(try leaf("base64", Array(raw.utf8)).content.bytes.text == text)
    }

    @Test(arguments: ["7bit", "8bit", "binary", "x-unknown"]) func `other encodings stand for themselves`(name: String)
        throws
    {
        let bytes: [UInt8] = [0x3D, 0x41, 0xE9, 0, 0x0A]
        #expect(try leaf(name, bytes).content.bytes == bytes)
    }

    @Test func `base64 of every length is undone`() throws {
        var draws = Draws(seed: 1)
        for size in 0..<200 {
            let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &draws) }
            let (tree, content) = try leaf("base64", [])
            #expect(content.bytes.isEmpty)
            let written = try leaf("base64", encodeBase64(bytes))
            #expect(written.content.bytes == bytes)
            #expect(tree.entities.count == 1)
        }
    }
}

/// Base64 in lines of 76, by the book.
func encodeBase64(_ bytes: [UInt8], lineEnd: String = "\r\n", line: Int = 76) -> [UInt8] {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var out: [UInt8] = []
    var column = 0
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let group = Array(bytes[start..<min(start + 3, bytes.count)])
        let bits = (group + [0, 0]).prefix(3).reduce(0) { $0 << 8 | Int($1) }
        if column == line {
            out += Array(lineEnd.utf8)
            column = 0
        }
        for place in 0..<4 { out.append(place > group.count ? 0x3D : alphabet[bits >> (18 - 6 * place) & 63]) }
        column += 4
    }
    return out
}
