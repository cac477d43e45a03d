// SPDX-License-Identifier: Apache-2.0

import Playbooks

/// Actions that did not do all they should, and what they left where it was.
package enum FailedActions {
    private static let states = "'\(ActionState.failed.rawValue)', '\(ActionState.partiallyDone.rawValue)'"

    /// A second attempt is a move to quarantine too, so that what was to go elsewhere is not told of.
    private static let quarantine = "'\(ActionKind.quarantineMessages.rawValue)'"

    /// What takes no message out of its reader's way.
    private static let reversals = ActionKind.allCases.filter { $0.isReversal || $0 == .inboxMessages }
        .map { "'\($0.rawValue)'" }.joined(separator: ", ")

    /// What makes the alert about an action unique.
    package static func cause(_ action: Int64) -> String { "action \(action)" }

    /// Those that ended since that time and that no alert tells of, the oldest first.
    package static func untold(
        since: Int64, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [ActionRow] {
        let rows = try transaction.query(
            """
            SELECT number FROM actions WHERE state IN (\(states)) AND kind = \(quarantine) AND finished_at >= $1
                AND NOT EXISTS (SELECT 1 FROM alerts WHERE cause = 'action ' || actions.number)
            ORDER BY number LIMIT $2
            """, [.integer(since), .integer(limit)])
        return try rows.map { (row) throws(StoreError) in try ActionStore.row(try row.integer(0), in: transaction) }
    }

    /// The copies that the actions of an investigation's alerts left behind, and that no later action took care of.
    package static func left(
        behindAlertsOf investigation: Int64, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [TargetRow] {
        let causes = try transaction.query(
            "SELECT cause FROM alerts WHERE investigation = $1 AND kind = $2 ORDER BY number LIMIT $3",
            [.integer(investigation), .state(AlertKind.cleanUpFailed), .integer(limit)])
        var left: [TargetRow] = []
        for row in causes {
            guard let number = Int64(try row.text(0).dropFirst(cause(0).count - 1)) else { continue }
            for target in try ActionStore.targets(of: number, in: transaction) where target.state == .failed {
                guard left.count < limit else { return left }
                if try !isDone(target, in: transaction) { left.append(target) }
            }
        }
        return left
    }

    private static func isDone(_ target: TargetRow, in transaction: any SQLTransaction) throws(StoreError) -> Bool {
        let done = [TargetState.done, .alreadyThere, .notFound].map { "'\($0.rawValue)'" }.joined(separator: ", ")
        return try !transaction.query(
            """
            SELECT 1 FROM action_targets JOIN actions ON actions.number = action
            WHERE reference = $1 AND mailbox = $2 AND action > $3 AND action_targets.state IN (\(done))
                AND actions.kind NOT IN (\(reversals)) LIMIT 1
            """, [.text(target.reference), .text(target.mailbox), .integer(target.action)]
        ).isEmpty
    }
}
