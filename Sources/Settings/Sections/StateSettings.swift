// SPDX-License-Identifier: Apache-2.0

/// Where the programs keep what they know.
package struct StateSettings: Hashable, SettingsSection {
    package let directory: String

    static let name = "state"
    static var options: [any DeclaredOption] { [directoryOption] }
    private static let directoryOption = Option(
        "directory", default: "/var/lib/rearguard", ValueKind<String>.absolutePath)

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        directory = try section.value(Self.directoryOption)
    }

    /// A path as given when it is absolute, else below the state directory.
    func path(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        return directory.hasSuffix("/") ? directory + path : "\(directory)/\(path)"
    }
}
