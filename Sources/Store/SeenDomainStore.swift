// SPDX-License-Identifier: Apache-2.0

import Bytes
import URLSyntax

/// When a link to each registrable domain was first seen in the site's own mail.
package enum SeenDomainStore {
    private static let counter = "domains"
    private static let millisecondsADay: Int64 = 86_400_000

    /// One domain; the day is counted since 1970, UTC.
    package struct Row: Hashable, Sendable {
        package let number: Int64
        package let domain: String
        package let day: Int
    }

    /// Notes that a link to the URL was seen at that time, if none to its domain was before.
    static func note(_ url: String, at time: Int64, in transaction: any SQLTransaction) throws(StoreError) {
        guard let domain = (try? WebURL.parse(Array(url.utf8)))?.registrableDomain?.text else { return }
        let known = try transaction.query("SELECT 1 FROM seen_domains WHERE domain = $1", [.text(domain)])
        guard known.isEmpty else { return }
        try transaction.execute(
            "INSERT INTO seen_domains (domain, number, day) VALUES ($1, $2, $3) ON CONFLICT (domain) DO NOTHING",
            [
                .text(domain), .integer(try Counter.next(counter, in: transaction)),
                .integer(max(0, time) / millisecondsADay),
            ])
    }

    /// Those with numbers above `after`, by number.
    package static func list(
        after number: Int64, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [Row] {
        try transaction.query(
            "SELECT number, domain, day FROM seen_domains WHERE number > $1 ORDER BY number LIMIT $2",
            [.integer(number), .integer(limit)]
        ).map { (row) throws(StoreError) in
            Row(number: try row.integer(0), domain: try row.text(1), day: Int(try row.integer(2)))
        }
    }
}
