// SPDX-License-Identifier: Apache-2.0

import Fingerprints
import Testing

@Suite struct FileTypeTests {
    @Test(arguments: [
        ("%PDF-1.7\n%\u{E2}\n", "application/pdf"), ("GIF89a\u{1}\0\u{1}\0\0\0\0", "image/gif"),
        ("<!DOCTYPE html><title>x</title>", "text/html"), ("\n  <script>location='x'</script>", "text/html"),
        ("[InternetShortcut]\r\nURL=http://a.example/\r\n", "application/x-mswinurl"),
        ("#!/bin/sh\necho\n", "text/x-shellscript"), ("just words\n", "text/plain"), ("", "application/x-empty"),
    ])
    func `a type is told by content`(content: String, type: String) throws {
        let types = try FileTypes()
        #expect(types.mediaType(ofHead: Array(content.utf8).span) == type)
    }

    @Test func `a program is told by its header`() throws {
        var program = [UInt8](repeating: 0, count: 512)
        program.replaceSubrange(0..<2, with: Array("MZ".utf8))
        program[0x3C] = 0x80
        program.replaceSubrange(0x80..<0x86, with: [0x50, 0x45, 0, 0, 0x4C, 0x01])
        let type = try FileTypes().mediaType(ofHead: program.span)
        #expect(FileKind(mediaType: type) == .program)
    }

    @Test(arguments: [
        ("image/png", "photo.png", "application/x-dosexec", true),
        ("application/pdf", "invoice.pdf", "text/html", true),
        ("application/pdf", "invoice.pdf", "application/zip", false),
        ("application/octet-stream", "a.jpg", "text/html", true),
        ("application/zip", "a.zip", "application/x-dosexec", true),
        ("application/msword", "a.doc", "application/x-ms-shortcut", true),
    ])
    func `what is passed off as something else is a mismatch`(
        declared: String, name: String, actual: String, isGrave: Bool
    ) {
        let found = TypeMismatch.found(declaredType: declared, name: FileName(Array(name.utf8)), contentType: actual)
        #expect(!found.isEmpty)
        #expect(found.contains(where: \.isGrave) == isGrave)
    }

    @Test(arguments: [
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "a.docx", "application/zip"),
        ("application/octet-stream", "a.bin", "application/x-dosexec"),
        ("text/plain", "a.log", "application/octet-stream"),
        ("text/csv", "a.csv", "text/plain"), ("application/java-archive", "a.jar", "application/zip"),
        ("message/rfc822", "a.eml", "text/plain"), ("image/jpeg", "a.jpeg", "image/jpeg"),
        ("application/vnd.ms-excel", "a.xls", "text/plain"),
        ("application/pkcs7-signature", "smime.p7s", "application/octet-stream"),
    ])
    func `what honest senders mix up is none`(declared: String, name: String, actual: String) {
        let found = TypeMismatch.found(declaredType: declared, name: FileName(Array(name.utf8)), contentType: actual)
        #expect(found.isEmpty)
    }
}
