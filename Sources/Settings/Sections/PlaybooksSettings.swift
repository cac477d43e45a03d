// SPDX-License-Identifier: Apache-2.0

/// Where the playbooks are.
package struct PlaybooksSettings: Hashable, SettingsSection {
    package let directory: String

    static let name = "playbooks"
    static var options: [any DeclaredOption] { [directoryOption] }
    private static let directoryOption = Option(
        "directory", default: "/etc/rearguard/playbooks", ValueKind<String>.absolutePath)

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        directory = try section.value(Self.directoryOption)
    }
}
