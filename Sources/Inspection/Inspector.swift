// SPDX-License-Identifier: Apache-2.0

// Inspection: from a received message and a policy to its record, the modifications and the disposition. Pure: no I/O,
// no clock, no randomness; the caller gives reference and time.
//
// Find, patch, check, apply. Each part is decoded once; its links are found in the decoded bytes and turned into
// patches of them, those into patches of the message (MIME), and the whole sorted list is checked (bounds, no overlap)
// and applied to the body at the very end. So a message either gets all its links rewritten or leaves as it came, and
// what no patch touches is byte-identical. Road not taken: deciding part by part what may be sent, which would need a
// way back from a half-rewritten message.
//
// Nothing found in a message keeps it from being delivered here. What cannot be followed (a limit, a fault of ours) is
// passed on unmodified but for the stamp and recorded with the reason, because a record without rewriting can still be
// looked back at, and a refused message is lost work for two people.

import Bytes
package import LinkTokens
import MIME
package import Mail
package import Records

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
    private let policy: RewritePolicy
    private let mint: LinkMint
    private let keys: KeyRing

    package init(policy: RewritePolicy, mint: LinkMint, keys: KeyRing) {
        self.policy = policy
        self.mint = mint
        self.keys = keys
    }

    /// The message under the name `reference`, received at that time (milliseconds since 1970, UTC).
    package func inspect(_ message: ReceivedMessage, reference: MessageReference, at time: Int64) -> Inspected {
        let stamp = Stamp.text(reference, keys: keys)
        var record = MessageRecord(message, reference: reference, stamp: stamp, at: time)
        if let header = try? EntityTree.header(of: message.bytes, limits: policy.mimeLimits) {
            record.describe(header, in: message.bytes)
        }
        var edit = MessageEdit(message)
        do {
            try inspectParts(of: message, into: &record, edit: &edit)
        } catch {
            record.pass(error.reason)
        }
        return Inspected(
            record: record, modifications: edit.modifications(stamp: Array(stamp.utf8)), disposition: .accept)
    }

    private func inspectParts(
        of message: ReceivedMessage, into record: inout MessageRecord, edit: inout MessageEdit
    ) throws(InspectionFault) {
        guard message.omitted == 0 else { throw .limit("message size") }
        let tree: EntityTree
        do {
            tree = try EntityTree.parse(message.bytes, limits: policy.mimeLimits)
        } catch {
            throw .limit(error.name.rawValue)
        }
        var parts = PartInspection(tree: tree, rules: LinkRules(policy: policy, mint: mint, record: record))
        // What was found holds even when the message cannot be rewritten.
        defer { record.take(parts) }
        try parts.inspect(policy)
        try edit.apply(parts)
    }
}

/// Why a message is passed on as it came.
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
