// SPDX-License-Identifier: Apache-2.0

package import Logging
package import Mail

/// What rearguard-milter does with messages.
package struct MilterLog: EventLog {
    package let logger: Logger

    package init(_ logger: Logger) { self.logger = logger }

    /// The record is on disk, and the MTA hears so.
    package func recorded(
        queueID: QueueID, reference: MessageReference, recipients: Int, links: Int, rewritten: Int, attachments: Int,
        size: Int, time: Duration
    ) {
        write(
            .info, "milter.recorded",
            [
                "queue_id": queueID, "reference": reference, "recipients": recipients, "links": links,
                "rewritten": rewritten, "attachments": attachments, "size": size, "ms": milliseconds(time),
            ])
    }

    /// Recorded, and not delivered now: held, refused, discarded or put off, and why.
    package func withheld(queueID: QueueID, reference: MessageReference, disposition: String, reason: String) {
        write(
            .warning, "milter.withheld",
            ["queue_id": queueID, "reference": reference, "disposition": disposition, "reason": reason])
    }

    /// Recorded, but delivered as it came: a limit, a fault of ours.
    package func passed(queueID: QueueID, reference: MessageReference, reason: String) {
        write(.warning, "milter.passed", ["queue_id": queueID, "reference": reference, "reason": reason])
    }

    /// Not recorded, and delivered all the same because the configuration says so: it can never be taken back.
    package func passedUnrecorded(queueID: QueueID, cause: String) {
        write(.error, "milter.passed_unrecorded", ["queue_id": queueID, "cause": cause])
    }

    /// The sender comes again later.
    package func tempfailed(queueID: QueueID, cause: String) {
        write(.error, "milter.tempfailed", ["queue_id": queueID, "cause": cause])
    }

    /// The message ended the program at an earlier attempt, and is handled unread as the configuration says.
    package func crashedBefore(queueID: QueueID, disposition: String) {
        write(.error, "milter.crashed_before", ["queue_id": queueID, "disposition": disposition])
    }

    /// The program before ended in the middle of its work; so many messages are known to be the cause.
    package func startedAfterCrash(messages: Int) {
        write(.error, "milter.started_after_crash", ["messages": messages])
    }

    /// Messages that are known to end the program cannot be kept in mind.
    package func withoutNotes(cause: String) {
        write(.error, "milter.without_notes", ["cause": cause])
    }

    /// The message got no ARC seal.
    package func unsealed(queueID: QueueID, reason: String) {
        write(.notice, "milter.unsealed", ["queue_id": queueID, "reason": reason])
    }

    /// The MTA did or said something that it should not, or libmilter refused an answer.
    package func fault(queueID: QueueID?, cause: String) {
        write(.error, "milter.fault", ["queue_id": queueID, "cause": cause])
    }
}

func milliseconds(_ time: Duration) -> Int64 {
    time.components.seconds * 1_000 + time.components.attoseconds / 1_000_000_000_000_000
}
