// SPDX-License-Identifier: Apache-2.0

/// One thing somebody did, or had done, to other people's mail.
package struct AuditRow: Codable, Hashable, Sendable {
    package let number: Int64
    package let at: Int64
    /// A person's name, or `rearguard` for what follows from a decision.
    package let actor: String
    /// What was done: `action.approve`, `quarantine.release`.
    package let verb: String
    /// To what: `action 3`, `quarantined 7`.
    package let object: String
    package let detail: String?
}

/// The audit trail: written in the transaction of what it tells, never changed.
package enum AuditStore {
    /// Who acts when nobody in particular does.
    package static let system = "rearguard"

    package static func append(
        actor: String, verb: String, object: String, detail: String?, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) {
        try transaction.execute(
            "INSERT INTO audit (number, at, actor, verb, object, detail) VALUES ($1, $2, $3, $4, $5, $6)",
            [
                .integer(try Counter.next("audit", in: transaction)), .integer(at), .kept(actor), .text(verb),
                .text(object), .kept(detail),
            ])
    }

    /// Entries, the newest first, below `before`; about one object or about all.
    package static func list(
        object: String? = nil, before: Int64 = .max, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [AuditRow] {
        let condition = object == nil ? "" : "AND object = $3"
        return try transaction.query(
            """
            SELECT number, at, actor, verb, object, detail FROM audit WHERE number < $1 \(condition)
            ORDER BY number DESC LIMIT $2
            """, [.integer(before), .integer(limit)] + (object.map { [.text($0)] } ?? [])
        )
        .map { (row) throws(StoreError) in
            AuditRow(
                number: try row.integer(0), at: try row.integer(1), actor: try row.text(2), verb: try row.text(3),
                object: try row.text(4), detail: try row.optionalText(5))
        }
    }
}
