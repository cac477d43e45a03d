// SPDX-License-Identifier: Apache-2.0

import Yams

/// What others say about URLs, domains and files, and what they may not say.
package struct FeedsSettings: Hashable, SettingsSection {
    package let sources: [FeedSettings]
    /// Domains of the site, in small ASCII letters: no feed may hold anything against them.
    package let ownDomains: [String]
    /// How old a click may be to raise an alert when an indicator comes later.
    package let lookBack: Duration

    static let name = "feeds"
    static var options: [any DeclaredOption] { [sourcesOption, ownOption, lookBackOption] }
    private static let sourcesOption = Option("sources", default: "[]", FeedSettings.listKind)
    private static let ownOption = Option("own_domains", default: "[]", ValueKind<[String]>.domains)
    private static let lookBackOption = Option(
        "look_back", default: "90 d", ValueKind<Duration>.duration(.seconds(3_600)...(.seconds(3_650 * 86_400))))

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        sources = try section.value(Self.sourcesOption)
        ownDomains = try section.value(Self.ownOption)
        lookBack = try section.value(Self.lookBackOption)
    }
}

/// One feed, as it is configured; rearguardd makes a source of it.
package struct FeedSettings: Hashable, Sendable {
    package enum Format: String, Hashable, Sendable, CaseIterable {
        case urls, domains, hashes, hosts, rpz
        case urlhausCSV = "urlhaus-csv"
        case urlhausJSON = "urlhaus-json"
        case phishtankCSV = "phishtank-csv"
        case phishtankJSON = "phishtank-json"
        case openphish, misp
        case mispWarninglist = "misp-warninglist"
        case stix, taxii, csv
    }

    package enum Role: String, Hashable, Sendable, CaseIterable {
        case block, allow
        case shield = "guard"
    }

    package enum Verdict: String, Hashable, Sendable, CaseIterable {
        case malicious, suspicious
    }

    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case url, domain, file
    }

    package let name: String
    package let format: Format
    package let location: String
    package let role: Role
    package let verdict: Verdict
    package let confidence: Int
    package let confidenceAtLeast: Int
    package let every: Duration
    /// Nil: an entry holds as long as it is listed.
    package let expires: Duration?
    package let size: Int
    package let changeLimit: Int
    package let mailLimit: Int
    package let timeout: Duration
    package let kind: Kind
    /// Columns of a CSV, by name or number.
    package let valueColumn: String
    /// Nil: all values are of `kind`.
    package let kindColumn: String?
    package let reasonColumn: String?
    /// A file with one header field for the request; nil: none.
    ///
    /// Read it with `SecretFile.read`.
    package let credentialFile: String?

    /// Feeds are run one after the other.
    private static let countLimit = 100

    private static let options: [any DeclaredOption] = [
        nameOption, formatOption, locationOption, roleOption, verdictOption, confidenceOption, atLeastOption,
        everyOption, expiresOption, sizeOption, changeOption, mailOption, timeoutOption, kindOption, valueOption,
        kindColumnOption, reasonOption, credentialOption,
    ]
    private static let nameOption = Option(
        "name", example: "urlhaus",
        ValueKind<String>("small letters, digits and dashes, at most 64, and not 'admin'", print: { $0 }) { text in
            let isName = text.utf8.allSatisfy { $0 &- 0x61 < 26 || $0 &- 0x30 < 10 || $0 == UInt8(ascii: "-") }
            return isName && (1...64).contains(text.utf8.count) && text != "admin" ? text : nil
        })
    private static let formatOption = Option("format", example: "urlhaus-csv", ValueKind<Format>.choice)
    private static let locationOption = Option(
        "location", example: "https://urlhaus.abuse.ch/downloads/csv_recent/",
        ValueKind<String>("an https or http URL without a user, or an absolute path", print: { $0 }) { text in
            guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), text.utf8.count <= 2_000 else { return nil }
            if text.hasPrefix("/") { return text.split(separator: "/").contains("..") ? nil : text }
            guard let scheme = ["https://", "http://"].first(where: text.hasPrefix) else { return nil }
            let authority = text.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" }
            return authority.isEmpty || authority.contains("@") ? nil : text
        })
    private static let roleOption = Option("role", default: "block", ValueKind<Role>.choice)
    private static let verdictOption = Option("verdict", default: "malicious", ValueKind<Verdict>.choice)
    private static let confidenceOption = Option("confidence", default: "75", ValueKind<Int>.number(0...100))
    private static let atLeastOption = Option("confidence_at_least", default: "0", ValueKind<Int>.number(0...100))
    private static let everyOption = Option(
        "every", default: "1 h", ValueKind<Duration>.duration(.seconds(10)...(.seconds(30 * 86_400))))
    private static let expiresOption = Option("expires", default: "never", expiryKind)
    private static let sizeOption = Option("size", default: "256 MiB", ValueKind<Int>.size(1_024...(4 << 30)))
    private static let changeOption = Option("change_limit", default: "50", ValueKind<Int>.number(0...1_000_000))
    private static let mailOption = Option("mail_limit", default: "5", ValueKind<Int>.number(0...100))
    private static let timeoutOption = Option(
        "timeout", default: "2 min", ValueKind<Duration>.duration(.seconds(1)...(.seconds(3_600))))
    private static let kindOption = Option("kind", default: "url", ValueKind<Kind>.choice)
    private static let valueOption = Option("value_column", default: "\"1\"", ValueKind<String>.text)
    private static let kindColumnOption = Option("kind_column", default: "none", orNone)
    private static let reasonOption = Option("reason_column", default: "none", orNone)
    private static let credentialOption = Option("credential_file", default: "none", pathOrNone)

    private static let orNone = ValueKind<String?>("a column's name or number, or none", print: { $0 ?? "none" }) {
        $0 == "none" ? .some(nil) : $0.isEmpty ? nil : $0
    }
    private static let pathOrNone = ValueKind<String?>("an absolute path, or none", print: { $0 ?? "none" }) {
        $0 == "none" ? .some(nil) : $0.hasPrefix("/") ? $0 : nil
    }
    private static let expiryKind = ValueKind<Duration?>(
        "a time of at least 60 s such as '30 d', or never", print: { $0.map { TimeSpan.text($0) } ?? "never" }
    ) { text in
        if text == "never" { return .some(nil) }
        guard let span = TimeSpan.parse(text), span >= .seconds(60) else { return nil }
        return span
    }

    static var listKind: ValueKind<[FeedSettings]> {
        let expected = "a list of at most \(countLimit) feeds"
        return ValueKind(expected: expected, print: text) { entry throws(ConfigurationError) in
            guard case .sequence(let sequence) = entry.node, sequence.count <= countLimit else {
                throw entry.fault(expected: expected)
            }
            var feeds: [FeedSettings] = []
            for (index, node) in sequence.enumerated() {
                let line = node.mark?.line ?? entry.line
                let item = Entry(file: entry.file, key: "\(entry.key)[\(index + 1)]", line: line, node: node)
                let feed = try FeedSettings(item)
                guard feed.role != .shield || feed.format != .misp && feed.format != .taxii else {
                    throw item.fault(
                        expected: "another format for role guard: '\(feed.format.rawValue)' never gives the whole list")
                }
                guard !feeds.contains(where: { $0.name == feed.name }) else {
                    throw item.fault(expected: "another name than '\(feed.name)', which an earlier feed has")
                }
                feeds.append(feed)
            }
            return feeds
        }
    }

    private init(_ entry: Entry) throws(ConfigurationError) {
        var reader = try SectionReader(item: entry, options: Self.options)
        name = try reader.value(Self.nameOption)
        format = try reader.value(Self.formatOption)
        location = try reader.value(Self.locationOption)
        role = try reader.value(Self.roleOption)
        verdict = try reader.value(Self.verdictOption)
        confidence = try reader.value(Self.confidenceOption)
        confidenceAtLeast = try reader.value(Self.atLeastOption)
        every = try reader.value(Self.everyOption)
        expires = try reader.value(Self.expiresOption)
        size = try reader.value(Self.sizeOption)
        changeLimit = try reader.value(Self.changeOption)
        mailLimit = try reader.value(Self.mailOption)
        timeout = try reader.value(Self.timeoutOption)
        kind = try reader.value(Self.kindOption)
        valueColumn = try reader.value(Self.valueOption)
        kindColumn = try reader.value(Self.kindColumnOption)
        reasonColumn = try reader.value(Self.reasonOption)
        credentialFile = try reader.value(Self.credentialOption)
    }

    @Sendable private static func text(_ feeds: [FeedSettings]) -> String {
        let items = feeds.map { feed in
            let fields = [
                "name: \(feed.name)", "format: \(feed.format.rawValue)",
                "location: \(YAMLScalar.flow(feed.location))",
                "role: \(feed.role.rawValue)", "verdict: \(feed.verdict.rawValue)", "confidence: \(feed.confidence)",
                "confidence_at_least: \(feed.confidenceAtLeast)", "every: \(TimeSpan.text(feed.every))",
                "expires: \(feed.expires.map { TimeSpan.text($0) } ?? "never")", "size: \(ByteSize.text(feed.size))",
                "change_limit: \(feed.changeLimit)", "mail_limit: \(feed.mailLimit)",
                "timeout: \(TimeSpan.text(feed.timeout))", "kind: \(feed.kind.rawValue)",
                "value_column: \(YAMLScalar.flow(feed.valueColumn))",
                "kind_column: \(YAMLScalar.flow(feed.kindColumn ?? "none"))",
                "reason_column: \(YAMLScalar.flow(feed.reasonColumn ?? "none"))",
                "credential_file: \(YAMLScalar.flow(feed.credentialFile ?? "none"))",
            ]
            return "{\(fields.joined(separator: ", "))}"
        }
        return "[\(items.joined(separator: ", "))]"
    }
}
