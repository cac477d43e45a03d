// SPDX-License-Identifier: Apache-2.0

/// ARC seals over messages that come in (RFC 8617).
package struct ARCSettings: Hashable, SettingsSection {
    /// `d=`; nil when nothing is sealed.
    package let domain: String?
    /// `s=`: the public key stands in the DNS at `<selector>._domainkey.<domain>`.
    package let selector: String
    /// The private key, as PEM.
    ///
    /// Read it with `SecretFile.read`.
    package let keyFile: String
    /// Whose Authentication-Results are believed; nil: those of the domain.
    package let authservID: String?

    static let name = "arc"
    static var options: [any DeclaredOption] { [domainOption, selectorOption, keyOption, authservOption] }
    private static let domainOption = Option("domain", default: "none", hostKind)
    private static let selectorOption = Option("selector", default: "arc", selectorKind)
    private static let keyOption = Option(
        "key_file", default: "/etc/rearguard/arc-key.pem", ValueKind<String>.absolutePath)
    private static let authservOption = Option("authserv_id", default: "none", hostKind)

    private static let hostKind = ValueKind<String?>("a domain name or none", print: { $0 ?? "none" }) { text in
        text == "none" ? .some(nil) : isHost(text[...]) && !text.hasPrefix("[") ? text : nil
    }
    private static let selectorKind = ValueKind<String>("a name such as arc2030", print: { $0 }) { text in
        isHost(text[...]) && !text.hasPrefix("[") ? text : nil
    }

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        domain = try section.value(Self.domainOption)
        selector = try section.value(Self.selectorOption)
        keyFile = try section.value(Self.keyOption)
        authservID = try section.value(Self.authservOption)
    }
}
