// SPDX-License-Identifier: Apache-2.0

package import Logging

/// What is judged again.
package struct RescanLog: EventLog {
    package let logger: Logger

    package init(_ logger: Logger) { self.logger = logger }

    package func began(rescan: Int64, engine: String, reason: String) {
        write(.notice, "rescan.began", ["rescan": rescan, "engine": engine, "reason": reason])
    }

    /// `objects` of mail that nobody has read, as far as is known, come before the others.
    package func ordered(rescan: Int64, objects: Int, mailboxes: Int) {
        write(.info, "rescan.ordered", ["rescan": rescan, "objects": objects, "mailboxes": mailboxes])
    }

    /// `objects` were asked, `candidates` of them could be hits as far as the index knows, `read` were looked at.
    package func ended(rescan: Int64, engine: String, objects: Int64, candidates: Int64, read: Int64, hits: Int64) {
        write(
            .notice, "rescan.ended",
            [
                "rescan": rescan, "engine": engine, "objects": objects, "candidates": candidates, "read": read,
                "hits": hits,
            ])
    }

    /// Files resemble malicious ones.
    package func foundNeighbours(alerts: Int) {
        write(.notice, "neighbours.found", ["alerts": alerts])
    }
}
