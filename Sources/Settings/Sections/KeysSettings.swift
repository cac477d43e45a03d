// SPDX-License-Identifier: Apache-2.0

/// The keys that links are signed with.
package struct KeysSettings: Hashable, SettingsSection {
    package let file: String

    static let name = "keys"
    static var options: [any DeclaredOption] { [fileOption] }
    private static let fileOption = Option("file", default: "/etc/rearguard/link-keys", ValueKind<String>.absolutePath)

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        file = try section.value(Self.fileOption)
    }
}
