// SPDX-License-Identifier: Apache-2.0

// Ingest: from the journals into the store, exactly once.
//
// Four things happen in the caller's one transaction: records become rows, what a live indicator covers becomes an
// alert, what cannot be read is put aside, and the journal's position moves. So a crash at any point leaves all of a
// batch or none of it, and a batch read twice changes nothing: entries up to the stored position are passed over, and a
// record that is there already (by its own name) is not kept again.
//
// Judging here and looking back (Rescans) leave no gap between them: either this transaction sees the indicator, or the
// indicator's look-back comes later and sees these rows.

import Bytes
import Foundation
import Mail
import Records
import Verdicts

/// One record as the journal's reader gave it.
package struct IngestEntry: Hashable, Sendable {
    package let json: [UInt8]
    /// Where the record ends in its journal.
    package let end: ConsumerPosition

    package init(json: [UInt8], end: ConsumerPosition) {
        self.json = json
        self.end = end
    }
}

/// What became of a batch.
package struct IngestReport: Codable, Hashable, Sendable {
    package var kept = 0
    /// Were in the store before.
    package var repeated = 0
    /// Could not be read, and lie in `rejected_records`.
    package var rejected = 0
    package var alerts = 0

    package init() {}
}

/// Takes batches of records into the store; see the head of the file.
package enum Ingest {
    /// Takes in message records, up to `end`: the batch's own, which may lie behind its last record.
    package static func messages(
        _ batch: [IngestEntry], upTo end: ConsumerPosition, of journal: String = "messages", at: Int64,
        in transaction: any SQLTransaction
    ) throws(StoreError) -> IngestReport {
        try take(batch, upTo: end, of: journal, at: at, in: transaction) {
            (record: MessageRecord, work) throws(StoreError) in try work.take(record)
        }
    }

    /// Takes in click records, up to `end`.
    package static func clicks(
        _ batch: [IngestEntry], upTo end: ConsumerPosition, of journal: String = "clicks", at: Int64,
        in transaction: any SQLTransaction
    ) throws(StoreError) -> IngestReport {
        try take(batch, upTo: end, of: journal, at: at, in: transaction) {
            (entry: ClickJournalEntry, work) throws(StoreError) in
            switch entry {
            case .click(let record): try work.take(record)
            case .alert(let record): try work.take(record)
            }
        }
    }

    private static func take<Record: JournalRecord>(
        _ batch: [IngestEntry], upTo end: ConsumerPosition, of journal: String, at: Int64,
        in transaction: any SQLTransaction, _ keep: (Record, inout IngestWork) throws(StoreError) -> Void
    ) throws(StoreError) -> IngestReport {
        let before = try Consumers.position(of: journal, in: transaction)
        var work = IngestWork(at: at, transaction: transaction)
        let decoder = JSONDecoder()
        for entry in batch where entry.end > before {
            switch Record.read(entry.json, decoder) {
            case .success(let record): try keep(record, &work)
            case .failure(let refusal):
                work.report.rejected += 1
                try RejectedRecords.add(entry, of: journal, reason: refusal.reason, at: at, in: transaction)
            }
        }
        if end > before { try Consumers.move(journal, to: end, in: transaction) }
        return work.report
    }
}
