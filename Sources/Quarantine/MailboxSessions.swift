// SPDX-License-Identifier: Apache-2.0

/// The open mailboxes of one server: a run over many messages connects to each mailbox once.
package actor MailboxSessions {
    private let server: MailboxServer
    private let limit: Int
    /// The one used last stands last.
    private var open: [(mailbox: String, session: MailboxSession)] = []

    /// `limit` is the number of connections kept open; servers limit what one address may hold.
    package init(_ server: MailboxServer, limit: Int = 16) {
        self.server = server
        self.limit = max(1, limit)
    }

    /// The session of a mailbox, open or new; the one not used for longest is closed when there are too many.
    package func session(for mailbox: String) async -> MailboxSession {
        if let index = open.firstIndex(where: { $0.mailbox == mailbox }) {
            let entry = open.remove(at: index)
            open.append(entry)
            return entry.session
        }
        let session = MailboxSession(server, mailbox: mailbox)
        open.append((mailbox, session))
        if open.count > limit { await open.removeFirst().session.close() }
        return session
    }

    /// Logs out everywhere, as after a run: an idle connection is the server's burden.
    package func closeAll() async {
        let sessions = open.map(\.session)
        open = []
        for session in sessions { await session.close() }
    }
}
