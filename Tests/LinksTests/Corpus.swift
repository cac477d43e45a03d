// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The shared corpus beside the repository, which not everybody has.
enum Corpus {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "shared/corpus")

    static let isPresent = FileManager.default.fileExists(atPath: folder.path)

    static func data(_ path: String) throws -> Data {
        try Data(contentsOf: folder.appending(path: path))
    }

    /// A file beside these tests.
    static func fixture(_ name: String) throws -> String {
        try String(
            contentsOf: URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Cases/\(name)"),
            encoding: .utf8)
    }

    /// The cases a list of exceptions names: one `file: description` a line, with its reason behind ` # `.
    static func exceptions(_ name: String) throws -> Set<String> {
        let lines = try fixture(name).split(separator: "\n").filter { !$0.hasPrefix("#") }
        return Set(lines.map { String($0.components(separatedBy: " # ")[0]) })
    }
}
