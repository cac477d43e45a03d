// SPDX-License-Identifier: Apache-2.0

import Bytes
import Foundation
import Testing

@testable import Rescans

@Suite struct `Hash signatures of clamd` {
    private let md5 = String(repeating: "a", count: 32)
    private let sha256 = String(repeating: "B", count: 64)

    private func folder(_ files: [String: String]) throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "hashes-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
        return folder
    }

    @Test func `are parts by the names that clamd reports`() throws {
        let folder = try folder([
            "own.hdb": "# ours\n\(md5):10:Own.One\n", "own.hsb": "\(sha256):*:Own.Two:73\r\n\(md5):1:Own.One\n",
            "own.ndb": "Own.Three:0:*:61626364",
        ])
        defer { try? FileManager.default.removeItem(at: folder) }
        let hashes = ClamdHashes(folder, names: ["own.hdb", "own.hsb", "own.ndb"])
        #expect(hashes.files == ["own.hdb", "own.hsb"])
        #expect(hashes.parts.keys.sorted() == ["Own.One.UNOFFICIAL", "Own.Two.UNOFFICIAL"])
        #expect(hashes.digests(of: ["Own.Two.UNOFFICIAL", "gone"]) == [sha256.lowercased()])
    }

    @Test(arguments: ["zz:10:Name", "aaaa:10:Name", "\(String(repeating: "a", count: 32)):10", "Name:0:*:6162"])
    func `of another form are not told apart`(line: String) {
        #expect(ClamdHashes.signatures(in: Array(line.utf8)) == nil)
    }

    @Test func `that changed are asked alone, unless others changed too`() {
        let before = ["*": "1", "A": "x", "B": "x"]
        let one = SignatureDelta(from: before, to: ["*": "1", "A": "y", "C": "x"])
        #expect(one.changed == ["A", "C"] && one.gone == ["B"] && !one.isWhole)
        let all = SignatureDelta(from: before, to: ["*": "2", "A": "y"])
        #expect(all.changed.isEmpty && all.isWhole)
    }
}
