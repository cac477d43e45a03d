// SPDX-License-Identifier: Apache-2.0

import Bytes
import MIME
import Testing

@Suite struct FieldTests {
    private func entity(_ fields: String) throws -> Entity {
        try EntityTree.parse(crlf("\(fields)\n\nbody")).root
    }

    @Test(arguments: [
        ("Text/HTML; charset=UTF-8", "text/html", "UTF-8"), ("text/html;charset=\"utf-8\"", "text/html", "utf-8"),
        (" text (a (nested) comment) / html ; charset (x) = (y) utf-8 (z)", "text/html", "utf-8"),
        ("text/html; a=\"x;charset=no\"; charset=yes", "text/html", "yes"),
        ("text/html;; ; charset=one; charset=two", "text/html", "one"),
        ("text\n /html\n ;\n\tcharset\n =\n utf-8", "text/html", "utf-8"),
        ("text/html; charset=\"a\\\"b\"", "text/html", "a\"b"), ("text/html; charset=\"open", "text/html", "open"),
        ("text/html; charset", "text/html", nil), ("text/html; charset*0=ut; charset*1=f-8", "text/html", "utf-8"),
        ("text/html; charset*=us-ascii'en'ut%66-8", "text/html", "utf-8"),
    ])
    func `types and parameters are read`(value: String, type: String, charset: String?) throws {
        let entity = try entity("Content-Type: \(value)")
        #expect(entity.contentType.mediaType == type)
        #expect(entity.contentType.parameters["charset"]?.text == charset)
    }

    @Test(arguments: [
        ("attachment; filename=\"a b.pdf\"", "a b.pdf"),
        ("attachment; filename=My plan (2).pdf ; size=1", "My plan (2).pdf"),
        ("attachment; filename*=utf-8''na%C3%AFve%20plan.pdf", "naïve plan.pdf"),
        ("attachment; filename*=iso-8859-1'fr'na%EFve.pdf; filename=naive.pdf", "naïve.pdf"),
        ("attachment; filename*1=\"b.pdf\"; filename*0*=windows-1252''%80", "€b.pdf"),
        ("attachment; filename*0*=utf-8''a%C3; filename*1*=%A9; filename*2=\"%20.pdf\"; filename*4=x", "aé%20.pdf"),
        ("attachment; filename=\"=?utf-8?B?w6kucGRm?=\"", "é.pdf"),
        ("attachment; filename=\"=?iso-8859-1?q?=E9=20?=\n =?iso-8859-1?q?b.pdf?=\"", "é b.pdf"),
        ("attachment; filename*=bad%ZZ%2", "bad%ZZ%2"), ("attachment", nil),
    ])
    func `file names are decoded`(value: String, name: String?) throws {
        #expect(try entity("Content-Disposition: \(value)").fileName == name)
    }

    @Test func `the disposition's file name counts before the type's`() throws {
        #expect(try entity("Content-Type: a/b; name=type").fileName == "type")
        #expect(try entity("Content-Type: a/b; name=type\nContent-Disposition: inline; filename=d").fileName == "d")
    }

    @Test(arguments: [
        ("base64", TransferEncoding.base64), (" BASE64 (really)", .base64), ("\"base64\"", .base64),
        ("base64;", .base64),
        ("quoted-printable", .quotedPrintable), ("8BIT", .eightBit), ("", .sevenBit), ("7bit", .sevenBit),
        ("x-uuencode", .uuencode), ("x-base64", .base64), ("(a) Base64 (b)", .base64),
        ("x-none", .unknown(name: "x-none")), ("binary", .binary),
    ])
    func `transfer encodings are read`(value: String, encoding: TransferEncoding) throws {
        #expect(try entity("Content-Transfer-Encoding: \(value)").encoding == encoding)
    }

    @Test(arguments: [
        ("plain", "plain"), (" two\r\n lines ", "two lines"), ("=?utf-8?Q?caf=C3=A9_x?= y", "café x y"),
        ("=?UTF-8?b?Y2Fmw6k=?=", "café"), ("a =?utf-8?q?b?= c", "a b c"), ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?=C3?=\r\n =?utf-8?q?=A9?=", "é"), ("=?iso-8859-15?q?=A4?=", "€"),
        ("=?windows-1252?q?=93x=94?=", "“x”"), ("=?iso-8859-1*fr?q?=E9?=", "é"), ("caf\u{e9}", "café"),
        ("=?utf-7?q?+AGE-?=", "a"), ("=?iso-2022-jp?b?GyRCJDMbKEI=?=", "こ"), ("=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        ("=?utf-8?q?open", "=?utf-8?q?open"), ("=?=?=?", "=?=?=?"), ("x =? y", "x =? y"), ("", ""),
    ])
    func `encoded words are decoded for reading`(value: String, text: String) {
        #expect(EncodedWords.decode(Array(value.utf8)[...]) == text)
    }

    @Test func `raw bytes beyond ASCII are read as UTF-8 or windows-1252`() {
        #expect(EncodedWords.decode([0x63, 0xE9]) == "cé")
        #expect(EncodedWords.decode([0x63, 0xC3, 0xA9]) == "cé")
    }
}

@Suite struct CharsetTests {
    @Test(arguments: [
        "", "utf-8", "US-ASCII", "iso-8859-7", "windows-1251", "koi8-r", "x-unknown", "\"utf-8\"",
        " 'utf-8' format=flowed", "x-user-defined",
    ])
    func `links can be searched where bytes are ASCII`(label: String) {
        #expect(Charset(label: Array(label.utf8)).isScannable)
    }

    @Test(arguments: [
        ("UTF-16", "utf-16le"), ("utf-16be", "utf-16be"), ("utf-7", "utf-7"), ("UNICODE-1-1-UTF-7", "utf-7"),
        ("iso-2022-jp", "iso-2022-jp"), ("hz-gb-2312", "hz"), ("ibm037", "ibm037"), ("utf-32be", "utf-32be"),
        ("gb2312", "gbk"), ("Shift_JIS", "shift_jis"), ("big5", "big5"), ("euc-jp", "euc-jp"),
        ("ks_c_5601-1987", "euc-kr"),
    ])
    func `text is converted where ASCII bytes may be something else`(label: String, name: String) {
        #expect(Charset(label: Array(label.utf8)) == .converted(name: name))
    }

    @Test(arguments: ["scsu", "ibm1364", "x-imap4-modified-utf7", "utf-16-strange"])
    func `sets that nothing here converts are told apart`(label: String) {
        #expect(Charset(label: Array(label.utf8)) == .opaque(name: label))
    }

    @Test func `a byte order mark outweighs the label`() {
        #expect(!Charset.utf8.checked(against: [0xFF, 0xFE, 0x3C, 0x00]).isScannable)
        #expect(Charset.utf8.checked(against: [0xEF, 0xBB, 0xBF]).isScannable)
    }

    @Test func `the Latin sets are read`() {
        let bytes: [UInt8] = [0x41, 0x80, 0xA4, 0xE9]
        #expect(Charset.windows1252.text(bytes) == "A€¤é")
        #expect(Charset.latin9.text([0x41, 0xA4, 0xBD, 0xE9]) == "A€œé")
        #expect(Charset(label: Array("koi8-r".utf8)).text([0x41, 0xC1]) == "Aа")
    }
}
