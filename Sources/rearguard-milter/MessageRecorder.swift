// SPDX-License-Identifier: Apache-2.0

import Foundation
import Inspection
import Journal
import LinkTokens
import Mail
import MessagePath
import Milter
import Records
import Sealing
import Settings
import Telemetry

/// What happens to one message: inspect, record durably, answer.
///
/// Called on libmilter's threads, many at a time.
struct MessageRecorder: Sendable {
    let settings: MilterSettings
    let handler: MessageHandler
    /// Nil when nothing is sealed.
    let sealer: ARCSealer?
    /// Nil when the notes cannot be kept; then a message that ends the process does so each time.
    let notes: WorkNotes?
    /// Nil when no bytes are kept.
    let keeping: ContentKeeping?
    let faults: TestingFaults
    let journal: JournalWriter
    let log: MilterLog

    /// What libmilter's side may hold of one message.
    var transactionLimits: TransactionLimits {
        var limits = TransactionLimits()
        limits.messageSize = settings.limits.messageSize
        limits.recipients = settings.limits.recipients
        return limits
    }

    func answer(to message: ReceivedMessage, deadline: Deadline) -> MilterAnswer {
        let begin = ContinuousClock.now
        let time = Int64(Date().timeIntervalSince1970 * 1_000)
        let reference = MessageReference.random()
        let fingerprint = notes == nil ? [] : MessageFingerprint.of(message)
        if let notes, notes.isKnown(fingerprint) {
            let reason = "fault: it ended the program before"
            let left = handler.leave(message, reason: reason, reference: reference, at: time)
            log.crashedBefore(queueID: message.queueID, disposition: "\(left.disposition)")
            return keep(message, left, left.record.json, nil, reference, since: begin)
                ?? MilterAnswer(left.disposition, modifications: left.modifications)
        }
        let desk = keeping?.desk(for: reference.description)
        func work() -> (Inspected, [UInt8], [Modification]) {
            faults.strike(message)
            let inspected = handler.handle(message, reference: reference, at: time, taker: desk)
            return (inspected, inspected.record.json, seal(message, inspected, at: time))
        }
        let (inspected, record, seals) = notes?.during(fingerprint, work) ?? work()
        guard !deadline.isOver else { return MilterAnswer(.tempfail(.tryAgain)) }
        return keep(message, inspected, record, desk, reference, since: begin)
            ?? MilterAnswer(
                faults.disposition(of: message) ?? inspected.disposition,
                modifications: inspected.modifications + seals)
    }

    /// The ARC set over the message as it will leave, each field to be inserted before all others.
    private func seal(_ message: ReceivedMessage, _ inspected: Inspected, at time: Int64) -> [Modification] {
        guard let sealer else { return [] }
        switch sealer.seal(message, after: inspected.modifications, at: time / 1_000) {
        case .sealed(let fields): return fields.map { .insertField($0) }
        case .unsealed(let reason):
            log.unsealed(queueID: message.queueID, reason: reason)
            return []
        }
    }

    /// Records durably, the objects before the record that tells of them; an answer only when that failed.
    private func keep(
        _ message: ReceivedMessage, _ inspected: Inspected, _ record: [UInt8], _ desk: ContentDesk?,
        _ reference: MessageReference, since begin: ContinuousClock.Instant
    ) -> MilterAnswer? {
        do {
            try desk?.finish()
            try journal.append(record)
        } catch {
            return unrecorded(message, cause: "\(error)")
        }
        tell(inspected.record, message.queueID, reference, since: begin)
        return nil
    }

    /// A message that is not recorded can never be taken back, so the sender comes again, unless the site decided
    /// otherwise.
    private func unrecorded(_ message: ReceivedMessage, cause: String) -> MilterAnswer {
        switch settings.onJournalFailure {
        case .tempfail:
            log.tempfailed(queueID: message.queueID, cause: cause)
            return MilterAnswer(.tempfail(.tryAgain))
        case .pass:
            log.passedUnrecorded(queueID: message.queueID, cause: cause)
            return MilterAnswer(.accept)
        }
    }

    private func tell(
        _ record: MessageRecord, _ queueID: QueueID, _ reference: MessageReference, since begin: ContinuousClock.Instant
    ) {
        let reason = record.cause
        if let disposition = record.disposition {
            log.withheld(queueID: queueID, reference: reference, disposition: disposition, reason: reason)
        } else if record.rewriting == .passed {
            log.passed(queueID: queueID, reference: reference, reason: reason)
        }
        log.recorded(
            queueID: queueID, reference: reference, recipients: record.recipients.count, links: record.links.count,
            rewritten: record.links.count { $0.rewritten }, attachments: record.attachments.count, size: record.size,
            time: ContinuousClock.now - begin)
    }
}

extension MessageRecord {
    /// Why it is not delivered, or not as it should be.
    fileprivate var cause: String {
        let reasons = [reason, verdict.map { "verdict: \($0)" }].compactMap(\.self)
        return reasons.isEmpty ? "unknown" : reasons.joined(separator: ", ")
    }
}
