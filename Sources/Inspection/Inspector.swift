// SPDX-License-Identifier: Apache-2.0

// Inspection: from a received message and a policy to its record, the modifications and the disposition. Pure: no I/O,
// no clock, no randomness; the caller gives reference, time and verdict index.
//
// Find, patch, check, apply. Each part is decoded once; its links are found in the decoded bytes and turned into
// patches of them, those into patches of the message (MIME), and the whole sorted list is checked (bounds, no overlap)
// and applied to the body at the very end. So a message either gets all its links rewritten or leaves as it came, and
// what no patch touches is byte-identical. Road not taken: deciding part by part what may be sent, which would need a
// way back from a half-rewritten message.
//
// Mail clients read broken MIME differently, and the difference is the attack. So links are changed in every reading of
// the message, and where readings differ the result is read again in all of them: only when none shows a link that we
// did not make is it delivered. Else the message is written in a form that has one reading, and where that cannot be had
// the policy decides. Road not taken: choosing the reading of the recipient's client, which nobody knows.
//
// What cannot be followed to its end (a limit, a fault of ours) is never a silent way past us: the policy says what
// becomes of it, and holding it is the default. No message that people write comes near a limit; one made to get past
// us by a limit would come out unscanned.

import Bytes
package import LinkTokens
import MIME
package import Mail
package import Records
package import Verdicts

/// What inspecting a message came to.
package struct Inspected: Sendable {
    /// For the journal.
    package let record: MessageRecord
    /// For the MTA, in the order it takes them.
    package let modifications: [Modification]
    package let disposition: Disposition
}

/// Finds what a message holds and rewrites its links.
package struct Inspector: Sendable {
    private let policies: Policies
    private let site: SiteMail
    private let mint: LinkMint
    private let keys: KeyRing
    private let limits: InspectionLimits

    package init(
        policies: Policies, site: SiteMail = SiteMail(), mint: LinkMint, keys: KeyRing,
        limits: InspectionLimits = InspectionLimits()
    ) {
        self.policies = policies
        self.site = site
        self.mint = mint
        self.keys = keys
        self.limits = limits
    }

    /// The message under the name `reference`, received at that time (milliseconds since 1970, UTC); `taker` is lent the
    /// content of its attachments.
    package func inspect(
        _ message: ReceivedMessage, reference: MessageReference, at time: Int64, verdicts: VerdictIndex? = nil,
        taker: (any ContentTaker)? = nil
    ) -> Inspected {
        let stamp = Stamp.text(reference, keys: keys)
        var record = MessageRecord(message, reference: reference, stamp: stamp, at: time)
        let header = try? EntityTree.header(of: message.bytes, limits: limits.mime)
        if let header { record.describe(header, in: message.bytes) }
        let mail = site.context(of: message)
        let policy = policies.policy(for: mail)
        record.take(mail, policy)
        if let header { record.takeAnswers(header, in: message.bytes) }
        var inspection = MessageInspection(
            message, rules: LinkRules(policy: policy, mint: mint, direction: mail.direction, record: record),
            judge: ContentJudge(index: verdicts), limits: limits, taker: taker)
        if policy.mode != .off { inspection.run(into: &record) } else { record.reason = "policy: off" }
        return inspection.answer(&record, stamp: stamp)
    }

    /// The same without reading the message, which a fault of ours does not bear: recorded with the reason, and stamped.
    package func leave(
        _ message: ReceivedMessage, reason: String, answer: UnreadAnswer, reference: MessageReference, at time: Int64
    ) -> Inspected {
        let stamp = Stamp.text(reference, keys: keys)
        var record = MessageRecord(message, reference: reference, stamp: stamp, at: time)
        record.pass(reason)
        let disposition = answer.disposition ?? .accept
        if disposition != .accept { record.disposition = disposition.recorded }
        let stampField = HeaderField(name: .stamp, value: Array(stamp.utf8))
        return Inspected(
            record: record, modifications: MessageEdit(message).modifications(inserting: [stampField]),
            disposition: disposition)
    }
}

/// Why a message cannot be followed to its end.
enum InspectionFault: Error {
    /// It holds more than a limit allows.
    case limit(String)
    /// Our patches do not fit together: a fault of ours.
    case patch(PatchError)

    /// As recorded.
    var reason: String {
        switch self {
        case .limit(let name): "limit: \(name)"
        case .patch: "fault: patches"
        }
    }
}

extension Policy {
    /// What becomes of a message that cannot be followed to its end.
    func answer(to fault: InspectionFault) -> UnreadAnswer {
        switch fault {
        case .limit: onLimit
        case .patch: onFault
        }
    }
}
