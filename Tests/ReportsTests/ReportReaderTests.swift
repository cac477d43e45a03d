// SPDX-License-Identifier: Apache-2.0

import Foundation
import LinkTokens
import Mail
import Testing
import URLSyntax

@testable import Reports

/// Reports as files: each `name.eml` with `name.expected` beside it.
@Suite struct `Reports as they come` {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "messages")
    static let names =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasSuffix(".eml") }
        .sorted()

    /// `LINK` in a file stands for a link of ours, `FORGED` for one that another key signed.
    private static func link(_ keys: KeyRing) throws -> String {
        let target = Array("https://evil.example/login".utf8)
        let token = LinkToken(
            reference: MessageReference(bits: 0xA1), ordinal: 0, recipient: 1, day: 2_000, target: target)
        let mint = try #require(LinkMint(clickURL: Array("https://click.example.org".utf8), keys: keys))
        return String(decoding: try #require(mint.rewrittenURL(token, host: Array("evil.example".utf8))), as: UTF8.self)
    }

    private static func keys() throws -> KeyRing {
        try KeyRing(text: KeyRing.newFileText(at: 1_700_000_000_000), name: "keys")
    }

    private func words(_ report: UserReport) -> String {
        var lines = [
            "\(report.opinion.rawValue) \(report.form.rawValue) by \(report.reporter ?? "-")"
                + (report.language.map { " in \($0)" } ?? "") + (report.isAutomatic ? ", a machine" : "")
        ]
        for original in report.originals {
            lines.append("original \(original.subject.map { "'\($0)'" } ?? "-")")
            if let stamp = original.stamp { lines.append("  stamp \(stamp)") }
            lines += original.messageIDs.map { "  message-id \($0)" }
            lines += original.references.map { "  link of \($0)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    @Test func `there are some`() { #expect(Self.names.count >= 8) }

    @Test(arguments: names) func `are read with every trace of the message they are about`(name: String) throws {
        let path = Self.folder.appending(path: name)
        let keys = try Self.keys()
        let text = try String(contentsOf: path, encoding: .utf8)
            .replacing("LINK", with: try Self.link(keys)).replacing("FORGED", with: try Self.link(try Self.keys()))
        let expected = try String(
            contentsOf: path.deletingPathExtension().appendingPathExtension("expected"), encoding: .utf8)
        let reader = ReportReader(clickURL: "https://click.example.org", keys: keys)
        for lineEnd in ["\n", "\r\n"] {
            let bytes = Array(text.replacing("\n", with: lineEnd).utf8)
            #expect(words(try reader.read(bytes)) == expected)
        }
    }

    @Test func `of any bytes end in a report or a limit`() throws {
        let reader = ReportReader(clickURL: "https://click.example.org", keys: try Self.keys())
        var random = SystemRandomNumberGenerator()
        let words = [
            "From: a@b\n", "Subject: 3| x\n", "Content-Type: message/rfc822\n",
            "Content-Type: multipart/report; boundary=b\n",
            "\n--b\n", "--b--", "\n\n", "Feedback-Type: fraud\n", "Content-Type: message/feedback-report\n",
            "X-Rearguard-Id: 1.2\n",
            "https://click.example.org/to/a/AAAA ", "<<>>", "References: <a@b> <\n",
        ]
        for _ in 0..<3_000 {
            let text = (0..<Int.random(in: 0..<30, using: &random)).map { _ in words.randomElement(using: &random) ?? ""
            }.joined()
            _ = try? reader.read(Array(text.utf8))
        }
    }

    @Test(arguments: [
        ("Fwd: Re: hello", "hello"), ("3|WG: Rechnung", "Rechnung"), ("Phishing: Fw: x", "x"), ("re", "re"),
        ("Re:", ""),
        ("Regards: x", "Regards: x"),
    ]) func `name the subject without what forwarding put before it`(subject: String, bare: String) {
        #expect(ReportReader.withoutPrefixes(subject) == bare)
    }
}
