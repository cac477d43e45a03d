// SPDX-License-Identifier: Apache-2.0

/// What is written to standard error.
package struct LogSettings: Hashable, SettingsSection {
    package enum Level: String, Hashable, Sendable, CaseIterable {
        case debug, info, notice, warning, error
    }

    package let level: Level

    static let name = "log"
    static var options: [any DeclaredOption] { [levelOption] }
    private static let levelOption = Option("level", default: "info", ValueKind<Level>.choice)

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        level = try section.value(Self.levelOption)
    }
}
