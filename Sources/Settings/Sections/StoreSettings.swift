// SPDX-License-Identifier: Apache-2.0

/// The database of rearguardd.
package struct StoreSettings: Hashable, SettingsSection {
    package enum Engine: String, Hashable, Sendable, CaseIterable {
        case sqlite
    }

    package let engine: Engine
    /// As written; `Configuration.storePath` has the whole path.
    package let path: String

    static let name = "store"
    static var options: [any DeclaredOption] { [engineOption, pathOption] }
    private static let engineOption = Option("engine", default: "sqlite", ValueKind<Engine>.choice)
    private static let pathOption = Option("path", default: "store.sqlite", ValueKind<String>.statePath)

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        engine = try section.value(Self.engineOption)
        path = try section.value(Self.pathOption)
    }
}
