// SPDX-License-Identifier: Apache-2.0

package import Mail

/// Whether attachments are scanned while their message waits.
package struct ScanSettings: Hashable, SettingsSection {
    /// By the rules of `signatures.yara`.
    package let yara: Bool
    /// By the clamd of `signatures.clamd`.
    package let clamd: Bool
    /// For all scanners and one content.
    package let deadline: Duration
    /// What becomes of a message when a scanner fails or is late.
    package let onFailure: UnreadAnswer

    static let name = "scan"
    static var options: [any DeclaredOption] { [yaraOption, clamdOption, deadlineOption, failureOption] }
    private static let yaraOption = Option("yara", default: "no", ValueKind<Bool>.flag)
    private static let clamdOption = Option("clamd", default: "no", ValueKind<Bool>.flag)
    private static let deadlineOption = Option(
        "deadline", default: "5 s", ValueKind<Duration>.duration(.milliseconds(10)...(.seconds(300))))
    private static let failureOption = Option("on_failure", default: "tempfail", ValueKind<UnreadAnswer>.choice)

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        yara = try section.value(Self.yaraOption)
        clamd = try section.value(Self.clamdOption)
        deadline = try section.value(Self.deadlineOption)
        onFailure = try section.value(Self.failureOption)
    }
}
