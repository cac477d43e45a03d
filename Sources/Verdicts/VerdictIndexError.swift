// SPDX-License-Identifier: Apache-2.0

/// Why a verdict index was not read or not written.
package struct VerdictIndexError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// There is no such file: nothing was written yet, or somebody removed it.
        case missing
        /// The system refuses; it may not a moment later.
        case unreadable
        /// The file is not an index, or not the one that was written.
        case damaged
        /// The new file could not be put in place; the old one stands.
        case unwritable
    }

    package let code: Code
    package let path: String
    private let problem: String

    init(_ code: Code, _ path: String, _ problem: String) {
        self.code = code
        self.path = path
        self.problem = problem
    }

    package var description: String { "\(path): \(problem)" }
}
