// SPDX-License-Identifier: Apache-2.0

/// Where `rearguard` talks to rearguardd.
package struct AdminSettings: Hashable, SettingsSection {
    /// As written; `Configuration.adminSocketPath` has the whole path.
    package let socket: String

    static let name = "admin"
    static var options: [any DeclaredOption] { [socketOption] }
    private static let socketOption = Option("socket", default: "admin.sock", ValueKind<String>.statePath)

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        socket = try section.value(Self.socketOption)
    }
}
