// SPDX-License-Identifier: Apache-2.0

import Fingerprints
import Testing

@Suite struct FileNameTests {
    @Test(arguments: ["invoice.pdf", "Bericht für März.docx", "報告書.xlsx", "archive.tar.gz", "v1.2.3 notes.txt", "a"])
    func `an honest name stays as it is`(name: String) {
        let file = FileName(Array(name.utf8))
        #expect(file.safe == name)
        #expect(file.shown == name)
        #expect(file.tricks.isEmpty)
    }

    @Test(arguments: [
        ("invoice\u{202E}fdp.exe", FileName.Trick.direction), ("invoice\u{202E}fdp.exe", .disguise),
        ("invoice.pdf.exe", .doubleEnding), ("invoice.pdf            .exe", .padding), ("../../etc/passwd", .path),
        ("C:\\Windows\\x.dll", .path), ("CON", .device), ("lpt1.txt", .device), ("nul .txt", .device),
        ("x.exe.", .ending), ("x.exe ", .ending), ("x.txt:evil.exe", .stream), ("a\r\nb.txt", .control),
        ("a\u{200B}.txt", .invisible), ("a\u{00A0}.txt", .invisible), ("a\u{2215}b.txt", .path),
    ])
    func `a trick is named`(name: String, trick: FileName.Trick) {
        #expect(FileName(Array(name.utf8)).tricks.contains(trick))
    }

    @Test func `an override shows another ending than the one that counts`() {
        let file = FileName(Array("invoice\u{202E}fdp.exe".utf8))
        #expect(file.shown == "invoiceexe.pdf")
        #expect(file.ending == "exe")
        #expect(file.safe == "invoicefdp.exe")
    }

    @Test(arguments: [
        "", ".", "..", "/", "\\", "\u{202E}", " ", "CON", "-rf", ".bashrc", "a/b", "a\u{0}b", "$(id)", "`id`", "x:y",
    ])
    func `a safe name is one component that does nothing`(name: String) {
        let safe = FileName(Array(name.utf8)).safe
        #expect(!safe.isEmpty)
        #expect(!safe.hasPrefix(".") && !safe.hasPrefix("-"))
        #expect(safe.unicodeScalars.allSatisfy { !"/\\:*?\"<>|`$&;'".unicodeScalars.contains($0) && $0.value >= 0x20 })
        #expect(safe.uppercased() != "CON")
    }

    @Test func `a long name is cut and keeps its ending`() {
        let file = FileName(Array((String(repeating: "ä", count: 400) + ".docx").utf8))
        #expect(file.safe.utf8.count <= FileName.maximalSize)
        #expect(file.safe.hasSuffix(".docx"))
        #expect(file.tricks.contains(.length))
    }

    @Test func `bytes that are no text are named and made text`() {
        let file = FileName([0x61, 0xFF, 0xFE, 0x2E, 0x74, 0x78, 0x74])
        #expect(file.tricks.contains(.encoding))
        #expect(file.ending == "txt")
    }
}
