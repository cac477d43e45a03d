// SPDX-License-Identifier: Apache-2.0

package import Playbooks

/// One action: what is to be done to which messages, who let it go, and how far it came.
package struct ActionRow: Codable, Hashable, Sendable {
    package let number: Int64
    package let investigation: Int64?
    /// The step of the playbook that recommended it.
    package let step: String?
    package let kind: ActionKind
    package let state: ActionState
    package let reason: String
    /// What is worth knowing about the state: `2 mailboxes unreachable, next attempt …`.
    package let detail: String?
    package let proposedAt: Int64
    package let decidedAt: Int64?
    package let decidedBy: String?
    package let note: String?
    package let attempts: Int64
    package let nextAttemptAt: Int64?
    package let finishedAt: Int64?
    /// Nobody may approve it after this; nil: it waits as long as it takes.
    package let expiresAt: Int64?
    /// How many people must agree, and the first of two who did.
    package let approvals: Int64
    package let firstBy: String?
    /// The action that this one takes back.
    package let undoes: Int64?
}

/// One message in one mailbox, within an action.
package struct TargetRow: Codable, Hashable, Sendable {
    package let action: Int64
    package let reference: String
    package let stamp: String
    package let mailbox: String
    package var state: TargetState
    package var detail: String?
    /// Where the message was and what it carried, written before it is moved.
    package var folder: String?
    package var flags: String?
    package var attempts: Int64
    package var updatedAt: Int64
}

/// Actions and their targets.
package enum ActionStore {
    /// Proposes an action, or writes one that is approved already by who wished it; answers its number.
    package static func add(
        _ kind: ActionKind, investigation: Int64?, step: String?, reason: String, expiresAt: Int64? = nil,
        approvals: Int = 1, undoes: Int64? = nil, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Int64 {
        let number = try Counter.next("actions", in: transaction)
        try transaction.execute(
            """
            INSERT INTO actions (number, investigation, step, kind, state, reason, detail, proposed_at, decided_at,
                decided_by, note, attempts, next_attempt_at, finished_at, expires_at, approvals, undoes)
            VALUES ($1, $2, $3, $4, $5, $6, NULL, $7, NULL, NULL, NULL, 0, NULL, NULL, $8, $9, $10)
            """,
            [
                .integer(number), .optional(investigation), .optional(step), .state(kind),
                .state(ActionState.pendingApproval), .kept(reason), .integer(at), .optional(expiresAt),
                .integer(approvals), .optional(undoes),
            ])
        return number
    }

    /// The action of that number; `notFound` when there is none.
    package static func row(_ number: Int64, in transaction: any SQLTransaction) throws(StoreError) -> ActionRow {
        let rows = try transaction.query("\(select) WHERE number = $1", [.integer(number)])
        guard let row = rows.first else { throw StoreError(.notFound, "there is no action \(number)") }
        return try action(row)
    }

    /// The actions of an investigation, in order.
    package static func actions(
        of investigation: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> [ActionRow] {
        try transaction.query("\(select) WHERE investigation = $1 ORDER BY number", [.integer(investigation)])
            .map { (row) throws(StoreError) in try action(row) }
    }

    /// Actions in one state, or in any, the newest first, below `before`.
    package static func list(
        state: ActionState? = nil, before: Int64 = .max, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [ActionRow] {
        let condition = state == nil ? "" : "AND state = $3"
        let rows = try transaction.query(
            "\(select) WHERE number < $1 \(condition) ORDER BY number DESC LIMIT $2",
            [.integer(before), .integer(limit)] + (state.map { [.state($0)] } ?? []))
        return try rows.map { (row) throws(StoreError) in try action(row) }
    }

    /// Actions that are to be carried out now: approved ones, interrupted ones, and those whose waiting time is over.
    package static func due(
        at: Int64, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [ActionRow] {
        let rows = try transaction.query(
            """
            \(select) WHERE state IN ($1, $2) OR (state = $3 AND next_attempt_at <= $4) ORDER BY number LIMIT $5
            """,
            [
                .state(ActionState.approved), .state(ActionState.running), .state(ActionState.waiting), .integer(at),
                .integer(limit),
            ])
        return try rows.map { (row) throws(StoreError) in try action(row) }
    }

    /// Proposals that nobody decided about in time.
    package static func expired(at: Int64, limit: Int, in transaction: any SQLTransaction) throws(StoreError) -> [Int64]
    {
        try transaction.query(
            "SELECT number FROM actions WHERE state = $1 AND expires_at <= $2 ORDER BY number LIMIT $3",
            [.state(ActionState.pendingApproval), .integer(at), .integer(limit)]
        ).map { (row) throws(StoreError) in try row.integer(0) }
    }

    /// What a second look changed in a proposal; who agreed to what it was has to agree again (`isOther`).
    package static func change(
        _ number: Int64, reason: String, approvals: Int, isOther: Bool, in transaction: any SQLTransaction
    ) throws(StoreError) {
        try transaction.execute(
            """
            UPDATE actions SET reason = $2, approvals = $3, first_by = CASE WHEN $4 = 1 THEN NULL ELSE first_by END
            WHERE number = $1
            """, [.integer(number), .text(reason), .integer(approvals), .integer(isOther ? 1 : 0)])
    }

    /// What is worth knowing about a proposal that still waits.
    package static func tell(_ detail: String, of number: Int64, in transaction: any SQLTransaction) throws(StoreError)
    {
        try transaction.execute("UPDATE actions SET detail = $2 WHERE number = $1", [.integer(number), .text(detail)])
    }

    /// The first of two people agrees.
    package static func agree(
        _ number: Int64, by actor: String, in transaction: any SQLTransaction
    ) throws(StoreError) {
        try check(number, to: .approved, in: transaction)
        try transaction.execute(
            "UPDATE actions SET first_by = $2 WHERE number = $1", [.integer(number), .kept(actor)])
    }

    private static let select = """
        SELECT number, investigation, step, kind, state, reason, detail, proposed_at, decided_at, decided_by, note,
            attempts, next_attempt_at, finished_at, expires_at, approvals, first_by, undoes
        FROM actions
        """

    private static func action(_ row: SQLRow) throws(StoreError) -> ActionRow {
        ActionRow(
            number: try row.integer(0), investigation: try row.optionalInteger(1), step: try row.optionalText(2),
            kind: try row.choice(3), state: try row.choice(4), reason: try row.text(5), detail: try row.optionalText(6),
            proposedAt: try row.integer(7), decidedAt: try row.optionalInteger(8), decidedBy: try row.optionalText(9),
            note: try row.optionalText(10), attempts: try row.integer(11), nextAttemptAt: try row.optionalInteger(12),
            finishedAt: try row.optionalInteger(13), expiresAt: try row.optionalInteger(14),
            approvals: try row.integer(15), firstBy: try row.optionalText(16), undoes: try row.optionalInteger(17))
    }
}

// MARK: - Transitions

extension ActionStore {
    /// Writes a person's decision, or the withdrawal by the investigation.
    package static func decide(
        _ number: Int64, _ state: ActionState, by actor: String, note: String?, at: Int64,
        in transaction: any SQLTransaction
    ) throws(StoreError) {
        try check(number, to: state, in: transaction)
        // What was decided against has ended.
        let finished: SQLValue = state.next.isEmpty ? .integer(at) : .null
        try transaction.execute(
            """
            UPDATE actions SET state = $2, decided_at = $3, decided_by = $4, note = $5, finished_at = $6, detail = NULL
            WHERE number = $1
            """, [.integer(number), .state(state), .integer(at), .kept(actor), .kept(note), finished])
    }

    /// Writes that it is being carried out, before anything is touched.
    package static func start(_ number: Int64, in transaction: any SQLTransaction) throws(StoreError) {
        try check(number, to: .running, in: transaction)
        try transaction.execute(
            """
            UPDATE actions SET state = $2, attempts = attempts + 1, next_attempt_at = NULL, detail = NULL WHERE number = $1
            """, [.integer(number), .state(ActionState.running)])
    }

    /// Writes that some mailboxes could not be reached, and when they are tried again.
    package static func wait(
        _ number: Int64, until: Int64, detail: String, in transaction: any SQLTransaction
    ) throws(StoreError) {
        try check(number, to: .waiting, in: transaction)
        try transaction.execute(
            "UPDATE actions SET state = $2, next_attempt_at = $3, detail = $4 WHERE number = $1",
            [.integer(number), .state(ActionState.waiting), .integer(until), .text(detail)])
    }

    /// Writes the end.
    package static func finish(
        _ number: Int64, _ state: ActionState, detail: String, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) {
        try check(number, to: state, in: transaction)
        try transaction.execute(
            "UPDATE actions SET state = $2, finished_at = $3, detail = $4, next_attempt_at = NULL WHERE number = $1",
            [.integer(number), .state(state), .integer(at), .text(detail)])
    }

    private static func check(
        _ number: Int64, to state: ActionState, in transaction: any SQLTransaction
    ) throws(StoreError) {
        let before = try row(number, in: transaction)
        guard !before.state.next.contains(state) else { return }
        let decided = before.decidedBy.map { " (decided by \($0))" } ?? ""
        throw StoreError(
            .conflict, "action \(number) is \(before.state.rawValue)\(decided) and cannot become \(state.rawValue)")
    }
}

// MARK: - Targets

extension ActionStore {
    /// Adds the message in the mailbox, unless it is there; `folder` and `flags` where they are known from before.
    package static func addTarget(
        to action: Int64, reference: String, stamp: String, mailbox: String, folder: String? = nil,
        flags: String? = nil, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) {
        try transaction.execute(
            """
            INSERT INTO action_targets (action, reference, stamp, mailbox, state, detail, folder, flags, attempts,
                updated_at) VALUES ($1, $2, $3, $4, $5, NULL, $7, $8, 0, $6)
            ON CONFLICT (action, reference, mailbox) DO NOTHING
            """,
            [
                .integer(action), .text(reference), .text(stamp), .text(mailbox), .state(TargetState.pending),
                .integer(at), .optional(folder), .optional(flags),
            ])
    }

    /// Takes a target back that a second look no longer names.
    package static func removeTarget(_ target: TargetRow, in transaction: any SQLTransaction) throws(StoreError) {
        try transaction.execute(
            "DELETE FROM action_targets WHERE action = $1 AND reference = $2 AND mailbox = $3",
            [.integer(target.action), .text(target.reference), .text(target.mailbox)])
    }

    /// The targets of an action, mailbox by mailbox.
    package static func targets(
        of action: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> [TargetRow] {
        try transaction.query("\(selectTarget) WHERE action = $1 ORDER BY mailbox, reference", [.integer(action)])
            .map { (row) throws(StoreError) in try target(row) }
    }

    /// The actions that take this one back, the newest first.
    package static func reversals(of number: Int64, in transaction: any SQLTransaction) throws(StoreError)
        -> [ActionRow]
    {
        try transaction.query("\(select) WHERE undoes = $1 ORDER BY number DESC", [.integer(number)])
            .map { (row) throws(StoreError) in try action(row) }
    }

    /// Copies of open proposals that nobody looked for since that time, the longest ago first.
    package static func awaitingReview(
        before time: Int64, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [TargetRow] {
        try transaction.query(
            """
            \(selectTarget) WHERE state = $1 AND updated_at <= $2
                AND action IN (SELECT number FROM actions WHERE state = $3)
            ORDER BY updated_at, mailbox, reference LIMIT $4
            """,
            [.state(TargetState.pending), .integer(time), .state(ActionState.pendingApproval), .integer(limit)]
        ).map { (row) throws(StoreError) in try target(row) }
    }

    /// The target as it stands now.
    package static func target(_ old: TargetRow, in transaction: any SQLTransaction) throws(StoreError) -> TargetRow {
        let rows = try transaction.query(
            "\(selectTarget) WHERE action = $1 AND reference = $2 AND mailbox = $3",
            [.integer(old.action), .text(old.reference), .text(old.mailbox)])
        guard let row = rows.first else { throw StoreError(.notFound, "action \(old.action) has no such target") }
        return try target(row)
    }

    private static let selectTarget = """
        SELECT action, reference, stamp, mailbox, state, detail, folder, flags, attempts, updated_at FROM action_targets
        """

    private static func target(_ row: SQLRow) throws(StoreError) -> TargetRow {
        TargetRow(
            action: try row.integer(0), reference: try row.text(1), stamp: try row.text(2), mailbox: try row.text(3),
            state: try row.choice(4), detail: try row.optionalText(5), folder: try row.optionalText(6),
            flags: try row.optionalText(7), attempts: try row.integer(8), updatedAt: try row.integer(9))
    }

    /// Writes what became of a target so far.
    package static func record(_ target: TargetRow, in transaction: any SQLTransaction) throws(StoreError) {
        let changed = try transaction.execute(
            """
            UPDATE action_targets SET state = $4, detail = $5, folder = $6, flags = $7, attempts = $8, updated_at = $9
            WHERE action = $1 AND reference = $2 AND mailbox = $3
            """,
            [
                .integer(target.action), .text(target.reference), .text(target.mailbox), .state(target.state),
                .optional(target.detail), .optional(target.folder), .optional(target.flags), .integer(target.attempts),
                .integer(target.updatedAt),
            ])
        guard changed == 1 else { throw StoreError(.notFound, "action \(target.action) has no such target") }
    }

    /// The action of the kind that is under way on this message in this mailbox.
    package static func underWay(
        _ kind: ActionKind, reference: String, mailbox: String, in transaction: any SQLTransaction
    ) throws(StoreError) -> Int64? {
        let rows = try transaction.query(
            """
            SELECT actions.number FROM action_targets JOIN actions ON actions.number = action_targets.action
            WHERE reference = $1 AND mailbox = $2 AND kind = $3 AND actions.state IN ($4, $5, $6)
            ORDER BY actions.number LIMIT 1
            """,
            [
                .text(reference), .text(mailbox), .state(kind), .state(ActionState.approved),
                .state(ActionState.running), .state(ActionState.waiting),
            ])
        return try rows.first.map { (row) throws(StoreError) in try row.integer(0) }
    }
}
