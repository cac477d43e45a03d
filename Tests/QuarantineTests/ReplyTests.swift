// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import Testing

@testable import Quarantine

struct `Answers of an IMAP server` {
    @Test(arguments: ReplyCase.all) func `are understood as the case says`(reply: ReplyCase) throws {
        #expect(lines(of: IMAPReply(reply.input)) == reply.expected, "\(reply)")
    }

    @Test func `of random bytes and cut or mixed cases never trap`() {
        var generator = SeededGenerator(seed: 20_261_124)
        let seeds = ReplyCase.all.map(\.input)
        #expect(seeds.count >= 12)
        for _ in 0..<20_000 {
            var bytes = seeds.randomElement(using: &generator) ?? []
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                mutate(&bytes, &generator, seeds)
            }
            let reply = IMAPReply(bytes)
            #expect(reply.untagged.count <= bytes.count)
        }
    }

    @Test func `end with our tag, in whatever pieces they come`() {
        let answer = Array("* 1 FETCH (X {9}\r\nR7 OK x\r\n)\r\nR77 OK\r\n* {3\r\nR7 OK done\r\n".utf8)
        for size in 1...answer.count {
            var end = AnswerEnd(tag: Array("R7".utf8))
            var fed: [UInt8] = []
            for start in stride(from: 0, to: answer.count, by: size) {
                let early = end.isReached(in: fed)
                #expect(!early)
                fed += answer[start..<min(start + size, answer.count)]
            }
            let done = end.isReached(in: fed)
            #expect(done)
        }
    }

    @Test func `with a literal of any length do not trap`() {
        for length in ["9999999999", "9999999999+", "99999999999999999999", "", "+", "-1"] {
            var end = AnswerEnd(tag: Array("R7".utf8))
            let done = end.isReached(in: Array("* X {\(length)}\r\nR8 OK\r\n".utf8))
            #expect(!done)
        }
    }

    @Test func `with 100,000 open parentheses are stepped over`() {
        let deep = Array("* 1 FETCH (X ".utf8) + [UInt8](repeating: UInt8(ascii: "("), count: 100_000)
        let reply = IMAPReply(deep + Array("\r\nA001 OK done\r\n".utf8))
        #expect(reply.untagged == [.other])
        #expect(reply.status?.condition == .ok)
    }
}

struct `Names and flags` {
    @Test(arguments: ["Quarantine", "a \"b\" \\ c", "Entw&APw-rfe", "100% *", "日本", "{5}", "a/b"])
    func `of a folder come back from a record as they were`(name: String) throws {
        let folder = try #require(FolderName(text: name))
        #expect(FolderName(text: folder.description) == folder)
    }

    @Test(arguments: ["", "a\r\nA9 LOGOUT", "a\nb", "a\0b", "\u{7F}", String(repeating: "x", count: 1_025)])
    func `that cannot stand in a command are no folders`(name: String) {
        #expect(FolderName(text: name) == nil)
    }

    @Test func `that are not UTF-8 are no folders`() {
        #expect(FolderName([0x41, 0xFF]) == nil)
    }

    @Test func `INBOX has no case`() throws {
        #expect(try #require(FolderName(text: "inBox")) == .inbox)
    }

    @Test func `quotes and backslashes are escaped`() throws {
        let folder = try #require(FolderName(text: "a \"b\" \\"))
        #expect(IMAPCommand.create(folder).line.text == #"CREATE "a \"b\" \\""#)
    }

    @Test func `messages are named by ranges, whatever their order`() {
        #expect(IMAPCommand.expunge([9, 3, 4, 5, 1, 4, .max]).line.text == "UID EXPUNGE 1,3:5,9,4294967295")
    }

    @Test func `as many stamps as one search takes fit the line every server reads`() throws {
        let stamp = try #require(MessageStamp(text: "0123456789abcdef.0123456789abcdef0123456789abcdef"))
        #expect(IMAPCommand.search([stamp]).line.text == "UID SEARCH HEADER X-Rearguard-Id \"\(stamp)\"")
        let line = IMAPCommand.search(Array(repeating: stamp, count: IMAPCommand.stampLimit + 1)).line
        #expect(line.count < 8_000)
        #expect(line.text.components(separatedBy: " OR ").count == IMAPCommand.stampLimit)
    }

    @Test func `flags that would leave their parentheses are left out`() {
        let flags = MessageFlags(["\\Seen", "a)b", "x\r\ny", "\\Recent", "", "\\", "$Label"].map { Array($0.utf8) })
        #expect(flags.description == "$Label \\Seen")
        #expect(MessageFlags(text: flags.description) == flags)
    }

    @Test(arguments: [
        "0123456789abcdef", "0123456789abcdef.0123456789abcdef0123456789abcdeg",
        "0123456789abcdef.0123456789abcdef0123456789abcdef\"", "\" OR ALL",
    ])
    func `stamps are hexadecimal or nothing`(text: String) {
        #expect(MessageStamp(text: text) == nil)
    }

    @Test func `the stamp in capitals is the same stamp`() throws {
        let stamp = try #require(MessageStamp(text: "0123456789ABCDEF.0123456789ABCDEF0123456789ABCDEF"))
        #expect(stamp.description == "0123456789abcdef.0123456789abcdef0123456789abcdef")
    }

    @Test(arguments: ["a*b@example.test", "", "a b@example.test", "a\0b", "a\nb", String(repeating: "x", count: 255)])
    func `an address that could be another login is refused`(mailbox: String) throws {
        let server = MailboxServer(host: "127.0.0.1", port: 143, masterUser: "m", masterPassword: "p")
        #expect(throws: QuarantineError.self) { try server.loginName(for: mailbox) }
        #expect(try server.loginName(for: "alice@example.test") == "alice@example.test*m")
    }
}

/// One file of `replies/`.
struct ReplyCase: CustomTestStringConvertible, Sendable {
    let name: String
    let input: [UInt8]
    let expected: [String]

    var testDescription: String { name }

    static let all: [ReplyCase] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "replies")
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.filter { $0.pathExtension == "case" }.sorted { $0.path < $1.path }.compactMap(read)
    }()

    private static func read(_ file: URL) -> ReplyCase? {
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init).dropLast()
        guard let middle = lines.firstIndex(of: "---") else { return nil }
        let said = lines[1..<middle].map { $0 + "\r\n" }.joined()
        return ReplyCase(
            name: file.lastPathComponent, input: Array(said.utf8), expected: Array(lines[(middle + 1)...]))
    }
}

private func lines(of reply: IMAPReply) -> [String] {
    var lines = reply.untagged.map(line)
    if let status = reply.status {
        lines.append((["done", status.condition.rawValue] + code(status) + [status.text]).joined(separator: " "))
    } else {
        lines.append("no answer")
    }
    return lines
}

private func code(_ status: IMAPStatus) -> [String] {
    status.code.isEmpty ? [] : ["[\(status.code.joined(separator: " "))]"]
}

private func line(_ untagged: IMAPUntagged) -> String {
    switch untagged {
    case .status(let status): "status \(status.condition.rawValue) [\(status.code.joined(separator: " "))]"
    case .capability(let words): "capability \(words.joined(separator: " "))"
    case .folder(let name, let opens): "\(opens ? "" : "closed ")folder \(name?.description ?? "without a name")"
    case .search(let numbers): "search \(numbers.map(String.init).joined(separator: " "))"
    case .message(let message):
        ([
            "message \(message.uid ?? 0)", message.flags.map { $0.names.isEmpty ? "flags" : "flags \($0)" },
            message.internalDate.map { "date \($0)" }, message.header.map { "header \($0.count)" },
        ] as [String?]).compactMap { $0 }.joined(separator: " ")
    case .other: "other"
    }
}

private func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator, _ seeds: [[UInt8]]) {
    let at = Int.random(in: 0...bytes.count, using: &generator)
    switch Int.random(in: 0..<4, using: &generator) {
    case 0: bytes = Array(bytes[..<at])
    case 1: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: at)
    case 2: bytes.insert(StaticString("({\"\\)}[]* \r\n9").bytes.randomElement(using: &generator) ?? 0, at: at)
    default: bytes.insert(contentsOf: (seeds.randomElement(using: &generator) ?? []).prefix(60), at: at)
    }
}

/// The same numbers in every run (xorshift).
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
