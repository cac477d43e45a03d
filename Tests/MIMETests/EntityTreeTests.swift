// SPDX-License-Identifier: Apache-2.0

import Bytes
import MIME
import Mail
import Testing

@Suite struct EntityTreeTests {
    @Test func `a message without MIME fields is one plain text`() throws {
        #expect(try outline(crlf("Subject: hi\n\nhello\n")) == ["- text/plain hello|"])
    }

    @Test func `parts are numbered as IMAP numbers them`() throws {
        let message = crlf(
            """
            Content-Type: multipart/mixed; boundary=out

            preamble
            --out
            Content-Type: multipart/alternative; boundary=in

            --in

            plain
            --in
            Content-Type: text/html

            <p>html
            --in--
            --out
            Content-Type: message/rfc822

            Subject: inner
            Content-Type: multipart/mixed; boundary=deep

            --deep

            one
            --deep
            Content-Type: message/rfc822

            Subject: innermost

            two
            --deep--
            --out--
            epilogue

            """)
        #expect(
            try outline(message) == [
                "- multipart/mixed", "1 multipart/alternative", "1.1 text/plain plain", "1.2 text/html <p>html",
                "2 message/rfc822", "2 multipart/mixed", "2.1 text/plain one", "2.2 message/rfc822",
                "2.2.1 text/plain two",
            ])
    }

    @Test(arguments: [
        ("no close", "--b\n\none\n--b\n\ntwo\n", ["1 text/plain one", "2 text/plain two|"]),
        ("empty parts", "--b\n\n--b\n--b--\n", ["1 text/plain ", "2 text/plain "]),
        ("white space behind the boundary", "--b \t\n\none\n--b-- \n", ["1 text/plain one"]),
        ("a longer line is no delimiter", "--b\n\none\n--bb\n--b--\n", ["1 text/plain one|--bb"]),
        ("no empty line before the content", "--b\nA: b\nno field\n--b--", ["1 text/plain no field"]),
        (
            "a header section that a delimiter ends", "--b\nA: b\n--b\n\ntwo\n--b--",
            ["1 text/plain ", "2 text/plain two"]
        ),
        ("nothing after the close is a part", "--b\n\none\n--b--\n--b\n\ntwo\n", ["1 text/plain one"]),
        ("no parts at all", "text\n", []),
    ])
    func `multiparts are read as mail clients read them`(what: String, body: String, parts: [String]) throws {
        let text = "Content-Type: multipart/mixed; boundary=b\n\n\(body)"
        #expect(try outline(crlf(text)).dropFirst() == parts[...], "\(what)")
        #expect(try outline(Array(text.utf8)).dropFirst() == parts[...], "\(what), bare line feeds")
    }

    @Test func `of two open multiparts with one boundary the inner takes the lines until its close`() throws {
        let message = crlf(
            """
            Content-Type: multipart/mixed; boundary=b

            --b
            Content-Type: multipart/mixed; boundary=b

            --b

            inner
            --b--
            --b

            outer
            --b--

            """)
        #expect(
            try outline(message) == [
                "- multipart/mixed", "1 multipart/mixed", "1.1 text/plain inner", "2 text/plain outer",
            ])
    }

    @Test func `a delimiter of the outer multipart ends an inner one that was never closed`() throws {
        let message = crlf(
            """
            Content-Type: multipart/mixed; boundary=out

            --out
            Content-Type: multipart/mixed; boundary=outer

            --outer

            inner
            --out

            next
            --out--
            """)
        #expect(
            try outline(message) == [
                "- multipart/mixed", "1 multipart/mixed", "1.1 text/plain inner", "2 text/plain next",
            ])
    }

    @Test func `a digest's parts are messages`() throws {
        let message = crlf(
            "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: one\n\nfirst\n--b\nContent-Type: text/plain\n\nplain\n--b--\n"
        )
        #expect(
            try outline(message) == [
                "- multipart/digest", "1 message/rfc822", "1.1 text/plain first", "2 text/plain plain",
            ])
    }

    @Test(arguments: [
        "text", "plain", "/", "text/", "multipart/mixed", "multipart/mixed; boundary=\"\"", ";charset=utf-8",
        "(comment)",
    ])
    func `a type that says nothing counts as plain text`(type: String) throws {
        #expect(try outline(crlf("Content-Type: \(type)\n\nbody")) == ["- text/plain body"])
    }

    @Test func `a transfer-encoded message is left closed`() throws {
        let message = crlf("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogaGk=")
        #expect(try outline(message) == ["- message/rfc822 U3ViamVjdDogaGk="])
    }

    @Test(arguments: [
        ("signed; protocol=\"application/pgp-signature\"", "pgp-signature", Protection.pgpSigned),
        ("signed; protocol=\"application/pkcs7-signature\"", "pkcs7-signature", .smimeSigned),
        ("signed; protocol=application/x-pkcs7-signature", "x-pkcs7-signature", .smimeSigned),
        ("signed", "pgp-signature", .signed), ("signed; protocol=application/x-own", "x-own", .signed),
    ])
    func `everything inside the first two parts of a protected multipart is protected`(
        type: String, signature: String, protection: Protection
    ) throws {
        let tree = try EntityTree.parse(
            crlf(
                """
                Content-Type: multipart/\(type); boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=c\n
                --c\n\none\n--c--\n--b\nContent-Type: application/\(signature)\n\niQ==\n--b\n\nthree\n--b--\n
                """))
        #expect(tree.entities.map(\.protection) == [protection, protection, protection, protection, nil])
    }

    @Test func `a multipart is encrypted when it has a control part and the encrypted one`() throws {
        func protections(_ first: String, _ second: String) throws -> [Protection?] {
            try EntityTree.parse(
                crlf(
                    """
                    Content-Type: multipart/encrypted; boundary=b\n\n--b\nContent-Type: \(first)\n\nVersion: 1
                    --b\nContent-Type: \(second)\n\nhQ\n--b--\n
                    """)
            ).entities.map(\.protection)
        }
        #expect(
            try protections("application/pgp-encrypted", "application/octet-stream")
                == [.encrypted, .encrypted, .encrypted])
        #expect(try protections("text/html", "application/octet-stream") == [nil, nil, nil])
        #expect(try protections("application/pgp-encrypted", "text/html") == [nil, nil, nil])
    }

    @Test(arguments: ["", "--b\n\ntext\n", "--b\nContent-Type: application/pgp-signature\n\n \n"])
    func `what is signed in name only is not protected`(signature: String) throws {
        let tree = try EntityTree.parse(
            crlf("Content-Type: multipart/signed; boundary=b\n\n--b\n\none\n\(signature)--b--\n"))
        #expect(tree.entities.allSatisfy { $0.protection == nil })
    }

    @Test(arguments: [
        ("application/pkcs7-mime; smime-type=signed-data", Protection.smimeSigned),
        ("application/x-pkcs7-mime; smime-type=enveloped-data", .encrypted), ("application/pkcs7-mime", .encrypted),
    ])
    func `opaque S/MIME is protected`(type: String, protection: Protection) throws {
        #expect(try EntityTree.parse(crlf("Content-Type: \(type)\n\nMIIB")).root.protection == protection)
    }

    @Test func `ranges of header fields cover name, folded value and whole field`() throws {
        let bytes = crlf("From bounce@example.org Thu Jan  1\nA:1\nB : two\n\tfolds\n \n more\nC:\n\nbody")
        let tree = try EntityTree.parse(bytes)
        let texts = tree.root.header.fields.map { [bytes[$0.name].text, bytes[$0.value].text, bytes[$0.range].text] }
        #expect(
            texts == [
                ["A", "1", "A:1\r\n"],
                ["B", " two\r\n\tfolds\r\n \r\n more", "B : two\r\n\tfolds\r\n \r\n more\r\n"], ["C", "", "C:\r\n"],
            ])
        #expect(bytes[tree.root.content].text == "body")
        #expect(tree.root.header.value("b", in: bytes)?.text == " two\r\n\tfolds\r\n \r\n more")
    }

    @Test func `the header section alone can be read`() throws {
        let header = try EntityTree.header(of: crlf("A: 1\nB: 2\n\nC: 3\n"))
        #expect(header.fields.count == 2)
    }

    @Test(arguments: [[], Array("\n".utf8), Array("a".utf8), Array("a:".utf8), Array("--".utf8), [0x0D], [0x0D, 0x0A]])
    func `the smallest messages are messages`(bytes: [UInt8]) throws {
        #expect(try EntityTree.parse(bytes).entities.count == 1)
    }

    @Test func `another transfer encoding is written into the fields, or into a new one`() throws {
        func changed(_ text: String) throws -> String {
            let tree = try EntityTree.parse(crlf(text))
            return try tree.patches(changing: tree.root, to: .quotedPrintable).applied(to: tree.bytes).text
        }
        #expect(
            try changed("Content-Transfer-Encoding: 8bit\nX: y\nContent-transfer-encoding:7bit\n\nbody")
                == "Content-Transfer-Encoding: quoted-printable\r\nX: y\r\nContent-transfer-encoding: quoted-printable\r\n\r\nbody"
        )
        #expect(try changed("X: y\n\nbody") == "X: y\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nbody")
        #expect(try changed("no field") == "Content-Transfer-Encoding: quoted-printable\r\n\r\nno field")
    }
}
