// SPDX-License-Identifier: Apache-2.0

/// Why a configuration is refused: `FILE:LINE: key 'click.url': expected …, found …`.
package struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    package let file: String
    /// From 1; nil when the fault is not in a line.
    package let line: Int?
    /// With its section, `click.url`; nil when the file as a whole is at fault.
    package let key: String?
    /// In lower case, without full stop.
    package let problem: String

    package init(file: String, line: Int? = nil, key: String? = nil, _ problem: String) {
        self.file = file
        self.line = line
        self.key = key
        self.problem = problem
    }

    package var description: String {
        file + (line.map { ":\($0)" } ?? "") + ": " + (key.map { "key '\($0)': " } ?? "") + problem
    }
}
