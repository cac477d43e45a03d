// SPDX-License-Identifier: Apache-2.0

/// What one message may hold; beyond it `on_limit` decides, and too many recipients are always told to come again.
package struct MilterLimits: Hashable, SettingsSection {
    /// In bytes.
    package let messageSize: Int
    package let recipients: Int
    /// MIME entities inside one another.
    package let nesting: Int
    /// MIME entities in all.
    package let entities: Int
    /// Links in one part.
    package let links: Int
    /// In bytes: all messages in flight together.
    package let memory: Int

    static let name = "limits"
    static var options: [any DeclaredOption] {
        [sizeOption, recipientsOption, nestingOption, entitiesOption, linksOption, memoryOption]
    }
    private static let sizeOption = Option(
        "message_size", default: "100 MiB", ValueKind<Int>.size(64 * 1_024...(1 << 30)))
    private static let recipientsOption = Option("recipients", default: "10000", ValueKind<Int>.number(1...1_000_000))
    private static let nestingOption = Option("nesting", default: "100", ValueKind<Int>.number(1...1_000))
    private static let entitiesOption = Option("entities", default: "10000", ValueKind<Int>.number(1...1_000_000))
    private static let linksOption = Option("links", default: "10000", ValueKind<Int>.number(1...1_000_000))
    private static let memoryOption = Option(
        "memory", default: "1 GiB", ValueKind<Int>.size(1_024 * 1_024...(1 << 40)))

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        messageSize = try section.value(Self.sizeOption)
        recipients = try section.value(Self.recipientsOption)
        nesting = try section.value(Self.nestingOption)
        entities = try section.value(Self.entitiesOption)
        links = try section.value(Self.linksOption)
        memory = try section.value(Self.memoryOption)
    }
}
