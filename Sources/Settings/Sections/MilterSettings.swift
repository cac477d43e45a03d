// SPDX-License-Identifier: Apache-2.0

/// What rearguard-milter does.
package struct MilterSettings: Hashable, SettingsSection {
    package enum Mode: String, Hashable, Sendable, CaseIterable {
        /// Links are rewritten.
        case rewrite
        /// Everything is recorded and judged, no message is changed but for the stamp.
        case monitor
    }

    /// What becomes of a message whose record cannot be written.
    package enum JournalFailure: String, Hashable, Sendable, CaseIterable {
        /// The sender comes again later.
        case tempfail
        /// It is delivered unmodified, and can never be found or taken back.
        case pass
    }

    /// `unix:/path` or `inet:port@host`.
    package let socket: String
    package let mode: Mode
    package let exemptDomains: [ExemptDomain]
    package let onJournalFailure: JournalFailure
    /// How long one read or write on the MTA's connection may take.
    package let timeout: Duration
    package let limits: MilterLimits

    static let name = "milter"
    static var options: [any DeclaredOption] {
        [socketOption, modeOption, exemptOption, failureOption, timeoutOption]
    }
    static var sections: [any SettingsSection.Type] { [MilterLimits.self] }
    // Debian's Postfix looks for sockets below its queue directory.
    private static let socketOption = Option(
        "socket", default: "unix:/var/spool/postfix/rearguard/milter.sock", ValueKind<String>.milterSocket)
    private static let modeOption = Option("mode", default: "rewrite", ValueKind<Mode>.choice)
    private static let exemptOption = Option("exempt_domains", default: "[]", ExemptDomain.listKind)
    private static let failureOption = Option(
        "on_journal_failure", default: "tempfail", ValueKind<JournalFailure>.choice)
    private static let timeoutOption = Option(
        "timeout", default: "310 s", ValueKind<Duration>.duration(.seconds(10)...(.seconds(7_200))))

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        socket = try section.value(Self.socketOption)
        mode = try section.value(Self.modeOption)
        exemptDomains = try section.value(Self.exemptOption)
        onJournalFailure = try section.value(Self.failureOption)
        timeout = try section.value(Self.timeoutOption)
        limits = try section.section(MilterLimits.self)
    }
}

/// What one message may hold; beyond it the message is passed unmodified and recorded with the reason.
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

    static let name = "limits"
    static var options: [any DeclaredOption] {
        [sizeOption, recipientsOption, nestingOption, entitiesOption, linksOption]
    }
    private static let sizeOption = Option(
        "message_size", default: "100 MiB", ValueKind<Int>.size(64 * 1_024...(1 << 30)))
    private static let recipientsOption = Option("recipients", default: "10000", ValueKind<Int>.number(1...1_000_000))
    private static let nestingOption = Option("nesting", default: "100", ValueKind<Int>.number(1...1_000))
    private static let entitiesOption = Option("entities", default: "10000", ValueKind<Int>.number(1...1_000_000))
    private static let linksOption = Option("links", default: "10000", ValueKind<Int>.number(1...1_000_000))

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        messageSize = try section.value(Self.sizeOption)
        recipients = try section.value(Self.recipientsOption)
        nesting = try section.value(Self.nestingOption)
        entities = try section.value(Self.entitiesOption)
        links = try section.value(Self.linksOption)
    }
}
