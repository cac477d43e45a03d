// SPDX-License-Identifier: Apache-2.0

import AttachmentLinks
import TestTools
import Testing

@Suite struct PDFTests {
    private func pdf(_ body: String) -> [UInt8] { Array("%PDF-1.7\n\(body)\n%%EOF".utf8) }

    @Test(arguments: [
        "<< /S /URI /URI (http://a.example/x) >>", "<</S/URI/URI(http://a.example/x)>>",
        "<< /S /URI /URI <687474703A2F2F612E6578616D706C652F78> >>", "<< /S /U#52I /UR#49 (http://a.example/x) >>",
        "<< /URI (http://a.\\145xample/x) >>", "<< /URI (http://a.exa\\\nmple/x) >>",
        "12 0 obj (http://a.example/x) endobj",
        "<< /URI <FEFF0068007400740070003A002F002F0061002E006500780061006D0070006C0065002F0078> >>",
        "( this never closes << /URI (http://a.example/x) >>",
        "<< /S /URI /URI % a comment\n (http://a.example/x) >>", "<< /URI\n\n\t(http://a.example/x)",
    ])
    func `a link is found however it is written`(body: String) {
        #expect(Found(in: pdf(body)).urls == ["http://a.example/x"])
    }

    @Test func `brackets in an address stay in it`() {
        #expect(Found(in: pdf("/URI (http://a.example/b(c)d\\)e)")).urls == ["http://a.example/b(c)d)e"])
    }

    @Test(
        .enabled(if: Tool.isThere("python3"), "python3 is not there"),
        arguments: [
            "zlib.compress(b'5 0 << /S /URI /URI (http://a.example/x) >>')|/FlateDecode",
            "zlib.compress(b'5 0 << /S /URI /URI (http://a.example/x) >>')|/Fl#61teDecode",
            "zlib.compress(b'<< /URI (http://a.example/x) >>').hex().encode() + b'>'|[/ASCIIHexDecode /FlateDecode]",
            "base64.a85encode(zlib.compress(b'<< /URI (http://a.example/x) >>')) + b'~>'|[ /A85 /Fl ]",
            "zlib.compress(b'app.launchURL(\"http://a.example/x\")')|/FlateDecode",
            "b'\\x00\\x00' + zlib.compress(b'<< /URI (http://a.example/x) >>')[2:]|/FlateDecode",
            "zlib.compress(b'<< /URI (http://a.example/x) >>' * 3)[:-6]|/FlateDecode",
        ])
    func `a link in a stream is found with its filters undone`(row: String) throws {
        let parts = row.split(separator: "|").map(String.init)
        let program = """
            import sys, zlib, base64
            data = \(parts[0])
            sys.stdout.buffer.write(b'%PDF-1.5\\n1 0 obj\\n<< /Type /ObjStm /N 1 /First 4 /Filter \(parts[1]) /Length 1 >>\\nstream\\n' + data + b'\\nendstream\\nendobj\\n')
            """
        let content = try Tool.output("python3", ["-c", program])
        #expect(Found(in: content).urls == ["http://a.example/x"])
    }

    @Test(arguments: [
        ("<< /S /JavaScript /JS (app.alert\\(1\\)) >>", AttachmentEvidence.Kind.javaScript),
        ("<< /S /Launch /F (cmd.exe) >>", .launch),
        ("<< /S /GoToR /F (\\\\\\\\evil.example\\\\share\\\\x.pdf) /D [0] >>", .networkPath),
        ("<< /S /GoToR /F (other.pdf) >>", .remoteDocument), ("trailer << /Encrypt 5 0 R >>", .encrypted),
        ("<< /Names [(a) 3 0 R] /EmbeddedFiles 4 0 R >>", .embeddedFile),
        ("<< /S /URI /URI (javascript:alert\\(1\\)) >>", .scheme),
        ("<< /S /URI /URI (file://evil.example/s/x) >>", .networkPath),
    ])
    func `an action that is no link is evidence`(body: String, kind: AttachmentEvidence.Kind) {
        #expect(Found(in: pdf(body)).evidence.contains(kind))
    }

    @Test func `a script in a stream without filters is read`() {
        let body = "1 0 obj << /Length 40 >>\nstream\napp.launchURL(\"https://a.example/s\", true);\nendstream endobj"
        #expect(Found(in: pdf(body)).urls == ["https://a.example/s"])
    }

    @Test func `a script's addresses are links`() {
        let found = Found(in: pdf("<< /S /JavaScript /JS (this.submitForm\\('https://a.example/f'\\)) >>"))
        #expect(found.urls == ["https://a.example/f"])
    }

    @Test(.enabled(if: Tool.isThere("python3"), "python3 is not there")) func `a bomb in a stream ends at the limit`()
        throws
    {
        let program = """
            import sys, zlib
            data = zlib.compress(bytes(200_000_000), 9)
            sys.stdout.buffer.write(b'%PDF-1.5\\n' + b''.join(b'%d 0 obj << /Filter /FlateDecode >>\\nstream\\n' % i + data + b'\\nendstream endobj\\n' for i in range(20)))
            """
        let content = try Tool.output("python3", ["-c", program])
        let found = Found(in: content)
        #expect(found.scan.exceededLimits == [.inflatedBytes])
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: ["(", "/", "<", "<4", "stream\n", "/URI (", "/URI <", "/URI (\\", "obj stream", "\\", "/#"])
    func `what repeats costs no more than its length`(piece: String) {
        let content = pdf(String(repeating: piece, count: 300_000 / piece.utf8.count))
        #expect(Found(in: content).urls.isEmpty)
    }
}
