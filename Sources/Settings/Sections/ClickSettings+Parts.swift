// SPDX-License-Identifier: Apache-2.0

/// What a rule that strikes asks for.
package enum ClickStep: String, Hashable, Sendable, CaseIterable {
    /// Noted in the record only.
    case follow
    /// The page that shows the real host.
    case ask
    case warn
    case block
}

/// What is told of a target without asking anybody.
package struct ClickRuleSettings: Hashable, SettingsSection {
    package let ipLiteral: ClickStep
    package let lookAlike: ClickStep
    package let wrapperDepth: ClickStep
    package let newDomain: ClickStep
    /// How long a domain is new, in days.
    package let newDomainDays: Int
    /// Names that others may not look like: brands, and the site's own domains.
    package let protectedDomains: [String]

    static let name = "rules"
    static var options: [any DeclaredOption] {
        [ipOption, lookAlikeOption, depthOption, newDomainOption, newDomainDaysOption, protectedOption]
    }
    private static let ipOption = Option("ip_literal", default: "warn", ValueKind<ClickStep>.choice)
    private static let lookAlikeOption = Option("look_alike", default: "warn", ValueKind<ClickStep>.choice)
    private static let depthOption = Option("wrapper_depth", default: "warn", ValueKind<ClickStep>.choice)
    private static let newDomainOption = Option("new_domain", default: "follow", ValueKind<ClickStep>.choice)
    private static let newDomainDaysOption = Option("new_domain_days", default: "7", ValueKind<Int>.number(1...365))
    private static let protectedOption = Option("protected_domains", default: "[]", ValueKind<[String]>.domains)

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        ipLiteral = try section.value(Self.ipOption)
        lookAlike = try section.value(Self.lookAlikeOption)
        wrapperDepth = try section.value(Self.depthOption)
        newDomain = try section.value(Self.newDomainOption)
        newDomainDays = try section.value(Self.newDomainDaysOption)
        protectedDomains = try section.value(Self.protectedOption)
    }
}

/// Whom the links are for.
package struct ClickAudienceSettings: Hashable, SettingsSection {
    package enum Outside: String, Hashable, Sendable, CaseIterable {
        case follow
        case ask
        case warn
    }

    /// The site's own networks.
    package let networks: [String]
    /// What somebody from elsewhere meets, on a device that was not here before.
    package let outside: Outside
    /// Addresses in an hour from which one link is a crowd's; 0: never.
    package let addressesPerLink: Int

    static let name = "audience"
    static var options: [any DeclaredOption] { [networksOption, outsideOption, addressesOption] }
    private static let networksOption = Option("networks", default: "[]", ValueKind<[String]>.networks)
    private static let outsideOption = Option("outside", default: "follow", ValueKind<Outside>.choice)
    private static let addressesOption = Option(
        "addresses_per_link", default: "50", ValueKind<Int>.number(0...100_000))

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        networks = try section.value(Self.networksOption)
        outside = try section.value(Self.outsideOption)
        addressesPerLink = try section.value(Self.addressesOption)
    }
}

/// Lists of bad domains that are asked by DNS.
package struct ClickDNSSettings: Hashable, SettingsSection {
    package enum NoAnswer: String, Hashable, Sendable, CaseIterable {
        case follow
        /// The page that says the check is not over.
        case wait
        case warn
    }

    package let lists: [String]
    /// `address:port`.
    package let resolver: String
    package let budget: Duration
    package let onNoAnswer: NoAnswer

    static let name = "dns"
    static var options: [any DeclaredOption] { [listsOption, resolverOption, budgetOption, answerOption] }
    private static let listsOption = Option("lists", default: "[]", ValueKind<[String]>.dnsLists)
    private static let resolverOption = Option("resolver", default: "127.0.0.1:53", ValueKind<String>.listenAddress)
    private static let budgetOption = Option(
        "budget", default: "300 ms", ValueKind<Duration>.duration(.milliseconds(20)...(.seconds(5))))
    private static let answerOption = Option("on_no_answer", default: "follow", ValueKind<NoAnswer>.choice)

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        lists = try section.value(Self.listsOption)
        resolver = try section.value(Self.resolverOption)
        budget = try section.value(Self.budgetOption)
        onNoAnswer = try section.value(Self.answerOption)
    }
}

/// What is kept of those who click.
package struct ClickPrivacySettings: Hashable, SettingsSection {
    package enum Address: String, Hashable, Sendable, CaseIterable {
        case whole
        case truncated
        case keyed
    }

    package let recordsClicks: Bool
    package let address: Address
    /// How long clicks stay in the store; zero: for ever.
    package let keep: Duration

    static let name = "privacy"
    static var options: [any DeclaredOption] { [recordOption, addressOption, keepOption] }
    private static let recordOption = Option("record_clicks", default: "yes", ValueKind<Bool>.flag)
    private static let addressOption = Option("address", default: "whole", ValueKind<Address>.choice)
    private static let keepOption = Option(
        "keep", default: "30 d", ValueKind<Duration>.duration(.zero...(.seconds(3_650 * 86_400))))

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        recordsClicks = try section.value(Self.recordOption)
        address = try section.value(Self.addressOption)
        keep = try section.value(Self.keepOption)
    }
}

/// What one peer may ask for.
package struct ClickLimitSettings: Hashable, SettingsSection {
    package let connections: Int
    /// 0: any.
    package let connectionsPerAddress: Int
    package let requestsPerConnection: Int
    package let headTimeout: Duration
    /// In a minute; 0: any.
    package let clicksPerLink: Int
    /// In a minute; 0: any.
    package let invalidPerAddress: Int

    static let name = "limits"
    static var options: [any DeclaredOption] {
        [connectionsOption, addressOption, requestsOption, timeoutOption, linkOption, invalidOption]
    }
    private static let connectionsOption = Option(
        "connections", default: "16384", ValueKind<Int>.number(16...1_000_000))
    private static let addressOption = Option(
        "connections_per_address", default: "256", ValueKind<Int>.number(0...1_000_000))
    private static let requestsOption = Option(
        "requests_per_connection", default: "100", ValueKind<Int>.number(1...1_000_000))
    private static let timeoutOption = Option(
        "head_timeout", default: "5 s", ValueKind<Duration>.duration(.milliseconds(100)...(.seconds(60))))
    private static let linkOption = Option("clicks_per_link", default: "120", ValueKind<Int>.number(0...1_000_000_000))
    private static let invalidOption = Option(
        "invalid_per_address", default: "60", ValueKind<Int>.number(0...1_000_000_000))

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        connections = try section.value(Self.connectionsOption)
        connectionsPerAddress = try section.value(Self.addressOption)
        requestsPerConnection = try section.value(Self.requestsOption)
        headTimeout = try section.value(Self.timeoutOption)
        clicksPerLink = try section.value(Self.linkOption)
        invalidPerAddress = try section.value(Self.invalidOption)
    }
}
