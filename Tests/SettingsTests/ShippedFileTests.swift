// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Settings

/// conf/rearguard.yaml is documentation that must not lie: it has every option, and every default is the one in force.
@Suite struct ShippedFileTests {
    private static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("conf/rearguard.yaml").path

    private let lines: [String]

    init() throws {
        lines = try String(contentsOfFile: Self.path, encoding: .utf8).components(separatedBy: "\n")
    }

    /// `#listen: x` is an option that is commented out, `# Where …` a sentence.
    private static func isOption(_ line: String) -> Bool {
        let text = line.drop { $0 == " " }
        return text.hasPrefix("#") && text.dropFirst().first.map { $0 != " " && $0 != "#" } ?? false
    }

    /// The file with every option in force.
    private var uncommented: String {
        lines.map { line in
            guard Self.isOption(line), let mark = line.firstIndex(of: "#") else { return line }
            return line.replacingCharacters(in: mark...mark, with: "")
        }.joined(separator: "\n")
    }

    @Test func `it is a good configuration`() throws {
        _ = try Configuration.load(path: Self.path)
    }

    @Test func `it has every option there is, with its default, and no other`() {
        var found: [String: String] = [:]
        var path: [Substring] = []
        for line in uncommented.split(separator: "\n") where line.first != "#" {
            let text = line.drop { $0 == " " }
            guard !text.hasPrefix("#") else { continue }
            let parts = text.split(separator: ":", maxSplits: 1)
            path = path.prefix((line.count - text.count) / 2) + [parts[0]]
            guard parts.count == 2 else { continue }
            found[path.joined(separator: ".")] = parts[1].trimmingCharacters(in: [" ", "\""])
        }
        let declared = Configuration.declaredOptions.map { key, fallback in
            switch fallback {
            case .text(let text), .required(let text): (key, text.trimmingCharacters(in: ["\""]))
            }
        }
        #expect(found == Dictionary(uniqueKeysWithValues: declared))
    }

    @Test func `its options stand in the order of the effective configuration`() throws {
        let keys = lines.compactMap { line -> String? in
            let text = line.drop { $0 == " " }
            guard Self.isOption(line) || text.hasPrefix("url:") else { return nil }
            return text.drop { $0 == "#" }.split(separator: ":").first.map(String.init)
        }
        let declared = Configuration.declaredOptions.map { $0.key.split(separator: ".").last.map(String.init) }
        #expect(keys == declared.compactMap(\.self))
    }

    @Test func `setting every option to its default changes nothing`() throws {
        let shipped = try Configuration.load(path: Self.path)
        #expect(try Configuration(text: Array(uncommented.utf8), file: Self.path) == shipped)
    }

    @Test func `every option and every section has a sentence before it`() {
        for (index, line) in lines.enumerated() where Self.isOption(line) || line.contains(":") && !line.contains("#") {
            let text = line.trimmingCharacters(in: [" "])
            guard text != "imap:" else { continue }
            #expect(index > 0 && lines[index - 1].contains("# "), "line \(index + 1): \(line)")
        }
    }
}
