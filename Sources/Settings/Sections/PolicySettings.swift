// SPDX-License-Identifier: Apache-2.0

package import Mail

/// What is done with some mail: the answers that `milter` gives for all of it, and a policy for its own.
package struct PolicyAnswers: Hashable, Sendable {
    package let mode: PolicyMode
    package let parts: [PolicyPart]
    package let textStyle: TextStyle
    package let images: LinkTreatment
    package let remoteStyles: StyleTreatment
    package let meetingLinks: LinkTreatment
    package let exemptDomains: [ExemptDomain]
    package let onMalicious: MaliciousAnswer
    package let onAmbiguity: AmbiguityAnswer
    package let onLimit: UnreadAnswer
    package let onFault: UnreadAnswer
    package let onSigned: UnreadAnswer
    package let onUnscannable: UnreadAnswer
}

extension PolicyAnswers {
    static var options: [any DeclaredOption] {
        [modeOption] + laterOptions
    }
    /// In the file, these stand behind what tells own mail from other mail.
    static var laterOptions: [any DeclaredOption] {
        [
            partsOption, styleOption, imagesOption, remoteStylesOption, meetingOption, exemptOption, maliciousOption,
            ambiguityOption, limitOption, faultOption, signedOption, unscannableOption,
        ]
    }
    static let modeOption = Option("mode", default: "rewrite", ValueKind<PolicyMode>.choice)
    private static let partsOption = Option(
        "parts", default: "[html, text, calendar, attached]", ValueKind<[PolicyPart]>.choices())
    private static let styleOption = Option("text_style", default: "plain", ValueKind<TextStyle>.choice)
    private static let imagesOption = Option("images", default: "leave", ValueKind<LinkTreatment>.choice)
    private static let remoteStylesOption = Option(
        "remote_styles", default: "leave", ValueKind<StyleTreatment>.choice)
    private static let meetingOption = Option("meeting_links", default: "leave", ValueKind<LinkTreatment>.choice)
    private static let exemptOption = Option("exempt_domains", default: "[]", ExemptDomain.listKind)
    private static let maliciousOption = Option("on_malicious", default: "hold", ValueKind<MaliciousAnswer>.choice)
    private static let ambiguityOption = Option("on_ambiguity", default: "hold", ValueKind<AmbiguityAnswer>.choice)
    private static let limitOption = Option("on_limit", default: "hold", ValueKind<UnreadAnswer>.choice)
    private static let faultOption = Option("on_fault", default: "hold", ValueKind<UnreadAnswer>.choice)
    private static let signedOption = Option("on_signed", default: "pass", ValueKind<UnreadAnswer>.choice)
    private static let unscannableOption = Option("on_unscannable", default: "pass", ValueKind<UnreadAnswer>.choice)

    /// Those of the section `milter`.
    init(mode: PolicyMode, _ section: inout SectionReader) throws(ConfigurationError) {
        self.mode = mode
        parts = try section.value(Self.partsOption)
        textStyle = try section.value(Self.styleOption)
        images = try section.value(Self.imagesOption)
        remoteStyles = try section.value(Self.remoteStylesOption)
        meetingLinks = try section.value(Self.meetingOption)
        exemptDomains = try section.value(Self.exemptOption)
        onMalicious = try section.value(Self.maliciousOption)
        onAmbiguity = try section.value(Self.ambiguityOption)
        onLimit = try section.value(Self.limitOption)
        onFault = try section.value(Self.faultOption)
        onSigned = try section.value(Self.signedOption)
        onUnscannable = try section.value(Self.unscannableOption)
    }

    /// Those of a policy: what it does not say is as it is for all mail.
    fileprivate init(_ item: inout SectionReader, otherwise all: PolicyAnswers) throws(ConfigurationError) {
        mode = try item.value(Self.modeOption, otherwise: all.mode)
        parts = try item.value(Self.partsOption, otherwise: all.parts)
        textStyle = try item.value(Self.styleOption, otherwise: all.textStyle)
        images = try item.value(Self.imagesOption, otherwise: all.images)
        remoteStyles = try item.value(Self.remoteStylesOption, otherwise: all.remoteStyles)
        meetingLinks = try item.value(Self.meetingOption, otherwise: all.meetingLinks)
        exemptDomains = try item.value(Self.exemptOption, otherwise: all.exemptDomains)
        onMalicious = try item.value(Self.maliciousOption, otherwise: all.onMalicious)
        onAmbiguity = try item.value(Self.ambiguityOption, otherwise: all.onAmbiguity)
        onLimit = try item.value(Self.limitOption, otherwise: all.onLimit)
        onFault = try item.value(Self.faultOption, otherwise: all.onFault)
        onSigned = try item.value(Self.signedOption, otherwise: all.onSigned)
        onUnscannable = try item.value(Self.unscannableOption, otherwise: all.onUnscannable)
    }
}

/// One policy of the list `milter.policies`: for which mail it holds, and what is done with that mail.
package struct PolicySettings: Hashable, Sendable {
    package let name: String
    package let senders: [AddressPattern]
    package let recipients: [AddressPattern]
    package let directions: [MailDirection]
    package let authentication: [AuthenticationResult]
    package let answers: PolicyAnswers
    /// As YAML within braces: what was set, and nothing else.
    private let text: String

    /// Every message is compared with all of them.
    private static let countLimit = 200

    private static let options: [any DeclaredOption] =
        [nameOption, senderOption, recipientOption, directionOption, resultOption] + PolicyAnswers.options
    private static let nameOption = Option("name", example: "pilot group", ValueKind<String>.policyName)
    private static let senderOption = Option("senders", default: "[]", ValueKind<[AddressPattern]>.addressPatterns)
    private static let recipientOption = Option(
        "recipients", default: "[]", ValueKind<[AddressPattern]>.addressPatterns)
    private static let directionOption = Option("directions", default: "[]", ValueKind<[MailDirection]>.choices())
    private static let resultOption = Option("authentication", default: "[]", ValueKind<[AuthenticationResult]>.results)

    static func listOption(otherwise all: PolicyAnswers) -> Option<[PolicySettings]> {
        let item = ValueKind<PolicySettings>(expected: "a policy", print: { $0.text }) {
            entry throws(ConfigurationError) in try PolicySettings(entry, otherwise: all)
        }
        return Option(
            "policies", default: "[]", ValueKind<[PolicySettings]>.list(of: item, named: "policies", atMost: countLimit)
        )
    }

    private init(_ entry: Entry, otherwise all: PolicyAnswers) throws(ConfigurationError) {
        var reader = try SectionReader(item: entry, options: Self.options)
        name = try reader.value(Self.nameOption)
        senders = try reader.value(Self.senderOption, otherwise: [])
        recipients = try reader.value(Self.recipientOption, otherwise: [])
        directions = try reader.value(Self.directionOption, otherwise: [])
        authentication = try reader.value(Self.resultOption, otherwise: [])
        answers = try PolicyAnswers(&reader, otherwise: all)
        text = "{\(reader.effective.map { $0.drop { $0 == " " } }.joined(separator: ", "))}"
    }
}
