// SPDX-License-Identifier: Apache-2.0

/// What is kept of attachments, so that they can be judged again.
package struct ObjectsSettings: Hashable, SettingsSection {
    /// The keys that objects are encrypted with; nil: no bytes are kept.
    package let keyFile: String?
    /// As written; `Configuration.objectsDirectory` has the whole path.
    package let path: String
    /// Bytes of the largest content that is kept.
    package let largest: Int
    /// Bytes on disk of all objects together.
    package let total: Int
    /// How long an object is kept after the last message with it.
    package let keep: Duration
    package let bucket: BucketSettings

    static let name = "objects"
    static var options: [any DeclaredOption] { [keyOption, pathOption, largestOption, totalOption, keepOption] }
    static var sections: [any SettingsSection.Type] { [BucketSettings.self] }
    private static let keyOption = Option("key_file", default: "none", ValueKind<String?>.optionalPath)
    private static let pathOption = Option("path", default: "objects", ValueKind<String>.statePath)
    private static let largestOption = Option(
        "largest", default: "32 MiB", ValueKind<Int>.size(1_024...(1 << 30)))
    private static let totalOption = Option(
        "total", default: "20 GiB", ValueKind<Int>.size(1_024 * 1_024...(1 << 50)))
    private static let keepOption = Option(
        "keep", default: "90 d", ValueKind<Duration>.duration(.seconds(60)...(.seconds(3_650 * 86_400))))

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        keyFile = try section.value(Self.keyOption)
        path = try section.value(Self.pathOption)
        largest = try section.value(Self.largestOption)
        total = try section.value(Self.totalOption)
        keep = try section.value(Self.keepOption)
        bucket = try section.section(BucketSettings.self)
    }
}
