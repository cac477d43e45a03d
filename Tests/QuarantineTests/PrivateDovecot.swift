// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A Dovecot of our own for as long as the test process lives (`integration/private-dovecot`).
final class PrivateDovecot: Sendable {
    let port: UInt16
    private let folder: String
    private let orders: FileHandle
    private let answers: FileHandle

    /// Started by the first test that asks; nil when it cannot be (not root, not installed).
    static let shared: PrivateDovecot? = isPossible ? try? PrivateDovecot() : nil
    static let isPossible =
        geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/sbin/dovecot")
        && FileManager.default.isExecutableFile(atPath: "/usr/lib/dovecot/imap")

    private init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
        let program = Process()
        let input = Pipe()
        let output = Pipe()
        program.executableURL = root.appending(path: "integration/private-dovecot")
        program.standardInput = input
        program.standardOutput = output
        try program.run()
        orders = input.fileHandleForWriting
        answers = output.fileHandleForReading
        let words = Self.line(from: answers).split(separator: " ")
        guard words.count == 2, let port = UInt16(words[0]) else { throw CocoaError(.fileReadUnknown) }
        self.port = port
        folder = String(words[1])
    }

    /// Stops or starts the server.
    func order(_ word: String) throws {
        try orders.write(contentsOf: Data("\(word)\n".utf8))
        guard Self.line(from: answers) == "done" else { throw CocoaError(.fileReadUnknown) }
    }

    /// Runs doveadm, our second opinion about what is in a mailbox.
    @discardableResult func doveadm(_ arguments: String..., input: String? = nil) throws -> String {
        let program = Process()
        let output = Pipe()
        let feed = Pipe()
        program.executableURL = URL(filePath: "/usr/bin/doveadm")
        program.arguments = ["-c", "\(folder)/dovecot/dovecot.conf"] + arguments
        program.standardOutput = output
        program.standardInput = feed
        try program.run()
        try feed.fileHandleForWriting.write(contentsOf: Data((input ?? "").utf8))
        try feed.fileHandleForWriting.close()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        program.waitUntilExit()
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func line(from handle: FileHandle) -> String {
        var line: [UInt8] = []
        while line.count < 4_096, let byte = handle.readData(ofLength: 1).first, byte != 0x0A { line.append(byte) }
        return String(decoding: line, as: UTF8.self)
    }
}
