// SPDX-License-Identifier: Apache-2.0

import Bytes
import Testing
import Unpacking

@Suite struct MessageTests {
    private let message = """
        From: a@a.example\r
        MIME-Version: 1.0\r
        Content-Type: multipart/mixed; boundary=b\r
        \r
        --b\r
        Content-Type: text/html; charset=iso-8859-1\r
        \r
        <p>hello</p>\r
        --b\r
        Content-Type: application/zip; name=a.zip\r
        Content-Transfer-Encoding: base64\r
        \r
        @ZIP@\r
        --b--\r

        """

    private func message(zip: [UInt8]) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: zip.count, by: 3) {
            let group = zip[start..<min(start + 3, zip.count)]
            let bits = group.reduce(0 as UInt32) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            text += (0...group.count).map { alphabet[Int(bits >> UInt32(18 - 6 * $0) & 63)] }
            text += [UInt8](repeating: UInt8(ascii: "="), count: 3 - group.count)
        }
        return Array(message.replacing("@ZIP@", with: text.text).utf8)
    }

    @Test(arguments: [("m.eml", nil), ("m.bin", "message/rfc822"), ("m", nil)] as [(String, String?)])
    func `the parts of an attached message are its members, and what is in them`(name: String, type: String?) {
        let seen = Seen(of: message(zip: ZipBuilder.zip([("x.txt", [1, 2, 3])])), named: name, type: type)
        #expect(seen.members["\(name)/a.zip/x.txt"] == [1, 2, 3])
        let page = seen.taken.members.values.first { $0.declaredType == "text/html" }
        #expect(page?.charset == "iso-8859-1")
        #expect(page?.container == .message)
        #expect(seen.report.isComplete)
    }

    @Test func `text that begins like a field is no message`() {
        let seen = Seen(of: Array("Note: buy milk\nAnd: eggs\n\nbye".utf8), named: "note.txt")
        #expect(seen.members.count == 1)
    }
}
