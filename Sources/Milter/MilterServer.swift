// SPDX-License-Identifier: Apache-2.0

// Milter: the only importer of libmilter. Callbacks feed a transaction machine; at the end of the message a handler
// gives the disposition and the modifications, and they are carried out.
//
// Why so: libmilter is the reference implementation and comes with every MTA distribution, but its interface is
// process-wide (one filter, no user data at registration) and it runs the callbacks of one connection on any of its
// worker threads in turn. So the filter's settings stand in one process-wide place, written once before libmilter
// starts, everything of a connection hangs on libmilter's own private pointer, nothing is thread-local, and no callback
// is async: a callback may block, as the handler does while the journal syncs.
//
// Everything that is not needed is negotiated away (Negotiation.swift): with no replies but the last, a transaction
// costs the MTA one round trip.
//
// Road not taken: an own implementation of the wire protocol on SwiftNIO (faster by nothing that was measured, and the
// MTAs' quirks would be ours); async callbacks (the thread waits anyway).

import CMilter
import Glibc
package import Mail
import Synchronization

/// The filter as libmilter runs it: one in a process.
package struct MilterServer: Sendable {
    /// Why the filter cannot start.
    package struct StartError: Error, CustomStringConvertible {
        package let description: String
    }

    /// Gives the answer to a message; called on many threads at a time.
    ///
    /// When the deadline is over, nobody hears it.
    package typealias Handler = @Sendable (ReceivedMessage, Deadline) -> MilterAnswer

    /// What the callbacks need, from any thread.
    struct Filter: Sendable {
        let limits: TransactionLimits
        let budget: MemoryBudget
        let deadline: Duration
        let answer: Handler
        let report: @Sendable (MilterFault) -> Void
    }

    /// Written once, before libmilter starts its threads.
    static let filter = Mutex<Filter?>(nil)

    /// How often the MTA hears that an answer still comes; far below what MTAs wait for (Postfix 300 s, Sendmail 10 s).
    static let progressInterval = Duration.seconds(3)

    private static let backlog: Int32 = 128

    /// Bytes from which on memory goes back to the system as soon as it is free.
    ///
    /// Without it glibc learns from the first large message to keep such memory, and a burst of them stays for ever.
    private static let ownMappingSize: Int32 = 512 * 1_024

    /// Opens the socket (`unix:/path` or `inet:port@host`); from then on the MTA may connect.
    ///
    /// `deadline` is for the answer at the end of a message: beyond it the MTA is told to come again. `timeout` is for one read or write on the MTA's connection: a little above the MTA's own, because libmilter's
    /// default of two hours lets a stuck peer keep a thread.
    /// A Unix socket is open to its user and group alone (mode 0660), so the MTA's user has to be in our group.
    package init(
        socket: String, timeout: Duration, deadline: Duration, limits: TransactionLimits = .init(),
        budget: MemoryBudget, answer: @escaping Handler,
        report: @escaping @Sendable (MilterFault) -> Void
    ) throws(StartError) {
        mallopt(M_MMAP_THRESHOLD, Self.ownMappingSize)
        Self.filter.withLock {
            $0 = Filter(limits: limits, budget: budget, deadline: deadline, answer: answer, report: report)
        }
        guard unsafe smfi_register(Self.description()) == MI_SUCCESS else {
            throw StartError(description: "libmilter does not take the filter")
        }
        var name = Array(socket.utf8CString)
        guard unsafe smfi_setconn(&name) == MI_SUCCESS,
            smfi_settimeout(Int32(clamping: timeout.components.seconds)) == MI_SUCCESS,
            smfi_setbacklog(Self.backlog) == MI_SUCCESS
        else { throw StartError(description: "libmilter does not take the socket '\(socket)'") }
        let mask = umask(0o117)
        defer { umask(mask) }
        guard smfi_opensocket(1) == MI_SUCCESS else {
            throw StartError(description: "cannot listen on '\(socket)': \(unsafe String(cString: strerror(errno)))")
        }
    }

    /// Serves until SIGTERM, SIGINT or SIGHUP, which libmilter handles; gives whether it ended in order.
    package func run() -> Bool {
        smfi_main() == MI_SUCCESS
    }

    /// libmilter keeps the pointer to the name for ever.
    private static func description() -> smfiDesc {
        unsafe smfiDesc(
            xxfi_name: strdup("rearguard"), xxfi_version: SMFI_VERSION,
            xxfi_flags: Negotiation.actions | Negotiation.macroChoice, xxfi_connect: nil, xxfi_helo: nil,
            xxfi_envfrom: onMail, xxfi_envrcpt: onRecipient, xxfi_header: onField, xxfi_eoh: onEndOfHeader,
            xxfi_body: onBody, xxfi_eom: onEndOfMessage, xxfi_abort: onAbort, xxfi_close: onClose,
            xxfi_unknown: nil, xxfi_data: nil, xxfi_negotiate: onNegotiate)
    }
}
