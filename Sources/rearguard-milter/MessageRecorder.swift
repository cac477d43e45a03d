// SPDX-License-Identifier: Apache-2.0

import Foundation
import Inspection
import Journal
import LinkTokens
import Links
import MIME
import Mail
import Milter
import Records
import Settings
import Synchronization
import Telemetry

/// What happens to one message: inspect, record durably, answer.
///
/// Called on libmilter's threads, many at a time.
struct MessageRecorder: Sendable {
    private let settings: MilterSettings
    private let mint: LinkMint
    private let keys: KeyRing
    private let journal: JournalWriter
    private let log: MilterLog
    private let inspector: TodaysInspector

    init(settings: MilterSettings, mint: LinkMint, keys: KeyRing, journal: JournalWriter, log: MilterLog) {
        self.settings = settings
        self.mint = mint
        self.keys = keys
        self.journal = journal
        self.log = log
        inspector = TodaysInspector(settings: settings, mint: mint, keys: keys)
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
        let inspected = inspector.inspector(at: time).inspect(message, reference: reference, at: time)
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

/// The inspector with the exemptions that hold today; made anew when the day changes, not for each message.
private final class TodaysInspector: Sendable {
    private struct Made {
        let day: Int64
        let inspector: Inspector
    }

    private static let millisecondsOfDay: Int64 = 86_400_000

    private let make: @Sendable (Int64) -> Inspector
    private let made: Mutex<Made?>

    init(settings: MilterSettings, mint: LinkMint, keys: KeyRing) {
        make = { time in
            let domains = settings.exemptDomains.filter { $0.holds(at: time) }.map(\.domain)
            var policy = RewritePolicy(
                mode: settings.mode == .monitor ? .monitor : .rewrite, exemptions: ExemptDomains(domains))
            policy.mimeLimits.nesting = settings.limits.nesting
            policy.mimeLimits.entities = settings.limits.entities
            policy.linkLimits.links = settings.limits.links
            return Inspector(policy: policy, mint: mint, keys: keys)
        }
        made = Mutex(nil)
    }

    func inspector(at time: Int64) -> Inspector {
        let day = time / Self.millisecondsOfDay
        return made.withLock { made in
            if let made, made.day == day { return made.inspector }
            let inspector = make(time)
            made = Made(day: day, inspector: inspector)
            return inspector
        }
    }
}
