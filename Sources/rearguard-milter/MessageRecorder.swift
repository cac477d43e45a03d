// SPDX-License-Identifier: Apache-2.0

import Foundation
import Inspection
import Journal
import LinkTokens
import Mail
import MessagePath
import Milter
import Records
import Settings
import Telemetry

/// What happens to one message: inspect, record durably, answer.
///
/// Called on libmilter's threads, many at a time.
struct MessageRecorder: Sendable {
    private let settings: MilterSettings
    private let journal: JournalWriter
    private let log: MilterLog
    private let handler: MessageHandler

    init(settings: MilterSettings, handler: MessageHandler, journal: JournalWriter, log: MilterLog) {
        self.settings = settings
        self.handler = handler
        self.journal = journal
        self.log = log
    }

    /// What libmilter's side may hold of one message.
    var transactionLimits: TransactionLimits {
        var limits = TransactionLimits()
        limits.messageSize = settings.limits.messageSize
        limits.recipients = settings.limits.recipients
        return limits
    }

    func answer(to message: ReceivedMessage) -> MilterAnswer {
        let begin = ContinuousClock.now
        let time = Int64(Date().timeIntervalSince1970 * 1_000)
        let reference = MessageReference.random()
        let inspected = handler.handle(message, reference: reference, at: time)
        do {
            try journal.append(inspected.record.json)
        } catch {
            return unrecorded(message, cause: "\(error)")
        }
        tell(inspected.record, message.queueID, reference, since: begin)
        return MilterAnswer(inspected.disposition, modifications: inspected.modifications)
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
        if record.rewriting == .passed {
            log.passed(queueID: queueID, reference: reference, reason: record.reason ?? "unknown")
        }
        log.recorded(
            queueID: queueID, reference: reference, recipients: record.recipients.count, links: record.links.count,
            rewritten: record.links.count { $0.rewritten }, attachments: record.attachments.count, size: record.size,
            time: ContinuousClock.now - begin)
    }
}
