// SPDX-License-Identifier: Apache-2.0

import Bytes
import MIME
import Testing

/// Text in all charsets, read and written anew.
@Suite struct TextContentTests {
    private func text(_ fields: String, _ content: [UInt8]) throws -> (tree: EntityTree, text: TextContent) {
        let tree = try EntityTree.parse(crlf(fields + "\n\n") + content)
        return (tree, tree.text(tree.root))
    }

    /// The message after that word became another, read again.
    private func replaced(
        _ word: String, by new: String, _ fields: String, _ content: [UInt8]
    ) throws -> (message: String, again: TextContent) {
        let (tree, text) = try text(fields, content)
        let place = try #require(text.bytes.firstRange(of: Array(word.utf8)))
        let change = try text.change([Patch(range: place, replacement: Array(new.utf8))])
        let patches = (tree.patches(for: change.fields) + change.patches).sorted {
            $0.range.lowerBound < $1.range.lowerBound
        }
        let message = try patches.applied(to: tree.bytes)
        let again = try EntityTree.parse(message)
        return (message.text, again.text(again.root))
    }

    @Test(arguments: [
        ("shift_jis", [0x82, 0xB1, 0x95, 0x5C, 0x3C], "こ表<"),
        ("iso-2022-jp", [0x1B, 0x24, 0x42, 0x24, 0x33, 0x1B, 0x28, 0x42, 0x3C], "こ<"),
        ("gb2312", [0xC4, 0xE3, 0x3C], "你<"), ("gb18030", [0x81, 0x30, 0x81, 0x30], "\u{80}"),
        ("big5", [0xA7, 0x41], "你"), ("euc-kr", [0xB0, 0xA1], "가"), ("hz-gb-2312", Array("~{Dc~}<~~".utf8), "你<~"),
        ("utf-7", Array("+ADw-a+AD4".utf8), "<a>"), ("utf-7", Array("a+-b~\\".utf8), "a+b~\\"),
        ("utf-16be", [0, 0x3C, 0x4F, 0x60], "<你"), ("utf-16", [0xFF, 0xFE, 0x3C, 0], "<"),
        ("utf-16", [0, 0x3C, 0, 0x61], "<a"), ("utf-8", [0xFE, 0xFF, 0, 0x3C], "<"),
        ("utf-16", Array("<a>".utf8), "<a>"),
        ("utf-32le", [0x3C, 0, 0, 0], "<"), ("ibm037", [0x4C, 0x81, 0x6E], "<a>"),
        // What is no character becomes U+FFFD, and the ASCII behind it stays.
        ("shift_jis", [0x82, 0x3C, 0x61], "\u{FFFD}<a"), ("gbk", [0x81, 0xFF, 0x3C], "\u{FFFD}\u{FFFD}<"),
        ("utf-16le", [0x00, 0xD8, 0x3C, 0x00], "\u{FFFD}<"), ("big5", [0x3C, 0xA7], "<\u{FFFD}"),
    ])
    func `other charsets are searched as UTF-8`(charset: String, bytes: [UInt8], expected: String) throws {
        let content = try text("Content-Type: text/html; charset=\(charset)", bytes).text
        #expect(content.bytes.text == expected)
        #expect(content.obstacle == nil)
    }

    @Test func `a converted part with a changed link is written as UTF-8 and says so everywhere`() throws {
        let html = Array("<meta charset='Shift_JIS'><?xml encoding=\"x-sjis\"?><a href=OLD>".utf8) + [0x95, 0x5C]
        let (message, again) = try replaced(
            "OLD", by: "NEW", "Content-Type: text/html; charset=shift_jis; name=a\nContent-Transfer-Encoding: 8bit",
            html)
        #expect(again.bytes.text == "<meta charset='utf-8'><?xml encoding=\"utf-8\"?><a href=NEW>表")
        #expect(again.reading == .utf8)
        #expect(
            message.hasPrefix(
                "Content-Type: text/html; name=a; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\nMIME-Version: 1.0\r\n\r\n"
            ))
    }

    @Test func `a link in a set of single bytes is read for what it is and replaced in place`() throws {
        let raw: [UInt8] = [0xC1, 0x20] + Array("http://".utf8) + [0xC1, 0xD5] + Array("/ ".utf8) + [0xC2]
        let (tree, text) = try text("Content-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: 8bit", raw)
        #expect(text.bytes.text == "а http://ау/ б")
        let place = try #require(text.bytes.firstRange(of: Array("http://ау/".utf8)))
        let change = try text.change([Patch(range: place, replacement: Array("NEW".utf8))])
        let message = try change.patches.applied(to: tree.bytes)
        #expect(Array(message.suffix(7)) == [0xC1, 0x20] + Array("NEW ".utf8) + [0xC2])
        #expect(change.fields.isEmpty)
    }

    @Test func `a part of whose charset nothing must be known is patched in place`() throws {
        let (message, _) = try replaced(
            "OLD", by: "NEW", "Content-Type: text/html; charset=koi8-r", [0xC1] + Array("OLD".utf8))
        #expect(message == "Content-Type: text/html; charset=koi8-r\r\n\r\n\u{FFFD}NEW")
    }

    @Test(arguments: [
        ("text/html; charset=utf-7", "+ADw-"),
        ("text/html; charset=iso-2022-jp", "\u{1B}$B<a href=x>\u{1B}(B"),
        ("text/html; charset=utf-8", "<meta charset=utf-7>+ADw-a href+AD0-x>"),
        ("text/html; charset=hz", "~{<a href=1>~}"),
        ("text/html", "\u{1B}$B<a href=x>\u{1B}(B"),
    ])
    func `a text that shows addresses in another charset only is written anew`(type: String, content: String) throws {
        let (tree, text) = try text("Content-Type: \(type)", Array(content.utf8))
        #expect(text.normalizes != nil)
        let change = try text.change([])
        let patches = (tree.patches(for: change.fields) + change.patches).sorted {
            $0.range.lowerBound < $1.range.lowerBound
        }
        let again = try EntityTree.parse(try patches.applied(to: tree.bytes))
        let next = again.text(again.root)
        #expect(next.normalizes == nil)
        #expect(next.reading == .utf8)
    }

    @Test(arguments: [
        ("text/html; charset=utf-8", "<meta charset=gb2312><a href=x>a</a>"),
        ("text/plain; charset=iso-2022-jp", "plain"),
        ("text/html; charset=iso-2022-jp", "\u{1B}$B$3\u{1B}(B"), ("text/html; charset=utf-8", "<meta charset=utf-16>"),
        ("text/html; charset=x-nonsense", "<a href=x>"),
    ])
    func `charsets that disagree about nothing are left alone`(type: String, content: String) throws {
        #expect(try text("Content-Type: \(type)", Array(content.utf8)).text.normalizes == nil)
    }

    @Test func `uuencoded text is read, and written anew in another encoding`() throws {
        let raw = Array("begin 644 a.html\r\n$3TQ$(0  \r\n`\r\nend\r\n".utf8)
        let (message, again) = try replaced(
            "OLD", by: "NEW", "Content-Type: text/html\nContent-Transfer-Encoding: x-uuencode", raw)
        #expect(again.bytes.text == "NEW!")
        #expect(message.contains("Content-Transfer-Encoding: quoted-printable\r\n"))
    }

    @Test func `bare line ends do not leave in a part that changes`() throws {
        let (message, _) = try replaced("OLD", by: "NEW", "Content-Type: text/plain", Array("a\n.\nOLD\rb\r\n".utf8))
        #expect(message == "Content-Type: text/plain\r\n\r\na\r\n.\r\nNEW\r\nb\r\n")
    }

    @Test func `other bytes do not come into a 7bit content`() throws {
        let (message, _) = try replaced(
            "OLD", by: "N\u{e9}W", "Content-Type: text/plain", Array("OLD and more text\r\n".utf8))
        #expect(message.contains("Content-Transfer-Encoding: quoted-printable\r\n"))
        #expect(message.hasSuffix("N=C3=A9W and more text\r\n"))
    }
}
