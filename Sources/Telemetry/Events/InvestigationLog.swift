// SPDX-License-Identifier: Apache-2.0

package import Logging

/// Investigations as they run.
package struct InvestigationLog: EventLog {
    package let logger: Logger

    package init(_ logger: Logger) { self.logger = logger }

    package func opened(investigation: Int64, alert: Int64, playbook: String, subject: String) {
        write(
            .notice, "investigation.opened",
            ["investigation": investigation, "alert": alert, "playbook": playbook, "subject": subject])
    }

    /// One step; what it found stands in the investigation's own log.
    package func step(investigation: Int64, step: String, result: String) {
        write(.info, "investigation.step", ["investigation": investigation, "step": step, "result": result])
    }

    package func finished(investigation: Int64, state: String) {
        write(.notice, "investigation.finished", ["investigation": investigation, "state": state])
    }

    /// A step failed for the moment and is tried again.
    package func failed(investigation: Int64, cause: String) {
        write(.error, "investigation.failed", ["investigation": investigation, "cause": cause])
    }

    /// The playbook cannot be used; the others are.
    package func playbookRefused(cause: String) {
        write(.error, "playbook.refused", ["cause": cause])
    }
}

/// Actions: what changes the world, and who allowed it.
package struct ActionLog: EventLog {
    package let logger: Logger

    package init(_ logger: Logger) { self.logger = logger }

    package func proposed(action: Int64, investigation: Int64?, kind: String, targets: Int) {
        write(
            .notice, "action.proposed",
            ["action": action, "investigation": investigation, "kind": kind, "targets": targets])
    }

    package func approved(action: Int64, by person: String) {
        write(.notice, "action.approved", ["action": action, "by": person])
    }

    package func declined(action: Int64, by person: String) {
        write(.notice, "action.declined", ["action": action, "by": person])
    }

    /// What became of one message in one mailbox.
    package func target(action: Int64, mailbox: String, reference: String, result: String) {
        write(
            .notice, "action.target",
            ["action": action, "mailbox": mailbox, "reference": reference, "result": result])
    }

    /// The mailbox server does not answer; tried again after the time.
    package func waiting(action: Int64, mailbox: String, cause: String, retryAfter: Duration) {
        write(
            .warning, "action.waiting",
            ["action": action, "mailbox": mailbox, "cause": cause, "retry_ms": milliseconds(retryAfter)])
    }

    package func finished(action: Int64, state: String, done: Int, failed: Int) {
        write(.notice, "action.finished", ["action": action, "state": state, "done": done, "failed": failed])
    }
}
