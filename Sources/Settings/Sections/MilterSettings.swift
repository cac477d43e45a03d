// SPDX-License-Identifier: Apache-2.0

package import Mail

/// What rearguard-milter does.
package struct MilterSettings: Hashable, SettingsSection {
    /// What becomes of a message whose record cannot be written.
    package enum JournalFailure: String, Hashable, Sendable, CaseIterable {
        /// The sender comes again later.
        case tempfail
        /// It is delivered unmodified, and can never be found or taken back.
        case pass
    }

    /// `unix:/path` or `inet:port@host`.
    package let socket: String
    /// The recipients that are inside; empty: all of them.
    package let ownDomains: [AddressPattern]
    /// Where own users' programs stand that hand mail over without logging in.
    package let ownNetworks: [NetworkRange]
    /// Whose Authentication-Results count.
    package let trustedVerifiers: [String]
    /// What is done with mail that no policy is for.
    package let answers: PolicyAnswers
    /// The first one that covers a message and a recipient holds.
    package let policies: [PolicySettings]
    package let onJournalFailure: JournalFailure
    /// How long one read or write on the MTA's connection may take.
    package let timeout: Duration
    /// How long the answer to a message may take.
    package let deadline: Duration
    package let limits: MilterLimits
    package let scan: ScanSettings
    package let arc: ARCSettings

    package var mode: PolicyMode { answers.mode }
    package var exemptDomains: [ExemptDomain] { answers.exemptDomains }

    static let name = "milter"
    static var options: [any DeclaredOption] {
        [socketOption, PolicyAnswers.modeOption, domainsOption, networksOption, verifiersOption]
            + PolicyAnswers.laterOptions + [policiesDeclaration, failureOption, timeoutOption, deadlineOption]
    }
    static var sections: [any SettingsSection.Type] { [MilterLimits.self, ScanSettings.self, ARCSettings.self] }
    // Debian's Postfix looks for sockets below its queue directory.
    private static let socketOption = Option(
        "socket", default: "unix:/var/spool/postfix/rearguard/milter.sock", ValueKind<String>.milterSocket)
    private static let domainsOption = Option("own_domains", default: "[]", ValueKind<[AddressPattern]>.domainPatterns)
    private static let networksOption = Option(
        "own_networks", default: "[127.0.0.0/8, \"::1\"]", ValueKind<[NetworkRange]>.networks)
    private static let verifiersOption = Option("trusted_verifiers", default: "[]", ValueKind<[String]>.verifiers)
    /// The option itself depends on the answers for all mail.
    private static let policiesDeclaration = Option("policies", default: "[]", ValueKind<String>.text)
    private static let failureOption = Option(
        "on_journal_failure", default: "tempfail", ValueKind<JournalFailure>.choice)
    private static let deadlineOption = Option(
        "deadline", default: "20 s", ValueKind<Duration>.duration(.seconds(1)...(.seconds(600))))
    private static let timeoutOption = Option(
        "timeout", default: "310 s", ValueKind<Duration>.duration(.seconds(10)...(.seconds(7_200))))

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        socket = try section.value(Self.socketOption)
        let mode = try section.value(PolicyAnswers.modeOption)
        ownDomains = try section.value(Self.domainsOption)
        ownNetworks = try section.value(Self.networksOption)
        trustedVerifiers = try section.value(Self.verifiersOption)
        answers = try PolicyAnswers(mode: mode, &section)
        policies = try section.value(PolicySettings.listOption(otherwise: answers))
        onJournalFailure = try section.value(Self.failureOption)
        timeout = try section.value(Self.timeoutOption)
        deadline = try section.value(Self.deadlineOption)
        limits = try section.section(MilterLimits.self)
        scan = try section.section(ScanSettings.self)
        arc = try section.section(ARCSettings.self)
    }
}
