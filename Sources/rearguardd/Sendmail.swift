// SPDX-License-Identifier: Apache-2.0

import Foundation
import Investigations

/// Gives mail to the MTA by its `sendmail` command, which takes it into its queue.
struct Sendmail: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// An MTA that takes longer to take one mail has a trouble of its own.
    private static let limit = Duration.seconds(30)

    let command: String
    /// The value of From: `Security <security@example.org>`, or an address.
    let from: String

    func send(_ answer: ReportAnswer) async throws {
        let process = Process()
        process.executableURL = URL(filePath: command)
        // The null sender: an answer is answered by nobody (RFC 3834, section 3.3).
        process.arguments = ["-oi", "-f", "", "--", answer.recipient]
        let input = Pipe()
        process.standardInput = input
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { throw Failure(description: "\(command): \(error.localizedDescription)") }
        // A mail is smaller than a pipe, so this does not wait for who reads.
        try input.fileHandleForWriting.write(contentsOf: Data(message(answer)))
        try input.fileHandleForWriting.close()
        let end = ContinuousClock.now + Self.limit
        while process.isRunning {
            guard ContinuousClock.now < end else {
                process.terminate()
                throw Failure(description: "\(command): no end within \(Self.limit)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        guard process.terminationStatus == 0 else {
            throw Failure(description: "\(command): exit code \(process.terminationStatus)")
        }
    }

    /// RFC 5322, with the text as base64: any language, and no line that an MTA has to break.
    func message(_ answer: ReportAnswer) -> [UInt8] {
        let fields = [
            "From: \(from)", "To: \(answer.recipient)", "Subject: \(Self.encodedWords(answer.subject))",
            "Auto-Submitted: auto-replied", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: base64",
        ]
        let body = Data(answer.text.utf8).base64EncodedString(options: [.lineLength76Characters, .endLineWithLineFeed])
        return Array((fields.joined(separator: "\n") + "\n\n" + body + "\n").utf8)
    }

    /// RFC 2047: each word at most 75 characters, cut between characters.
    static func encodedWords(_ text: String) -> String {
        guard !text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return text }
        var words: [String] = []
        var word = ""
        for character in text {
            if word.utf8.count + character.utf8.count > 42 {
                words.append(word)
                word = ""
            }
            word.append(character)
        }
        return (words + [word]).map { "=?utf-8?B?\(Data($0.utf8).base64EncodedString())?=" }.joined(separator: "\n ")
    }
}
