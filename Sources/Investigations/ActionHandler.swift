// SPDX-License-Identifier: Apache-2.0

package import Playbooks

/// A message, for those who can reach the mailboxes it was delivered to.
package struct DeliveredMessage: Hashable, Sendable {
    /// 16 hexadecimal digits.
    package let reference: String
    /// The value of its `X-Rearguard-Id`: how it is found.
    package let stamp: String

    package init(reference: String, stamp: String) {
        self.reference = reference
        self.stamp = stamp
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
    /// It is where it is to go: somebody, perhaps we before a crash, did so already.
    case there(MailboxPlace)
    /// It is in quarantine, and was to go elsewhere.
    case held(MailboxPlace)
    case notFound
}

/// What became of a move.
package enum MoveResult: Hashable, Sendable {
    case moved
    /// It was at its destination before.
    case alreadyThere
    /// It is neither where it was a moment ago nor at its destination: look for it again.
    case notFound
}

/// Where a message was, and goes back to.
package struct FormerPlace: Hashable, Sendable {
    package let message: DeliveredMessage
    /// Nil: not known; the inbox then.
    package let folder: String?
    package let flags: String

    package init(_ message: DeliveredMessage, folder: String?, flags: String) {
        self.message = message
        self.folder = folder
        self.flags = flags
    }
}

/// Why a mailbox did not do what it was asked; the text is for people.
package enum Obstacle: Error, Hashable, Sendable {
    /// It may or may not have happened; come again later.
    case unreachable(String)
    /// No sense in coming again.
    case failed(String)

    var text: String {
        switch self {
        case .unreachable(let text), .failed(let text): text
        }
    }
}

/// Reaches mailboxes for actions; module Quarantine does the work and `rearguardd` connects the two.
///
/// Two phases, because an action is recorded before it is done: `locate` changes nothing and says what the way back would
/// need, that is written down, and only then the messages are moved. Every call is safe to repeat, is about one mailbox,
/// and takes all messages that the action is about there: what a mailbox costs is the connection.
package protocol ActionHandler: Sendable {
    /// Each message's place; `destination` is where it is to go, nil to be deleted.
    func locate(
        _ messages: [DeliveredMessage], in mailbox: String, for destination: MailboxRole?
    ) async throws(Obstacle) -> [DeliveredMessage: Located]

    /// Moves the messages from the folder that `locate` named.
    func move(
        _ messages: [DeliveredMessage], in mailbox: String, from folder: String, to destination: MailboxRole
    ) async throws(Obstacle) -> [DeliveredMessage: MoveResult]

    /// Moves the messages from where an action put them to where they were, with the flags they had.
    func putBack(
        _ places: [FormerPlace], in mailbox: String, from role: MailboxRole
    ) async throws(Obstacle) -> [DeliveredMessage: MoveResult]

    /// Deletes the messages in the folder that `locate` named; answers which of them were there.
    func delete(
        _ messages: [DeliveredMessage], in mailbox: String, from folder: String
    ) async throws(Obstacle) -> Set<DeliveredMessage>

    /// The work on the mailbox is over for now: its connection may be closed.
    func close(_ mailbox: String) async
}
