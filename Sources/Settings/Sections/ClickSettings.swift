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

    /// The begin of every rewritten link, without a slash at the end.
    package let url: String
    /// `host:port`, `[IPv6]:port` or the path of a Unix socket.
    package let listen: String
    /// The directory of the page templates.
    package let pages: String
    /// Whether a user may go on past a warning (never past a block).
    package let allowsProceeding: Bool
    /// Whether every click meets the warning page while there is no verdict index.
    package let isStrict: Bool
    package let onJournalFailure: JournalFailure

    static let name = "click"
    static var options: [any DeclaredOption] {
        [urlOption, listenOption, pagesOption, proceedOption, strictOption, failureOption]
    }
    private static let urlOption = Option("url", example: "https://links.example.org", ValueKind<String>.clickURL)
    private static let listenOption = Option("listen", default: "127.0.0.1:8025", ValueKind<String>.listenAddress)
    private static let pagesOption = Option("pages", default: "/etc/rearguard/pages", ValueKind<String>.absolutePath)
    private static let proceedOption = Option("allow_proceed", default: "yes", ValueKind<Bool>.flag)
    private static let strictOption = Option("strict", default: "no", ValueKind<Bool>.flag)
    private static let failureOption = Option(
        "on_journal_failure", default: "refuse", ValueKind<JournalFailure>.choice)

    init(_ section: inout SectionReader) throws(ConfigurationError) {
        url = try section.value(Self.urlOption)
        listen = try section.value(Self.listenOption)
        pages = try section.value(Self.pagesOption)
        allowsProceeding = try section.value(Self.proceedOption)
        isStrict = try section.value(Self.strictOption)
        onJournalFailure = try section.value(Self.failureOption)
    }
}
