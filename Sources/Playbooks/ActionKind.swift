// SPDX-License-Identifier: Apache-2.0

/// A folder by its purpose; what it is called is configuration.
package enum MailboxRole: String, Codable, Hashable, Sendable, CaseIterable {
    case inbox, junk, trash, quarantine
}

/// What an action does to mailboxes.
package enum ActionKind: String, Codable, Hashable, Sendable, CaseIterable {
    /// Moves delivered messages out of their readers' way.
    case quarantineMessages = "quarantine_messages"
    /// Moves them to the junk folder.
    case junkMessages = "junk_messages"
    /// Moves them to the inbox: what was taken for junk and is none.
    case inboxMessages = "inbox_messages"
    /// Moves them to the trash, from where their owner can take them.
    case softDeleteMessages = "soft_delete_messages"
    /// Deletes them wherever they are, the quarantine included; nobody brings them back.
    case hardDeleteMessages = "hard_delete_messages"
    /// Puts quarantined messages back where they were.
    case releaseMessages = "release_messages"
    /// Puts back what another action moved anywhere else.
    case restoreMessages = "restore_messages"

    /// What a playbook or a person may propose; the way back is a person's answer to another action.
    package static let recommendable = allCases.filter { !$0.isReversal }

    /// Where it moves messages to; nil when it deletes them, or puts them back.
    package var destination: MailboxRole? {
        switch self {
        case .quarantineMessages: .quarantine
        case .junkMessages: .junk
        case .inboxMessages: .inbox
        case .softDeleteMessages: .trash
        case .hardDeleteMessages, .releaseMessages, .restoreMessages: nil
        }
    }

    /// Whether it takes another action back.
    package var isReversal: Bool { self == .releaseMessages || self == .restoreMessages }
}
