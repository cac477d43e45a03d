// SPDX-License-Identifier: Apache-2.0

/// How users who report messages are answered.
package struct ReportsSettings: Hashable, SettingsSection {
    /// The value of From in answers; nil: nobody is answered.
    package let from: String?
    /// How mail is given to the MTA: `smtp://host:port`, or the path of a sendmail command.
    package let submit: String
    /// The folder of the sentences, one file a language.
    package let texts: String
    /// For reporters whose language is not known, or has no file.
    package let language: String

    static let name = "reports"
    static var options: [any DeclaredOption] { [fromOption, submitOption, textsOption, languageOption] }
    private static let fromOption = Option(
        "answer_from", default: "none",
        ValueKind<String?>("an address, with a name before it in ASCII if you like, or none", print: { $0 ?? "none" }) {
            text in
            if text == "none" { return .some(nil) }
            let isLine = text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
            return isLine && text.contains("@") && text.utf8.count <= 400 ? text : nil
        })
    private static let submitOption = Option(
        "submit", default: "smtp://127.0.0.1:25",
        ValueKind<String>("smtp://host:port, or the absolute path of a sendmail command", print: { $0 }) { text in
            let isLine = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            return isLine && (text.hasPrefix("/") || text.hasPrefix("smtp://")) ? text : nil
        })
    private static let textsOption = Option("texts", default: "/etc/rearguard/mail", ValueKind<String>.absolutePath)
    private static let languageOption = Option(
        "language", default: "en",
        ValueKind<String>("a language as two or three small letters", print: { $0 }) { text in
            (2...3).contains(text.utf8.count) && text.utf8.allSatisfy { $0 &- 0x61 < 26 } ? text : nil
        })

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        from = try section.value(Self.fromOption)
        submit = try section.value(Self.submitOption)
        texts = try section.value(Self.textsOption)
        language = try section.value(Self.languageOption)
    }
}
