// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography
import URLSyntax
import Verdicts

/// One URL that a message carried or somebody opened.
package struct URLRow: Codable, Hashable, Sendable {
    package let id: Int64
    /// The WHATWG serialisation.
    package let url: String
}

/// Every distinct URL once, findable by what covers it.
package enum URLStore {
    /// How much of a URL's place is kept and indexed, in bytes; what lies behind is found by reading the URL.
    package static let placeLimit = 1_000
    /// Rows held at a time while a cover is walked through.
    private static let pageSize = 500

    /// The number of the URL; nil when no message and no click had it.
    package static func id(of url: String, in transaction: any SQLTransaction) throws(StoreError) -> Int64? {
        let digest = SHA256.digest(Array(url.utf8))
        let rows = try transaction.query("SELECT id FROM urls WHERE digest = $1", [.bytes(digest)])
        return try rows.first?.integer(0)
    }

    /// The URL's number, a new one when it was never seen.
    static func keep(
        _ url: String, as canonical: CanonicalURL?, in transaction: any SQLTransaction
    ) throws(StoreError) -> Int64 {
        if let id = try id(of: url, in: transaction) { return id }
        let id = try Counter.next("urls", in: transaction)
        let added = try transaction.execute(
            "INSERT INTO urls (id, digest, url, place) VALUES ($1, $2, $3, $4) ON CONFLICT (digest) DO NOTHING",
            [
                .integer(id), .bytes(SHA256.digest(Array(url.utf8))), .kept(url),
                .bytes(Array((canonical?.place ?? []).prefix(placeLimit))),
            ])
        if added > 0 { return id }
        // Another host's ingest was faster.
        guard let id = try self.id(of: url, in: transaction) else { throw StoreError(.row, "a kept URL has no row") }
        return id
    }

    /// Walks through all URLs that a canonical expression covers, a page at a time, until the body answers false.
    ///
    /// A URL may come twice when the ranges of the expression overlap.
    package static func forEachPage(
        coveredBy expression: String, in transaction: any SQLTransaction,
        _ body: ([URLRow]) throws(StoreError) -> Bool
    ) throws(StoreError) {
        let wanted = Array(expression.utf8)
        for (lower, upper) in CanonicalURL.placeRanges(forExpression: wanted) {
            var place = Array(lower.prefix(placeLimit))
            var id: Int64 = 0
            while true {
                let rows = try transaction.query(
                    """
                    SELECT id, url, place FROM urls WHERE (place, id) > ($1, $2) AND place < $3
                    ORDER BY place, id LIMIT $4
                    """, [.bytes(place), .integer(id), .bytes(upper), .integer(pageSize)])
                guard let last = rows.last else { break }
                let urls = try rows.map { (row) throws(StoreError) in
                    URLRow(id: try row.integer(0), url: try row.text(1))
                }
                let covered = urls.filter { covers(wanted, $0.url) }
                if !covered.isEmpty, try !body(covered) { return }
                guard rows.count == pageSize else { break }
                (id, place) = (try last.integer(0), try last.bytes(2))
            }
        }
    }

    /// Whether the expression is one of the URL's: a range holds a little more than what is covered.
    private static func covers(_ expression: [UInt8], _ url: String) -> Bool {
        canonical(url)?.expressions.contains(expression) ?? false
    }

    /// The URL as indicators see it; nil when it has no host.
    static func canonical(_ url: String) -> CanonicalURL? {
        guard let parsed = try? WebURL.parse(Array(url.utf8)) else { return nil }
        return CanonicalURL(parsed)
    }
}

/// The URLs of one batch, each looked up and taken apart once.
struct SeenURLs {
    struct Seen {
        let id: Int64
        /// The patterns of the indicators that would cover it; what is longer is no indicator's.
        let patterns: [String]
    }

    /// Keeps a batch of messages with ever new URLs from growing our memory.
    private static let limit = 2_000
    private var held: [String: Seen] = [:]

    /// The URL, kept in the store if it was not.
    mutating func seen(_ url: String, in transaction: any SQLTransaction) throws(StoreError) -> Seen {
        if let seen = held[url] { return seen }
        if held.count >= Self.limit { held.removeAll(keepingCapacity: true) }
        let canonical = URLStore.canonical(url)
        let seen = Seen(
            id: try URLStore.keep(url, as: canonical, in: transaction),
            patterns: canonical?.expressions.filter { $0.count <= IndicatorPattern.sizeLimit }.map(\.text) ?? [])
        held[url] = seen
        return seen
    }
}
