// SPDX-License-Identifier: Apache-2.0

/// Why work on a mailbox did not come to an end.
///
/// `description` is what a person reads in the action's detail; `code` decides what happens next.
package struct QuarantineError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        /// No connection, a lost one, a timeout, or a server that says it is not ready: come again.
        case unreachable
        /// The server does not accept our master user: a person has to look, and later it may work.
        case loginRefused
        /// The master user is welcome, but there is no such mailbox.
        case noSuchMailbox
        /// The server understood and said no (over quota, no permission).
        case refused
        /// The server can neither `MOVE` nor expunge single messages.
        case unsupported
        /// An answer over a limit, or one that is not IMAP.
        case badReply
        /// Something we were given and will not put into a command.
        case badInput
    }

    package let code: Code
    package let description: String

    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// Whether the same call may succeed later without anybody changing the request.
    package var isWorthRetrying: Bool {
        switch code {
        case .unreachable, .loginRefused, .refused, .badReply: true
        case .noSuchMailbox, .unsupported, .badInput: false
        }
    }
}
