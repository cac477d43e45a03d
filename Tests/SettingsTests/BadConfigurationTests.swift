// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Settings

/// Every file `bad/NN-what.yaml` must be refused with exactly the text in `bad/NN-what.expected-error`.
///
/// To add a case, write the two files; the file's own name stands in the error as `FILE`.
@Suite struct BadConfigurationTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "bad")

    private static let cases = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".yaml") }.sorted()

    @Test func `there are cases`() {
        #expect(Self.cases.count >= 12)
    }

    @Test(arguments: cases) func `is refused for the stated reason`(name: String) throws {
        let text = try Data(contentsOf: Self.folder.appendingPathComponent(name))
        let stem = name.dropLast(".yaml".count)
        let expected = try String(
            contentsOf: Self.folder.appendingPathComponent("\(stem).expected-error"), encoding: .utf8)
        let error = #expect(throws: ConfigurationError.self) { try Configuration(text: Array(text), file: "FILE") }
        #expect(error?.description == expected.trimmingCharacters(in: .newlines))
    }
}
