// SPDX-License-Identifier: Apache-2.0

/// Who runs this installation, as users read it on the warning and block pages.
package struct SiteSettings: Hashable, SettingsSection {
    package let name: String
    package let contact: String

    static let name = "site"
    static var options: [any DeclaredOption] { [nameOption, contactOption] }
    private static let nameOption = Option("name", default: "your mail service", ValueKind<String>.text)
    private static let contactOption = Option("contact", default: "your mail administrator", ValueKind<String>.text)

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        name = try section.value(Self.nameOption)
        contact = try section.value(Self.contactOption)
    }
}
