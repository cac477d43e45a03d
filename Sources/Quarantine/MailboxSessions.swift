// SPDX-License-Identifier: Apache-2.0

/// The open mailboxes of one server; who works on many closes each when it is done with it.
///
/// A connection belongs to the mailbox it logged in to (IMAP knows no second login), so there is nothing to keep for the next
/// one.
package actor MailboxSessions {
    private let server: MailboxServer
    private var open: [String: MailboxSession] = [:]

    package init(_ server: MailboxServer) {
        self.server = server
    }

    /// The session of a mailbox, open or new.
    package func session(for mailbox: String) -> MailboxSession {
        if let session = open[mailbox] { return session }
        let session = MailboxSession(server, mailbox: mailbox)
        open[mailbox] = session
        return session
    }

    /// Logs out of the mailbox: an idle connection is the server's burden.
    package func close(_ mailbox: String) async {
        await open.removeValue(forKey: mailbox)?.close()
    }
}
