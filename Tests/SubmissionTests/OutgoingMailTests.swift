// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Submission

@Suite struct `A mail of ours` {
    @Test(arguments: [
        ("About it", "About it"), ("Zu prüfen", "=?utf-8?B?WnUgcHLDvGZlbg==?="), ("a\r\nBcc: x", "aBcc: x"),
    ])
    func `has a subject in any language, and on its own line`(text: String, field: String) {
        #expect(OutgoingMail.encodedWords(text) == field)
    }

    @Test func `has a subject of words that are short enough, cut between characters`() {
        let words = OutgoingMail.encodedWords(String(repeating: "\u{E9}\u{1F600}", count: 40)).split(separator: "\r\n ")
        #expect(words.count > 5 && words.allSatisfy { $0.utf8.count <= 75 && $0.hasPrefix("=?utf-8?B?") })
    }

    @Test func `is written with CR LF, and gives no way to another field`() throws {
        let mail = OutgoingMail(
            from: "S <s@example.org>", recipient: "a@example.org\r\nBcc: b@example.org", subject: "x",
            text: "Grüße\n.\n")
        let text = String(decoding: mail.bytes, as: UTF8.self)
        #expect(text.split(separator: "\r\n").filter { $0.hasPrefix("Bcc") }.isEmpty)
        #expect(!text.replacing("\r\n", with: "").contains { $0 == "\r" || $0 == "\n" })
        let body = try #require(text.split(separator: "\r\n\r\n").last)
        #expect(Data(base64Encoded: String(body).replacing("\r\n", with: "")) == Data("Grüße\n.\n".utf8))
    }

    @Test func `is dated as RFC 5322 wants it`() {
        #expect(OutgoingMail.date(Date(timeIntervalSince1970: 1_795_819_800)) == "Fri, 27 Nov 2026 22:50:00 +0000")
    }
}

@Suite struct `The way to the MTA` {
    @Test(
        arguments: [
            ("/usr/sbin/sendmail", "/usr/sbin/sendmail"), ("smtp://127.0.0.1", "smtp://127.0.0.1:25"),
            ("smtp://mail.example.org:2525", "smtp://mail.example.org:2525"), ("smtp://[::1]", "smtp://[::1]:25"),
            ("smtp://[::1]:26", "smtp://[::1]:26"), ("sendmail", nil), ("smtp://", nil), ("smtp://a:0", nil),
            ("smtp://a:x", nil),
            ("smtp://u@h", nil), ("http://a", nil),
        ] as [(String, String?)])
    func `is a command or a port`(text: String, read: String?) {
        #expect(Submission(text)?.description == read)
    }

    @Test(arguments: ["smtp://127.0.0.1:1", "/nonexistent/sendmail", "/bin/false"])
    func `that is closed is told`(text: String) async throws {
        _ = signal(SIGPIPE, SIG_IGN)  // as the daemon does: a command that ends early is an error of the write
        let mail = OutgoingMail(from: "a@example.org", recipient: "b@example.org", subject: "x", text: "y\n")
        let submission = try #require(Submission(text))
        await #expect(throws: SubmissionError.self) { try await submission.send(mail) }
    }
}
