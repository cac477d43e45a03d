// SPDX-License-Identifier: Apache-2.0

/// How the two journals are cut into files, and how long those are kept.
package struct JournalSettings: Hashable, SettingsSection {
    /// Bytes after which a new segment begins.
    package let segmentSize: Int
    /// Age after which a new segment begins.
    package let segmentAge: Duration
    /// How long a segment stays after it was last written, once its records are in the store.
    package let keep: Duration

    static let name = "journal"
    static var options: [any DeclaredOption] { [sizeOption, ageOption, keepOption] }
    private static let sizeOption = Option(
        "segment_size", default: "64 MiB", ValueKind<Int>.size(64 * 1_024...(1 << 30)))
    private static let ageOption = Option(
        "segment_age", default: "1 d", ValueKind<Duration>.duration(.seconds(60)...(.seconds(30 * 86_400))))
    private static let keepOption = Option(
        "keep", default: "7 d", ValueKind<Duration>.duration(.zero...(.seconds(3_650 * 86_400))))

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        segmentSize = try section.value(Self.sizeOption)
        segmentAge = try section.value(Self.ageOption)
        keep = try section.value(Self.keepOption)
    }
}
