// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A mail of ours to one person: plain text in any language.
package struct OutgoingMail: Hashable, Sendable {
    /// The value of From: `Security <security@example.org>`, or an address.
    package let from: String
    package let recipient: String
    package let subject: String
    /// Lines, with line feeds.
    package let text: String

    package init(from: String, recipient: String, subject: String, text: String) {
        self.from = from
        self.recipient = recipient
        self.subject = subject
        self.text = text
    }

    /// The message (RFC 5322), its lines ended by CR LF.
    ///
    /// The text is base64: no line that an MTA has to break, and no dot that ends it early.
    var bytes: [UInt8] {
        let fields = [
            "From: \(Self.oneLine(from))", "To: \(Self.oneLine(recipient))", "Subject: \(Self.encodedWords(subject))",
            "Date: \(Self.date(Date()))", "Auto-Submitted: auto-replied", "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64",
        ]
        let options: Data.Base64EncodingOptions = [
            .lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed,
        ]
        return Array(
            (fields + ["", Data(text.utf8).base64EncodedString(options: options), ""]).joined(separator: "\r\n").utf8)
    }

    /// What comes from elsewhere cannot begin a field of its own.
    private static func oneLine(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }))
    }

    /// The subject as encoded words (RFC 2047) where it is not ASCII: each at most 75 characters, cut between characters.
    static func encodedWords(_ text: String) -> String {
        let text = oneLine(text)
        guard !text.utf8.allSatisfy({ $0 < 0x7F }) else { return text }
        var words: [String] = []
        var word = ""
        for character in text {
            if word.utf8.count + character.utf8.count > 42 {
                words.append(word)
                word = ""
            }
            word.append(character)
        }
        return (words + [word]).map { "=?utf-8?B?\(Data($0.utf8).base64EncodedString())?=" }.joined(separator: "\r\n ")
    }

    /// `Fri, 27 Nov 2026 22:50:00 +0000` (RFC 5322, section 3.3).
    static func date(_ date: Date) -> String {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "UTC")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss '+0000'"
        return format.string(from: date)
    }
}
