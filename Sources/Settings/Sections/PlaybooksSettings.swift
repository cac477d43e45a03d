// SPDX-License-Identifier: Apache-2.0

package import Mail

/// Where the playbooks are, and what holds for actions that no playbook recommends.
package struct PlaybooksSettings: Hashable, SettingsSection {
    package let directory: String
    /// Copies from which on an action that a person proposes needs a second one; nil: never.
    package let secondPersonFrom: Int?
    /// Whose mail makes an investigation more urgent.
    package let importantRecipients: [AddressPattern]
    /// Who sends the site's own phishing exercises.
    package let exerciseSenders: [AddressPattern]
    /// Mailboxes that collect bad mail on purpose.
    package let securityMailboxes: [AddressPattern]

    static let name = "playbooks"
    static var options: [any DeclaredOption] {
        [directoryOption, secondPersonOption, importantOption, exerciseOption, securityOption]
    }
    private static let directoryOption = Option(
        "directory", default: "/etc/rearguard/playbooks", ValueKind<String>.absolutePath)

    private static let secondPersonOption = Option(
        "second_person_from", default: "500", ValueKind<Int>.number(0...1_000_000))

    private static let importantOption = Option(
        "important_recipients", default: "[]", ValueKind<[AddressPattern]>.addressPatterns)

    private static let exerciseOption = Option(
        "exercise_senders", default: "[]", ValueKind<[AddressPattern]>.addressPatterns)

    private static let securityOption = Option(
        "security_mailboxes", default: "[]", ValueKind<[AddressPattern]>.addressPatterns)

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        directory = try section.value(Self.directoryOption)
        let copies = try section.value(Self.secondPersonOption)
        secondPersonFrom = copies > 0 ? copies : nil
        importantRecipients = try section.value(Self.importantOption)
        exerciseSenders = try section.value(Self.exerciseOption)
        securityMailboxes = try section.value(Self.securityOption)
    }
}
