// SPDX-License-Identifier: Apache-2.0

/// What is known of a sender: an envelope address in small letters.
package enum SenderStore {
    /// When the sender's first message came, milliseconds since 1970, UTC; nil when none did.
    package static func firstContact(
        of sender: String, in transaction: any SQLTransaction
    ) throws(StoreError) -> Int64? {
        try transaction.query(
            "SELECT at FROM messages WHERE LOWER(sender) = $1 ORDER BY at LIMIT 1", [.kept(sender)]
        ).first?.integer(0)
    }

    /// How many messages of the sender came from `from` on and before `to`, counted up to `limit`.
    package static func count(
        of sender: String, from: Int64, to: Int64, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> Int {
        let rows = try transaction.query(
            """
            SELECT COUNT(*) FROM (SELECT 1 FROM messages WHERE LOWER(sender) = $1 AND at >= $2 AND at < $3 LIMIT $4)
                AS counted
            """, [.kept(sender), .integer(from), .integer(to), .integer(limit)])
        return Int(try rows.first?.integer(0) ?? 0)
    }

    /// Those of these addresses, in small letters, that got something from the sender before that time; only the sender's
    /// newest `limit` messages are looked at.
    package static func knownRecipients(
        of sender: String, before: Int64, among addresses: Set<String>, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> Set<String> {
        let rows = try transaction.query(
            """
            SELECT DISTINCT LOWER(address) FROM recipients JOIN (
                SELECT reference FROM messages WHERE LOWER(sender) = $1 AND at < $2 ORDER BY at DESC LIMIT $3
            ) AS sent ON sent.reference = recipients.reference
            """, [.kept(sender), .integer(before), .integer(limit)])
        var known: Set<String> = []
        for row in rows { known.insert(try row.text(0)) }
        return known.intersection(addresses)
    }
}
