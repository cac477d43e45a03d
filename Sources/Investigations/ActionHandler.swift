// SPDX-License-Identifier: Apache-2.0

/// One message in one mailbox, for those who can reach mailboxes.
package struct DeliveredMessage: Hashable, Sendable {
    /// 16 hexadecimal digits.
    package let reference: String
    /// The value of its `X-Rearguard-Id`: how it is found.
    package let stamp: String
    /// The address it was delivered to.
    package let mailbox: String

    package init(reference: String, stamp: String, mailbox: String) {
        self.reference = reference
        self.stamp = stamp
        self.mailbox = mailbox
    }
}

/// Where a message is and what it carries there.
package struct MailboxPlace: Hashable, Sendable {
    package let folder: String
    /// Separated by spaces.
    package let flags: String

    package init(folder: String, flags: String) {
        self.folder = folder
        self.flags = flags
    }
}

/// What looking for a message in its mailbox gave.
package enum Located: Hashable, Sendable {
    case found(MailboxPlace)
    /// It is where we move messages to: somebody, perhaps we before a crash, did so already.
    case inQuarantine(MailboxPlace)
    case notFound
    /// Come again later; the text says what is wrong.
    case unreachable(String)
    /// No sense in coming again.
    case failed(String)
}

/// What became of a move.
package enum MoveResult: Hashable, Sendable {
    case moved
    /// It was at its destination before.
    case alreadyThere
    /// It is neither where it was a moment ago nor at its destination: look for it again.
    case notFound
    /// It may or may not have happened; come again later.
    case unreachable(String)
    case failed(String)
}

/// Reaches mailboxes for actions; module Quarantine does the work and `rearguardd` connects the two.
///
/// Two phases, because an action is recorded before it is done: `locate` changes nothing and says what a release would
/// need, that is written down, and only then the message is moved. Every call is safe to repeat.
package protocol ActionHandler: Sendable {
    func locate(_ message: DeliveredMessage) async -> Located
    /// Moves the message from the folder that `locate` named to the quarantine.
    func quarantine(_ message: DeliveredMessage, from folder: String) async -> MoveResult
    /// Moves the message from the quarantine to the folder, the inbox for nil, with these flags.
    func release(_ message: DeliveredMessage, to folder: String?, flags: String) async -> MoveResult
    /// A run over many mailboxes is over: connections may be closed.
    func endRun() async
}
