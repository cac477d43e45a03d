// SPDX-License-Identifier: Apache-2.0

/// Where delivered mail is, and how it is moved.
package struct MailboxesSettings: Hashable, SettingsSection {
    package let imap: IMAPSettings

    static let name = "mailboxes"
    static var options: [any DeclaredOption] { [] }
    static var sections: [any SettingsSection.Type] { [IMAPSettings.self] }

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        imap = try section.section(IMAPSettings.self)
    }
}

/// The IMAP server that holds the mailboxes.
package struct IMAPSettings: Hashable, SettingsSection {
    package struct Address: Hashable, Sendable {
        package let host: String
        package let port: UInt16
    }

    package enum Security: String, Hashable, Sendable, CaseIterable {
        /// Plain text: for a server on the same host.
        case none
        /// STARTTLS, required.
        case starttls
        /// TLS from the first byte.
        case implicit
    }

    /// How a recipient's address becomes the name of a mailbox.
    package enum Login: String, Hashable, Sendable, CaseIterable {
        case address
        case localPart = "local_part"
    }

    /// Nil when no server is configured: actions on mailboxes then fail and say so.
    package let address: Address?
    package let security: Security
    /// Nil for the system's certificates.
    package let certificateFile: String?
    package let masterUser: String
    package let masterSeparator: String
    /// Read it with `SecretFile.read`.
    package let passwordFile: String
    package let login: Login
    package let quarantineFolder: String
    package let junkFolder: String
    package let trashFolder: String
    package let connectTimeout: Duration
    package let timeout: Duration
    package let retryFirst: Duration
    package let retryLongest: Duration
    package let connections: Int

    static let name = "imap"
    static var options: [any DeclaredOption] {
        [
            urlOption, tlsOption, certificateOption, userOption, separatorOption, passwordOption, loginOption,
            folderOption, junkOption, trashOption, connectOption, timeoutOption, retryFirstOption, retryLongestOption,
            connectionsOption,
        ]
    }

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        address = try section.value(Self.urlOption)
        security = try section.value(Self.tlsOption)
        certificateFile = try section.value(Self.certificateOption)
        masterUser = try section.value(Self.userOption)
        masterSeparator = try section.value(Self.separatorOption)
        passwordFile = try section.value(Self.passwordOption)
        login = try section.value(Self.loginOption)
        quarantineFolder = try section.value(Self.folderOption)
        junkFolder = try section.value(Self.junkOption)
        trashFolder = try section.value(Self.trashOption)
        connectTimeout = try section.value(Self.connectOption)
        timeout = try section.value(Self.timeoutOption)
        retryFirst = try section.value(Self.retryFirstOption)
        retryLongest = try section.value(Self.retryLongestOption)
        connections = try section.value(Self.connectionsOption)
    }
}

// MARK: - Options

extension IMAPSettings {
    private static let urlOption = Option("url", default: "none", addressKind)
    private static let tlsOption = Option("tls", default: "starttls", ValueKind<Security>.choice)
    private static let certificateOption = Option("certificate_file", default: "system", certificateKind)
    private static let userOption = Option("master_user", default: "rearguard", ValueKind<String>.text)
    private static let separatorOption = Option("master_separator", default: #""*""#, separatorKind)
    private static let passwordOption = Option(
        "password_file", default: "/etc/rearguard/imap-password", ValueKind<String>.absolutePath)
    private static let loginOption = Option("login", default: "address", ValueKind<Login>.choice)
    private static let folderOption = Option("quarantine_folder", default: "Quarantine", ValueKind<String>.text)
    private static let junkOption = Option("junk_folder", default: "Junk", ValueKind<String>.text)
    private static let trashOption = Option("trash_folder", default: "Trash", ValueKind<String>.text)
    private static let connectOption = Option("connect_timeout", default: "10 s", timeoutKind)
    private static let timeoutOption = Option("timeout", default: "60 s", timeoutKind)
    private static let retryFirstOption = Option("retry_first", default: "5 s", retryKind)
    private static let retryLongestOption = Option("retry_longest", default: "15 min", retryKind)
    private static let connectionsOption = Option("connections", default: "4", ValueKind<Int>.number(1...64))

    private static let addressKind = ValueKind<Address?>(
        "'imap://host:port' or none", print: { $0.map { "imap://\(bracketed($0.host)):\($0.port)" } ?? "none" }
    ) { text in
        if text == "none" { return .some(nil) }
        guard text.hasPrefix("imap://"), let (host, port) = hostAndPort(text.dropFirst(7)) else { return nil }
        return Address(host: host, port: port)
    }

    private static let certificateKind = ValueKind<String?>(
        "system or the absolute path of a file of certificates", print: { $0 ?? "system" }
    ) { text in
        text == "system" ? .some(nil) : text.hasPrefix("/") ? text : nil
    }

    private static let separatorKind = ValueKind<String>("one character such as '*' or '%'", print: { $0 }) { text in
        text.utf8.count == 1 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? text : nil
    }

    private static let timeoutKind = ValueKind<Duration>.duration(.seconds(1)...(.seconds(600)))
    private static let retryKind = ValueKind<Duration>.duration(.milliseconds(100)...(.seconds(86_400)))

    @Sendable private static func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }
}
