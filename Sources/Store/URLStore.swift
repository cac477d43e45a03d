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
    /// Rows held at a time while a cover is walked through in one transaction.
    private static let pageSize = 500

    /// The number of the URL; nil when no message and no click had it.
    package static func id(of url: String, in transaction: any SQLTransaction) throws(StoreError) -> Int64? {
        let digest = SHA256.digest(Array(url.utf8))
        let rows = try transaction.query("SELECT id FROM urls WHERE digest = $1", [.bytes(digest)])
        return try rows.first?.integer(0)
    }

    /// The URL's number, a new one when it was never seen.
    ///
    /// A new URL may be the first of its domain (`SeenDomainStore`).
    static func keep(
        _ url: String, as canonical: CanonicalURL?, at time: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Int64 {
        if let id = try id(of: url, in: transaction) { return id }
        let id = try Counter.next("urls", in: transaction)
        let added = try transaction.execute(
            "INSERT INTO urls (id, digest, url, place) VALUES ($1, $2, $3, $4) ON CONFLICT (digest) DO NOTHING",
            [
                .integer(id), .bytes(SHA256.digest(Array(url.utf8))), .kept(url),
                .bytes(Array((canonical?.place ?? []).prefix(placeLimit))),
            ])
        try SeenDomainStore.note(url, at: time, in: transaction)
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
        var cursor: CoverCursor? = CoverCursor()
        while let place = cursor {
            let (urls, next) = try page(coveredBy: expression, from: place, limit: pageSize, in: transaction)
            if !urls.isEmpty, try !body(urls) { return }
            cursor = next
        }
    }

    /// Where a walk through what an expression covers goes on, from one transaction to the next.
    package struct CoverCursor: Hashable, Sendable {
        fileprivate var range = 0
        fileprivate var place: [UInt8]?
        fileprivate var id: Int64 = 0

        /// The beginning.
        package init() {}
    }

    /// The URLs among the next `limit` rows that the expression covers, and where it goes on; nil at the end.
    package static func page(
        coveredBy expression: String, from cursor: CoverCursor, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> (urls: [URLRow], next: CoverCursor?) {
        let wanted = Array(expression.utf8)
        let ranges = CanonicalURL.placeRanges(forExpression: wanted)
        guard ranges.indices.contains(cursor.range) else { return ([], nil) }
        let (lower, upper) = ranges[cursor.range]
        let rows = try transaction.query(
            """
            SELECT id, url, place FROM urls WHERE (place, id) > ($1, $2) AND place < $3 ORDER BY place, id LIMIT $4
            """,
            [
                .bytes(cursor.place ?? Array(lower.prefix(placeLimit))), .integer(cursor.id), .bytes(upper),
                .integer(limit),
            ])
        let urls = try rows.map { (row) throws(StoreError) in URLRow(id: try row.integer(0), url: try row.text(1)) }
        var next = cursor
        if rows.count == limit, let last = rows.last {
            (next.id, next.place) = (try last.integer(0), try last.bytes(2))
        } else {
            (next.range, next.id, next.place) = (cursor.range + 1, 0, nil)
        }
        return (urls.filter { covers(wanted, $0.url) }, ranges.indices.contains(next.range) ? next : nil)
    }

    /// Whether the expression is one of the URL's: a range holds a little more than what is covered.
    private static func covers(_ expression: [UInt8], _ url: String) -> Bool {
        canonical(url)?.expressions.contains(expression) ?? false
    }

    /// The expressions by which indicators may cover the URL.
    package static func expressions(of url: String) -> [String] { canonical(url)?.expressions.map(\.text) ?? [] }

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

    /// The URL, kept in the store if it was not, as first seen at that time.
    mutating func seen(
        _ url: String, at time: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Seen {
        if let seen = held[url] { return seen }
        if held.count >= Self.limit { held.removeAll(keepingCapacity: true) }
        let canonical = URLStore.canonical(url)
        let seen = Seen(
            id: try URLStore.keep(url, as: canonical, at: time, in: transaction),
            patterns: canonical?.expressions.filter { $0.count <= IndicatorPattern.sizeLimit }.map(\.text) ?? [])
        held[url] = seen
        return seen
    }
}
