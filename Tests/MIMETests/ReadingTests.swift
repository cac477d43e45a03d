// SPDX-License-Identifier: Apache-2.0

import Bytes
import MIME
import Testing

/// What mail clients read differently, and what becomes of it.
@Suite struct ReadingTests {
    private static let html = "Content-Type: text/html\n\n<a href=x>\n"

    @Test(arguments: [
        ("plain text", "Subject: x\n\nhello\n"),
        ("two same fields", "Content-Type: text/html\nContent-Type: text/html\n\nx\n"),
        ("folded and commented", "Content-Type:\n text/html (x);\n\tcharset\n =\n \"utf-8\"\n\nx\n"),
        ("an epilogue", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n-- \nfooter\n"),
        ("a missing close", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n"),
        (
            "an inner boundary that begins with the outer",
            "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=b1\n\n--b1\n\nx\n--b1--\n--b--\n"
        ),
        ("a multipart without a boundary or parts", "Content-Type: multipart/mixed\n\nhello\n--\nBob\n-----\n"),
        (
            "a part without a boundary or parts",
            "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed\n\nhello\n--b--\n"
        ),
        ("a bare CR in text", "Content-Type: text/plain\n\na\rb\n"),
    ])
    func `harmless oddities have one reading`(what: String, message: String) throws {
        let others = try EntityTree.readings(of: crlf(message)).others
        #expect(others.map(\.ambiguity) == [], "\(what)")
    }

    @Test(arguments: [
        ("Content-Type: text/plain\nContent-Type: text/html\n\n<a>\n", "last duplicate", "text/html <a>"),
        ("Content-Type: text/html; charset=utf-8; charset=utf-7\n\n+ADw-\n", "last duplicate", "text/html +ADw-"),
        (
            "Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\nContent-Transfer-Encoding: 8bit\n\n=3D\n",
            "last duplicate", "text/html =3D"
        ),
        ("X: y\n \t\nContent-Type: text/html\n\n<a>\n", "last duplicate", "text/plain Content-Type: text/html||<a>"),
        ("Content-Type : text/html\n\n<a>\n", "last duplicate", "text/plain <a>"),
        ("X: y\rContent-Type: text/html\n\n<a>\n", "bare CR", "text/html <a>"),
        ("junk\nContent-Type: text/html\n\n<a>\n", "no leniency", "text/html <a>"),
        ("Content-Type: html\n\n<a>\n", "no leniency", "text/plain <a>"),
        ("Content-Type: text/html\nContent-Transfer-Encoding: xbase64\n\nPGE+\n", "no leniency", "text/html PGE+"),
        (
            "Content-Type: multipart/mixed; boundary=b; boundary=c\n\n--b\n\nx\n--c\n\(html)--c--\n--b--\n",
            "last duplicate", "text/html <a href=x>"
        ),
        (
            "Content-Type: multipart/mixed; boundary=b; boundary*0=c\n\n--b\n\nx\n--c\n\(html)--c--\n--b--\n",
            "last duplicate", "text/html <a href=x>"
        ),
        (
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--bad\n\(html)--b--\n", "boundary by prefix",
            "text/html <a href=x>"
        ),
        (
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\r--b\n\(html)--b--\n", "bare CR",
            "text/html <a href=x>"
        ),
        (
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n--b\n\(html)--b--\n",
            "parts after the close",
            "text/html <a href=x>"
        ),
        (
            "Content-Type: multipart/mixed; boundary=p(1)x\n\n--p(1)x\n\(html)--p(1)x--\n", "parts after the close",
            "text/html <a href=x>"
        ),
        (
            "Content-Type: multipart/mixed\n\nhello\n--b\n\(html)--b--\n", "guessed boundary",
            "text/html <a href=x>"
        ),
        (
            "Content-Type: multipart/mixed; boundary=\"a\\\"b\"\n\n--a\\\"b\n\(html)--a\\\"b--\n", "no leniency",
            "text/html <a href=x>"
        ),
        (
            "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\nLS1iDQpDb250ZW50LVR5cGU6IHRleHQvaHRtbA0KDQo8YT4NCi0tYi0t\n",
            "encoded container", "text/html <a>"
        ),
        (
            "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nQ29udGVudC1UeXBlOiB0ZXh0L2h0bWwNCg0KPGE+\n",
            "encoded container", "text/html <a>"
        ),
    ])
    func `what clients show differently is another reading, and can be written so that all agree`(
        message: String, reason: String, leaf: String
    ) throws {
        let readings = try EntityTree.readings(of: crlf(message))
        let other = try #require(readings.others.first { $0.ambiguity.reason == reason })
        #expect(other.leaves.map { show($0, in: other.tree) }.contains { $0.hasPrefix(leaf) }, "\(message)")
        let normalized = try #require(readings.normalized(), "\(message)")
        #expect(try EntityTree.readings(of: normalized.bytes).others.isEmpty)
        guard reason != "encoded container" else { return }
        let again = try EntityTree.parse(normalized.bytes)
        #expect(again.leaves.map { show($0, in: again) } == readings.first.leaves.map { show($0, in: readings.first) })
    }

    private func show(_ leaf: Entity, in tree: EntityTree) -> String {
        let text = tree.bytes[leaf.content].filter { $0 != .carriageReturn }.map { $0 == .lineFeed ? 0x7C : $0 }
        return "\(leaf.contentType.mediaType) \(text.text)"
    }

    @Test func `parts in the clear inside a container that says it is encoded are read twice over`() throws {
        func message(_ link: String) -> [UInt8] {
            crlf(
                "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: quoted-printable\n\n--b\nContent-Type: text/html\n\n\(link)\n--b--\n"
            )
        }
        let readings = try EntityTree.readings(of: message("<a href=3Dx>"))
        let other = try #require(readings.others.first)
        #expect(other.leaves.map { show($0, in: other.tree) } == ["text/html <a href=x>"])
        let normalized = try #require(readings.normalized())
        let again = try EntityTree.parse(normalized.bytes)
        #expect(again.leaves.map { show($0, in: again) } == ["text/html <a href=3Dx>"])
        #expect(try EntityTree.readings(of: message("<a>")).others.isEmpty)
    }

    @Test func `the header fields of a normalised message are told to the MTA`() throws {
        let message = crlf("Content-Type: text/plain\nX: a\n \n b\nContent-Type: text/html\n\n<a>\n")
        let normalized = try #require(try EntityTree.readings(of: message).normalized())
        #expect(normalized.bytes.text == "Content-Type: text/plain\r\nX: a\r\n b\r\n\r\n<a>\r\n")
        let changes = normalized.fields.map { "\($0.name) \($0.occurrence) \($0.value?.text ?? "-")" }.sorted()
        #expect(changes == ["Content-Type 1 text/plain", "Content-Type 2 -", "X 1 a\r\n b"])
    }

    @Test func `a signed part is never normalised`() throws {
        let message = crlf(
            "Content-Type: multipart/signed; boundary=b; protocol=\"application/pgp-signature\"\n\n"
                + "--b\nContent-Type: text/plain\nContent-Type: text/html\n\n<a>\n"
                + "--b\nContent-Type: application/pgp-signature\n\n-----BEGIN PGP SIGNATURE-----\n--b--\n")
        let readings = try EntityTree.readings(of: message)
        #expect(!readings.others.isEmpty)
        #expect(readings.normalized() == nil)
    }
}
