// SPDX-License-Identifier: Apache-2.0

import Bytes
import MIME
import Testing

/// Messages made to be slow: twice the size may take twice the time and no more.
@Suite(.serialized) struct LinearTimeTests {
    private static let multipart = "Content-Type: multipart/mixed; boundary=b\n\n"
    private static let html = "Content-Type: text/html; charset="

    /// Head, piece that is repeated, tail.
    static let families: [(name: String, head: String, piece: String, tail: String)] = [
        ("parts", multipart, "--b\n\nx\n", ""), ("delimiters that are none", multipart, "--bx\n", ""),
        ("long delimiters", multipart, "--b" + String(repeating: "x", count: 300) + "\n", ""),
        ("parts after the close", multipart + "--b--\n", "--b\n\nx\n", ""),
        ("parts without a boundary", multipart, "--b\nContent-Type: multipart/mixed\n\nx\n", ""),
        ("parts with two types", multipart, "--b\nContent-Type: text/plain\nContent-Type: text/html\n\nx\n", ""),
        ("lines of hyphens where no boundary is named", "Content-Type: multipart/mixed\n\n", "---\n", "--b\n\nx\n"),
        ("bare CR delimiters", multipart + "--b\n\n", "x\r--b\r", ""),
        ("header fields", "", "A: b\n", "\n"), ("MIME fields", "", "Content-Type: text/html\n", "\n"),
        ("white lines", "A: b\n", " \n", "\n"), ("one long field", "A: ", "b", "\n\n"),
        ("comments", "Content-Type: text/html", "(", "\n\n"), ("semicolons", "Content-Type: text/html", ";", "\n\n"),
        ("quotes", "Content-Type: text/html; a=", "\"", "\n\n"),
        ("encoded words", "Subject: ", "=?utf-8?q?a?= ", "\n\n"),
        ("soft breaks", "Content-Transfer-Encoding: quoted-printable\n\n", "=\n", ""),
        ("escapes", "Content-Transfer-Encoding: quoted-printable\n\n", "=3D=Z= ", ""),
        ("padded groups", "Content-Transfer-Encoding: base64\n\n", "aA==", ""),
        ("one base64 line", "Content-Transfer-Encoding: base64\n\n", "aGVsbG8h", ""),
        ("hyphens", multipart, "-", ""), ("one long line", html + "utf-8\n\n", "x", ""),
        ("bad Shift_JIS", html + "shift_jis\n\n", "\u{82}<", ""), ("UTF-7 shifts", html + "utf-7\n\n", "+ADw-", ""),
        ("JIS shifts", html + "iso-2022-jp\n\n", "\u{1B}$B$3\u{1B}(B", ""),
        ("HZ shifts", html + "hz\n\n", "~{Dc~}", ""),
        ("meta tags", html + "shift_jis\n\n", "<meta charset=", ""),
        ("uuencode", "Content-Transfer-Encoding: x-uue\n\n", "$3TQ$(0\n", ""),
        ("carriage returns", "X: a\rb\n\n", "\r", ""),
    ]

    private func message(_ name: String, size: Int) throws -> [UInt8] {
        let family = try #require(Self.families.first { $0.name == name })
        let piece = crlf(family.piece)
        return crlf(family.head) + repeatElement(piece, count: size / piece.count).joined() + crlf(family.tail)
    }

    private func seconds(_ bytes: [UInt8], _ limits: MIMELimits) throws -> Double {
        let time = try ContinuousClock().measure {
            let readings = try EntityTree.readings(of: bytes, limits: limits)
            _ = readings.normalized()
            for leaf in readings.first.leaves {
                let text = readings.first.text(leaf)
                let middle = text.bytes.count / 2
                _ = try text.change([Patch(range: middle..<middle, replacement: Array("NEW".utf8))])
            }
            for field in readings.first.root.header.fields { _ = EncodedWords.decode(bytes[field.value]) }
        }
        return Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
    }

    @Test(arguments: families.map(\.name)) func `twice the flood takes at most 2.3 times as long`(name: String) throws {
        var limits = MIMELimits()
        limits.entities = 1_000_000
        limits.headerFields = 1_000_000
        limits.headerSize = 1 << 30
        let size = 200_000
        let small = try message(name, size: size)
        let large = try message(name, size: 2 * size)
        // The best of several runs: what else the machine does only adds.
        var ratio = Double.infinity
        for _ in 0..<8 where ratio > 2.3 {
            let one = try (0..<3).map { _ in try seconds(small, limits) }.min() ?? 0
            let two = try (0..<3).map { _ in try seconds(large, limits) }.min() ?? 0
            // Below a millisecond nothing can be told.
            ratio = min(ratio, two < 0.001 ? 2 : two / one)
        }
        #expect(ratio <= 2.3, "\(name)")
    }
}
