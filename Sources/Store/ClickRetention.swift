// SPDX-License-Identifier: Apache-2.0

/// How long clicks stay, and how they go before that (security.md, R-16: personal data, with an end).
package enum ClickRetention {
    /// Clicks removed in one transaction: others write, too.
    private static let batch = 5_000

    /// Removes clicks before that time; answers whether there may be more.
    package static func remove(before time: Int64, in transaction: any SQLTransaction) throws(StoreError) -> Bool {
        let removed = try transaction.execute(
            "DELETE FROM clicks WHERE id IN (SELECT id FROM clicks WHERE at < $1 LIMIT $2)",
            [.integer(time), .integer(batch)])
        return removed == batch
    }

    /// Removes clicks on the links of one message, or of one recipient, some at a time; answers how many, 0 at the end.
    ///
    /// A link made for several recipients says not who clicked: it is a recipient's when nobody else got the message.
    package static func erase(_ mail: ErasedMail, in transaction: any SQLTransaction) throws(StoreError) -> Int {
        let (clicks, whose) =
            switch mail {
            case .message(let reference): ("SELECT id FROM clicks WHERE reference = $1 LIMIT $2", reference)
            // Capitals mean nothing in any mailbox's name that people use, and senders write them as they like.
            case .recipient(let address):
                (
                    """
                    SELECT c.id FROM recipients r JOIN clicks c ON c.reference = r.reference
                    WHERE LOWER(r.address) = LOWER($1) AND (c.recipient = r.number OR c.recipient = 0 AND NOT EXISTS
                        (SELECT 1 FROM recipients o WHERE o.reference = r.reference AND LOWER(o.address) <> LOWER($1)))
                    LIMIT $2
                    """, address
                )
            }
        return try transaction.execute(
            "DELETE FROM clicks WHERE id IN (\(clicks))", [.kept(whose), .integer(batch)])
    }
}
