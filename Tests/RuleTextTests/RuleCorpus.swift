// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The rule files of `shared/corpus/attach/yara`, unpacked for the time of the tests.
enum RuleCorpus {
    private static let archive = URL(filePath: #filePath)
        .appending(path: "../../../../shared/corpus/attach/yara/yara-rules-dev.tar.xz").standardizedFileURL

    static var isPresent: Bool {
        FileManager.default.fileExists(atPath: archive.path)
            && ["/usr/bin/xz", "/bin/xz"].contains(where: FileManager.default.isExecutableFile)
    }

    /// Name and text of each.
    static func files() throws -> [(name: String, text: [UInt8])] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "rule-corpus-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let tar = Process()
        tar.executableURL = URL(filePath: "/bin/tar")
        tar.arguments = ["xf", archive.path, "-C", folder.path]
        try tar.run()
        tar.waitUntilExit()
        let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return try names.filter { $0.hasSuffix(".yar") || $0.hasSuffix(".yara") }.sorted().map { name in
            (name, Array(try Data(contentsOf: folder.appending(path: name))))
        }
    }
}
