// SPDX-License-Identifier: Apache-2.0

/// Why a playbook is not used, and where it says so.
package struct PlaybookError: Error, Hashable, Sendable, CustomStringConvertible {
    package let file: String
    /// Counts from 1; 0 when the file as a whole is meant.
    package let line: Int
    /// What was found and what was expected.
    package let problem: String

    package init(file: String, line: Int, _ problem: String) {
        self.file = file
        self.line = line
        self.problem = problem
    }

    package var description: String { line > 0 ? "\(file):\(line): \(problem)" : "\(file): \(problem)" }
}
