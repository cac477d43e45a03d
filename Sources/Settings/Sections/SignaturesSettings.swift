// SPDX-License-Identifier: Apache-2.0

/// What retained attachments are judged by, again whenever it changes.
package struct SignaturesSettings: Hashable, SettingsSection {
    /// The folder of YARA rules; nil: none.
    package let yara: String?
    /// The socket of clamd; nil: none.
    package let clamd: String?
    /// The folder of the site's own ClamAV signatures, which its VERSION does not tell of; nil: none.
    package let clamdSignatures: String?
    /// Objects a second, for all rescans together.
    package let rate: Int
    package let workers: Int
    /// How long ago the last message with an object may have come.
    package let window: Duration

    static let name = "signatures"
    static var options: [any DeclaredOption] {
        [yaraOption, clamdOption, ownOption, rateOption, workersOption, windowOption]
    }
    private static let yaraOption = Option("yara", default: "none", ValueKind<String?>.optionalPath)
    private static let clamdOption = Option("clamd", default: "none", ValueKind<String?>.optionalPath)
    private static let ownOption = Option("clamd_signatures", default: "none", ValueKind<String?>.optionalPath)
    private static let rateOption = Option("rate", default: "500", ValueKind<Int>.number(1...1_000_000))
    private static let workersOption = Option("workers", default: "2", ValueKind<Int>.number(1...64))
    private static let windowOption = Option(
        "window", default: "90 d", ValueKind<Duration>.duration(.seconds(60)...(.seconds(3_650 * 86_400))))

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        yara = try section.value(Self.yaraOption)
        clamd = try section.value(Self.clamdOption)
        clamdSignatures = try section.value(Self.ownOption)
        rate = try section.value(Self.rateOption)
        workers = try section.value(Self.workersOption)
        window = try section.value(Self.windowOption)
    }
}
