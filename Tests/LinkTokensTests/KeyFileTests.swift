// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import LinkTokens
import Testing
import URLSyntax

@Suite struct KeyFileTests {
    private static let text = """
        # kept as it is
        1\tretired  2023-01-31 \(TestKeys.secret(1))  # ours since the beginning
        2 current \(TestKeys.secret(2))

        """

    private func file(_ text: String = Self.text) throws -> KeyFileText {
        try KeyFileText(Array(text.utf8), name: "keys")
    }

    private func states(_ file: KeyFileText) -> [String] { file.keys.all.map { "\($0.id) \($0.state.rawValue)" } }

    @Test func `a key is prepared, then signs, and the file stays the administrator's`() throws {
        var file = try file()
        #expect(try file.prepareNext(at: 1_700_000_000_000) == 3)
        #expect(try file.prepareNext(at: 1_700_000_000_000) == 3)
        #expect(states(file) == ["1 retired", "2 current", "3 next"])
        #expect(try file.promoteNext() == 3)
        #expect(states(file) == ["1 retired", "2 retired", "3 current"])
        #expect(try file.promoteNext() == nil)
        let lines = file.bytes.text.split(separator: "\n")
        #expect(lines.count == 4 && lines[0] == "# kept as it is")
        #expect(lines[1] == "1\tretired  2023-01-31 \(TestKeys.secret(1))  # ours since the beginning")
        #expect(lines[2] == "2 retired \(TestKeys.secret(2))" && lines[3].hasPrefix("3 current 2023-11-14 "))
    }

    @Test func `a key is revoked; the current one only behind another`() throws {
        var file = try file()
        #expect(try file.mark(1, as: .revoked))
        #expect(try !file.mark(2, as: .revoked))
        #expect(try !file.mark(9, as: .retired))
        _ = try file.prepareNext(at: 0)
        #expect(try file.promoteNext(leaving: .revoked) == 3)
        #expect(states(file) == ["1 revoked", "2 revoked", "3 current"])
    }

    @Test func `numbers are not given twice, and end`() throws {
        let lines = (1...254).map { "\($0) \($0 == 1 ? "current" : "retired") \(TestKeys.secret(UInt8($0)))" }
        var file = try file(lines.joined(separator: "\n"))
        #expect(try file.prepareNext(at: 0) == 255)
        _ = try file.promoteNext()
        #expect(try file.prepareNext(at: 0) == nil)
    }

    @Test func `what a revoked key signed counts no more, but its links are known`() throws {
        var file = try file("1 current \(TestKeys.secret(1))")
        let old = file.keys
        let target = Array("https://www.example.com/".utf8)
        let token = LinkToken(reference: TestKeys.reference, ordinal: 0, recipient: 1, day: 1, target: target)
        let mint = try #require(LinkMint(clickURL: TestKeys.clickURL, keys: old))
        let link = try #require(mint.rewrittenURL(token, host: Array("www.example.com".utf8)))
        let stamp = Stamp.text(TestKeys.reference, keys: old)
        let button = ProceedToken.mint(link: target, at: 0, keys: old)
        let device = DeviceToken.mint(day: 1, keys: old)
        _ = try file.prepareNext(at: 0)
        _ = try file.promoteNext(leaving: .revoked)
        let keys = file.keys

        let unverified = try #require(
            UnverifiedLinkToken(path: link.dropFirst(TestKeys.clickURL.count + "/to/".utf8.count)))
        #expect(unverified.proof(by: old) == .good(token) && unverified.proof(by: keys) == .revoked(token))
        #expect(unverified.verified(by: old) == token && unverified.verified(by: keys) == nil)
        #expect(Stamp.verified(Array(stamp.utf8), by: old) != nil && Stamp.verified(Array(stamp.utf8), by: keys) == nil)
        #expect(ProceedToken.verifies(button, link: target, at: 0, within: .seconds(600), by: old))
        #expect(!ProceedToken.verifies(button, link: target, at: 0, within: .seconds(600), by: keys))
        #expect(DeviceToken.verifies(device, on: 1, by: old) && !DeviceToken.verifies(device, on: 1, by: keys))
    }

    @Test func `a device is known for half a year, and a report's button does not lead on`() throws {
        let keys = try TestKeys.usual()
        let token = DeviceToken.mint(day: 1_000, keys: keys)
        #expect(
            [998, 999, 1_000, 1_180, 1_181].map { DeviceToken.verifies(token, on: $0, by: keys) }
                == [false, true, true, true, false])
        let link = Array("x".utf8)
        let report = ProceedToken.mint(.report, link: link, at: 0, keys: keys)
        #expect(ProceedToken.verifies(report, for: .report, link: link, at: 0, within: .seconds(600), by: keys))
        #expect(!ProceedToken.verifies(report, link: link, at: 0, within: .seconds(600), by: keys))
    }

    @Test func `a replaced file is in force without a restart; a bad one changes nothing`() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "keys-\(UInt32.random(in: 0 ... .max))").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        func write(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: path), options: .atomic) }
        try write(Self.text)
        let file = try KeyRingFile(path: path, checkEvery: .milliseconds(1))
        #expect(file.current().current.id == 2 && file.state().generation == 0)
        var text = try self.file()
        _ = try text.prepareNext(at: 0)
        _ = try text.promoteNext()
        try write(text.bytes.text)
        try await Task.sleep(for: .milliseconds(20))
        #expect(file.current().current.id == 3 && file.state().generation == 1)
        try write("nonsense")
        try await Task.sleep(for: .milliseconds(20))
        #expect(file.current().current.id == 3 && file.state().problem != nil)
        try FileManager.default.removeItem(atPath: path)
        try await Task.sleep(for: .milliseconds(20))
        #expect(file.current().current.id == 3)
        try write(text.bytes.text)
        try await Task.sleep(for: .milliseconds(20))
        #expect(file.state().problem == nil)
        #expect(throws: KeyRingError.self) { try KeyRingFile(path: "/nonexistent") }
    }
}
