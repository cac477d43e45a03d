// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import LinkTokens
import Testing

@Suite struct KeyRingTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "KeyFiles")

    /// Every file `NAME.keys` has its expected error in `NAME.error`.
    static let badFiles: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".keys") }.map { String($0.dropLast(5)) }.sorted()

    @Test(arguments: badFiles) func `a bad key file is refused for the stated reason`(name: String) throws {
        let text = try Data(contentsOf: Self.folder.appending(path: "\(name).keys"))
        let expected = try String(contentsOf: Self.folder.appending(path: "\(name).error"), encoding: .utf8)
        let error = #expect(throws: KeyRingError.self) { _ = try KeyRing(text: Array(text), name: "link.keys") }
        #expect(error?.description == expected.trimmingCharacters(in: .newlines))
    }

    @Test func `there are bad files to try`() {
        #expect(Self.badFiles.count >= 10)
    }

    @Test func `a key file has comments, blanks, CR LF and days or none`() throws {
        let text =
            "# a comment\r\n\r\n  7\tretired  2020-02-29 \(TestKeys.secret(7)) # why\r\n255 current \(TestKeys.secret(8))\r\n"
        let keys = try KeyRing(text: Array(text.utf8), name: "test keys")
        #expect(keys.current.id == 255)
        #expect(keys.all.map(\.id) == [7, 255])
        #expect(keys.key(7)?.state == .retired)
        #expect(keys.key(7)?.created == "2020-02-29")
        #expect(keys.key(255)?.created == nil)
        #expect(keys.key(0) == nil)
        #expect(keys.key(8) == nil)
    }

    @Test(
        arguments: [
            (1_732_406_400_000, "2024-11-24"), (1_709_164_800_000, "2024-02-29"), (0, "1970-01-01"), (-1, "1969-12-31"),
            (951_782_400_000, "2000-02-29"), (4_107_542_400_000, "2100-03-01"),
        ] as [(Int64, String)]) func `a new file can be read, and no two are alike`(time: Int64, day: String) throws
    {
        let text = KeyRing.newFileText(at: time)
        let keys = try KeyRing(text: text, name: "new")
        #expect(keys.current.id == 1)
        #expect(keys.current.created == day)
        #expect(keys.all.count == 1)
        #expect(KeyRing.newFileText(at: time) != text)
    }

    @Test func `a file that is not there says so`() throws {
        let path = "/nonexistent/link.keys"
        let error = #expect(throws: KeyRingError.self) { _ = try KeyRing.load(path: path) }
        #expect(error?.description == "/nonexistent/link.keys: cannot read the key file: no such file")
    }

    @Test func `a file on disk is read`() throws {
        let path = FileManager.default.temporaryDirectory.appending(
            path: "rearguard-\(UInt64.random(in: 0 ... .max)).keys")
        defer { try? FileManager.default.removeItem(at: path) }
        try Data(KeyRing.newFileText(at: 0)).write(to: path)
        #expect(try KeyRing.load(path: path.path).current.id == 1)
        try Data(repeating: 0x23, count: 65_537).write(to: path)
        let error = #expect(throws: KeyRingError.self) { _ = try KeyRing.load(path: path.path) }
        #expect(error?.problem == .tooBig(size: 65_537, limit: 65_536))
    }
}
