// SPDX-License-Identifier: Apache-2.0

/// What rearguard-click does, and where rewritten links lead.
package struct ClickSettings: Hashable, SettingsSection {
    /// What becomes of a click that would be followed while it cannot be recorded.
    package enum JournalFailure: String, Hashable, Sendable, CaseIterable {
        /// "Try again in a moment".
        case refuse
        /// Followed, and no look-back will ever find who was there.
        case follow
    }

    /// When a click counts as recorded.
    package enum Sync: String, Hashable, Sendable, CaseIterable {
        /// Once it is written; on disk within 100 ms.
        case batch
        /// Once it is on disk.
        case each
    }

    /// How the client behind a front server is told.
    package enum Forwarded: String, Hashable, Sendable, CaseIterable {
        case none
        case field = "x_forwarded_for"
        case header = "proxy_protocol"
    }

    /// The begin of every rewritten link, without a slash at the end.
    package let url: String
    /// `host:port`, `[IPv6]:port` or the path of a Unix socket.
    package let listen: String
    /// The directory of the page templates.
    package let pages: String
    /// A picture for the pages; nil: none.
    package let logo: String?
    /// The certificate chain for HTTPS; nil: plain HTTP for a front server.
    package let certificate: String?
    package let certificateKey: String?
    /// The networks of front servers whose word about the client is taken.
    package let proxies: [String]
    package let forwarded: Forwarded
    /// Whether a user may go on past a warning (never past a block).
    package let allowsProceeding: Bool
    /// How long a page is shown before its button works.
    package let proceedDelay: Duration
    /// Whether every click meets the warning page while there is no verdict index.
    package let isStrict: Bool
    package let onJournalFailure: JournalFailure
    package let sync: Sync
    /// Domains of the site's own phishing exercises.
    package let simulationDomains: [String]
    package let rules: ClickRuleSettings
    package let audience: ClickAudienceSettings
    package let dns: ClickDNSSettings
    package let privacy: ClickPrivacySettings
    package let limits: ClickLimitSettings

    static let name = "click"
    static var options: [any DeclaredOption] {
        [
            urlOption, listenOption, pagesOption, logoOption, certificateOption, keyOption, proxiesOption,
            forwardedOption, proceedOption, delayOption, strictOption, failureOption, syncOption, simulationOption,
        ]
    }
    static var sections: [any SettingsSection.Type] {
        [
            ClickRuleSettings.self, ClickAudienceSettings.self, ClickDNSSettings.self, ClickPrivacySettings.self,
            ClickLimitSettings.self,
        ]
    }
    private static let urlOption = Option("url", example: "https://links.example.org", ValueKind<String>.clickURL)
    private static let listenOption = Option("listen", default: "127.0.0.1:8025", ValueKind<String>.listenAddress)
    private static let pagesOption = Option("pages", default: "/etc/rearguard/pages", ValueKind<String>.absolutePath)
    private static let logoOption = Option("logo", default: "none", ValueKind<String?>.optionalPath)
    private static let certificateOption = Option("certificate", default: "none", ValueKind<String?>.optionalPath)
    private static let keyOption = Option("certificate_key", default: "none", ValueKind<String?>.optionalPath)
    private static let proxiesOption = Option("proxies", default: "[]", ValueKind<[String]>.networks)
    private static let forwardedOption = Option("forwarded", default: "none", ValueKind<Forwarded>.choice)
    private static let proceedOption = Option("allow_proceed", default: "yes", ValueKind<Bool>.flag)
    private static let delayOption = Option(
        "proceed_delay", default: "2 s", ValueKind<Duration>.duration(.zero...(.seconds(60))))
    private static let strictOption = Option("strict", default: "no", ValueKind<Bool>.flag)
    private static let failureOption = Option(
        "on_journal_failure", default: "refuse", ValueKind<JournalFailure>.choice)
    private static let syncOption = Option("sync", default: "batch", ValueKind<Sync>.choice)
    private static let simulationOption = Option("simulation_domains", default: "[]", ValueKind<[String]>.domains)

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        url = try section.value(Self.urlOption)
        listen = try section.value(Self.listenOption)
        pages = try section.value(Self.pagesOption)
        logo = try section.value(Self.logoOption)
        certificate = try section.value(Self.certificateOption)
        certificateKey = try section.value(Self.keyOption)
        proxies = try section.value(Self.proxiesOption)
        forwarded = try section.value(Self.forwardedOption)
        allowsProceeding = try section.value(Self.proceedOption)
        proceedDelay = try section.value(Self.delayOption)
        isStrict = try section.value(Self.strictOption)
        onJournalFailure = try section.value(Self.failureOption)
        sync = try section.value(Self.syncOption)
        simulationDomains = try section.value(Self.simulationOption)
        rules = try section.section(ClickRuleSettings.self)
        audience = try section.section(ClickAudienceSettings.self)
        dns = try section.section(ClickDNSSettings.self)
        privacy = try section.section(ClickPrivacySettings.self)
        limits = try section.section(ClickLimitSettings.self)
    }
}
