// SPDX-License-Identifier: Apache-2.0

package import Logging

/// What a journal's writer meets.
package struct JournalLog: EventLog {
    package let logger: Logger

    package init(_ logger: Logger) { self.logger = logger }

    /// The last run ended in the middle of a write; nothing that was confirmed is gone.
    package func recoveredTornTail(segment: String, offset: Int, bytes: Int, savedAs: String) {
        write(
            .warning, "journal.torn_tail_cut",
            ["segment": segment, "offset": offset, "bytes": bytes, "saved_as": savedAs])
    }

    /// Confirmed lines are no longer readable: the disk, or somebody, changed them.
    package func damaged(journal: String, damage: String) {
        write(.error, "journal.damaged", ["journal": journal, "damage": damage])
    }

    /// Nothing can be recorded at the moment.
    package func appendFailed(journal: String, cause: String) {
        write(.error, "journal.append_failed", ["journal": journal, "cause": cause])
    }
}

/// What rearguardd takes from the journals into the store.
package struct IngestLog: EventLog {
    package let logger: Logger

    package init(_ logger: Logger) { self.logger = logger }

    package func ingested(journal: String, records: Int, position: String) {
        write(.debug, "ingest.done", ["journal": journal, "records": records, "position": position])
    }

    /// A record that the store cannot take was set aside, so that the others go on.
    package func rejected(journal: String, position: String, reason: String) {
        write(.error, "ingest.rejected", ["journal": journal, "position": position, "reason": reason])
    }

    /// Part of the journal cannot be read and was skipped.
    package func damaged(journal: String, damage: String) {
        write(.error, "ingest.damaged", ["journal": journal, "damage": damage])
    }

    /// The store or the journal is not to be had; ingest goes on where it stopped.
    package func failed(journal: String, cause: String) {
        write(.error, "ingest.failed", ["journal": journal, "cause": cause])
    }

    /// Segments that are in the store and old enough are gone.
    package func removedSegments(journal: String, count: Int) {
        write(.info, "ingest.segments_removed", ["journal": journal, "count": count])
    }
}
