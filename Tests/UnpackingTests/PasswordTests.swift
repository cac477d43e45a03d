// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import TestTools
import Testing
import Unpacking

@Suite struct PasswordTests {
    private static let hasTools = Tool.isThere("zip") && Tool.isThere("7z")

    /// An archive with one file, locked with `geheim7`.
    private func locked(_ tool: String, _ arguments: [String]) throws -> [UInt8] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "locked-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(Array("the content of it, long enough to be compressed, compressed, compressed".utf8))
            .write(to: folder.appending(path: "x.txt"))
        _ = try Tool.output(tool, arguments, in: folder)
        return Array(try Data(contentsOf: folder.appending(path: arguments.first { $0.hasPrefix("a.") } ?? "")))
    }

    private static let zips: [[String]] = [
        ["zip", "-q", "-P", "geheim7", "a.zip", "x.txt"],
        ["7z", "a", "-pgeheim7", "-mem=AES256", "a.zip", "x.txt"],
    ]

    @Test(.enabled(if: hasTools, "zip or 7z is not there"), arguments: zips)
    func `a locked member is recorded and not lent`(command: [String]) throws {
        let seen = Seen(of: try locked(command[0], Array(command.dropFirst())), named: "a.zip", passwords: ["wrong"])
        #expect(seen.taken.outcomes["a.zip/x.txt"] == .encrypted)
        #expect(seen.members["a.zip/x.txt"] == [])
        #expect(seen.taken.members["a.zip/x.txt"]?.isEncrypted == true)
        #expect(seen.report.findings.map(\.kind) == [.encrypted])
    }

    @Test(.enabled(if: hasTools, "zip or 7z is not there"), arguments: zips)
    func `a password among the candidates opens it`(command: [String]) throws {
        let others = (0..<30).map { "candidate\($0)" }
        let seen = Seen(
            of: try locked(command[0], Array(command.dropFirst())), named: "a.zip", passwords: others + ["geheim7"])
        #expect(seen.members["a.zip/x.txt"]?.text.hasPrefix("the content of it") == true)
        #expect(seen.report.findings.map(\.kind) == [.password])
        #expect(seen.report.isComplete)
    }

    @Test(.enabled(if: hasTools, "zip or 7z is not there"), arguments: [["-pgeheim7"], ["-pgeheim7", "-mhe=on"]])
    func `a locked 7z is not called clean`(options: [String]) throws {
        let seen = Seen(
            of: try locked("7z", ["a"] + options + ["a.7z", "x.txt"]), named: "a.7z", passwords: ["geheim7"])
        #expect(!seen.report.isComplete)
        #expect(seen.report.findings.map(\.kind).contains(.encrypted), "\(seen.report)")
    }

    @Test(arguments: [
        ("The password is 1234.", "1234"), ("Password: Zx9!k", "Zx9!k"), ("Passwort=geheim7", "geheim7"),
        ("use (S3cret) as password", "S3cret"), ("Kennwort für das Archiv lautet \"blau\"", "blau"),
        ("пароль: 777", "777"),
        ("密码： abc", "abc"), ("PW:x1", "x1"), ("password to open the attached archive is: March2026", "March2026"),
    ])
    func `words near the one that means password are candidates`(text: String, word: String) {
        var words = PasswordWords()
        words.add(text: Array(text.utf8))
        #expect(words.words.contains(Array(word.utf8)), "\(words.words.map(\.text))")
    }

    @Test func `a text without that word has no candidates, and a long one few`() {
        var words = PasswordWords()
        words.add(text: Array("Hello, here is the file you asked for.".utf8))
        #expect(words.words.isEmpty)
        words.add(text: Array((0..<50_000).map { "password \($0) " }.joined().utf8))
        #expect(words.words.count <= UnpackingLimits().passwords)
    }
}
