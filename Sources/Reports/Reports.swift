// SPDX-License-Identifier: Apache-2.0

// Reports: what a user's report of a message says, in every form in which reports come.
//
// A report is a mail to an address of the site: with the original attached (message/rfc822, what report buttons and careful
// people send), as feedback in the Abuse Reporting Format (RFC 5965), or forwarded inline. What matters is which delivered
// message it is about, so every trace of it is taken: our stamp in an attached original, its Message-ID (also from References,
// which clients set when they forward), and the rewritten links that are left in forwarded text, each of which names its
// message under our signature. The store finds the message by the strongest of them.
//
// Nothing here looks anything up or decides anything; the bytes of the report are not kept.
//
// Road not taken: an own daemon that takes reports by LMTP: every MTA can already give a mail to a command, queues it while
// that fails, and knows who may send to the address.

/// What the reporter thinks of the message.
package enum ReportOpinion: String, Hashable, Sendable, CaseIterable {
    case phishing, junk
    case notJunk = "not_junk"
}

/// How the report came.
package enum ReportForm: String, Hashable, Sendable, CaseIterable {
    /// The original is attached.
    case attached
    /// Abuse Reporting Format.
    case feedback
    /// The original's text stands in the report.
    case forwarded
}

/// What is known of one message that is reported: traces by which it may be found.
package struct ReportedOriginal: Hashable, Sendable {
    /// The value of its `X-Rearguard-Id`.
    package var stamp: String?
    /// With angle brackets.
    package var messageIDs: [String] = []
    /// From links of ours in it, verified.
    package var references: [String] = []
    package var subject: String?

    /// Whether there is anything to look for.
    package var isEmpty: Bool { stamp == nil && messageIDs.isEmpty && references.isEmpty && subject == nil }
}

/// One report.
package struct UserReport: Hashable, Sendable {
    package var opinion: ReportOpinion
    package var form: ReportForm
    /// The address in From, in small letters; nil: there is none.
    package var reporter: String?
    /// The reporter's language (`de`), if the mail says so.
    package var language: String?
    /// A machine sent it: it gets no answer (RFC 3834, section 2).
    package var isAutomatic: Bool
    package var originals: [ReportedOriginal]
}

/// What one report may hold.
package enum ReportLimits {
    /// Bytes of a report.
    package static let size = 64 * 1_024 * 1_024
    /// Originals in one report.
    static let originals = 10
    /// Message-IDs and links of one original.
    static let traces = 20
    /// Bytes of text that are searched for our links.
    static let text = 4 * 1_024 * 1_024
    /// Bytes of a header field.
    static let field = 2_000
}
