// SPDX-License-Identifier: Apache-2.0

// Quarantine: takes delivered messages out of mailboxes and puts them back, over IMAP with a master user.
//
// A message is found by its stamp (`UID SEARCH HEADER X-Rearguard-Id`), in any folder, and moved into a folder of the
// same mailbox (`UID MOVE`): its owner loses nothing, flags and date stay, and one command takes it back. Work goes in
// two steps, because an action is recorded before it is done: `locate` changes nothing and says where the messages are
// and what they carry; the caller writes that down; `move` then moves them. Both are safe to repeat after a crash at
// any point: what is already there is said to be there. A caller that is cancelled does not wait for the server: the
// work goes on without it, and is found out by looking again, as after a crash.
//
// All messages of one mailbox are looked for, and moved, together: a campaign of fifty messages costs a mailbox a dozen
// commands and not four hundred.
//
// libcurl opens the connection (TLS, STARTTLS, SASL, certificates, timeouts); the dozen commands after the login are
// ours (`CurlConnection` says why). All of it blocks, so a session has a thread of its own from Dispatch; the
// cooperative pool never waits for a mailbox server.
//
// Roads not taken: `doveadm move` (one server only; planned beside this one); an account of its own for quarantined
// mail (needs APPEND, loses nothing only with care; planned as an option); swift-nio-imap (a parser and no client: TLS,
// SASL and time-outs would be ours to keep, for a dozen commands).

import Dispatch
import Synchronization

/// One mailbox, open for work; calls are carried out one after the other.
package final class MailboxSession: Sendable {
    private let queue: DispatchQueue
    /// Guards nothing that `queue` does not serialise already; it is how a thread-bound value travels.
    private let work: Mutex<MailboxWork?>
    private let server: MailboxServer
    private let mailbox: String

    /// Does not connect yet: the first call does.
    package init(_ server: MailboxServer, mailbox: String) {
        self.server = server
        self.mailbox = mailbox
        queue = DispatchQueue(label: "rearguard.mailbox")
        work = Mutex(nil)
    }

    /// Where the messages are and what they carry, `last` being looked into after all other folders; changes nothing.
    package func locate(
        _ stamps: [MessageStamp], last: [FolderName] = []
    ) async throws(QuarantineError) -> Placements {
        try await onQueue { (work) throws(QuarantineError) in try work.locate(stamps, last: last) }
    }

    /// Moves the messages from the folder `locate` named into another one, which is made when missing.
    package func move(
        _ stamps: [MessageStamp], from source: FolderName, to target: FolderName
    ) async throws(QuarantineError) -> MoveOutcomes {
        try await onQueue { (work) throws(QuarantineError) in try work.move(stamps, from: source, to: target) }
    }

    /// Moves the messages back to where they were, which is made when missing, with the flags they had.
    package func restore(
        _ messages: [Restoration], from source: FolderName
    ) async throws(QuarantineError) -> MoveOutcomes {
        try await onQueue { (work) throws(QuarantineError) in try work.restore(messages, from: source) }
    }

    /// Deletes the messages in the folder `locate` named, for ever; answers which of them were there.
    package func delete(
        _ stamps: [MessageStamp], from source: FolderName
    ) async throws(QuarantineError) -> Set<MessageStamp> {
        try await onQueue { (work) throws(QuarantineError) in try work.delete(stamps, from: source) }
    }

    /// Logs out; a later call connects again.
    package func close() async {
        _ = await answer { self.work.withLock { $0 = nil } }
    }
}

extension MailboxSession {
    /// Runs blocking work on the session's own thread.
    ///
    /// After an error the connection is given up: what state it is in is not known.
    private func onQueue<Value: Sendable>(
        _ body: @escaping @Sendable (MailboxWork) throws(QuarantineError) -> Value
    ) async throws(QuarantineError) -> Value {
        guard !Task.isCancelled, let result = await answer({ self.result(of: body) }) else {
            throw QuarantineError(.unreachable, "interrupted while \(server.place) was at work")
        }
        return try result.get()
    }

    /// What the work on the session's own thread gives; nil when the task is cancelled before.
    private func answer<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value? {
        let (answers, answer) = AsyncStream.makeStream(of: Value.self)
        queue.async {
            answer.yield(work())
            answer.finish()
        }
        return await answers.first { _ in true }
    }

    private func result<Value: Sendable>(
        of body: @Sendable (MailboxWork) throws(QuarantineError) -> Value
    ) -> Result<Value, QuarantineError> {
        work.withLock { work in
            do throws(QuarantineError) {
                if let open = work, let value = try reused(open, body) { return .success(value) }
                let fresh = try connected()
                work = fresh
                return .success(try body(fresh))
            } catch {
                work = nil
                return .failure(error)
            }
        }
    }

    /// Tries on a connection that may have died of idleness: nil then.
    ///
    /// A new connection is worth it, because every call is safe to repeat.
    private func reused<Value: Sendable>(
        _ work: MailboxWork, _ body: @Sendable (MailboxWork) throws(QuarantineError) -> Value
    ) throws(QuarantineError) -> Value? {
        do throws(QuarantineError) {
            return try body(work)
        } catch {
            guard error.code == .unreachable else { throw error }
            return nil
        }
    }

    private func connected() throws(QuarantineError) -> MailboxWork {
        MailboxWork(connection: try IMAPConnection(server, mailbox: mailbox))
    }
}
