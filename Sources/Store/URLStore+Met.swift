// SPDX-License-Identifier: Apache-2.0

import URLSyntax

// Which of very many expressions cover anything at all: the first question of a look-back.
//
// A feed's hundred thousand indicators mostly name hosts that no message here had. So the hosts come first, each once
// and in the order of the index (neighbours share its pages, and one page read answers for all of them), hundreds in a
// statement; and only the expressions under a host that is here are looked for themselves. Roads not taken: one walk
// over the whole index beside the sorted expressions (five million URLs read for two indicators), a table of hashed
// expressions (forty rows a URL, kept for ever).

extension URLStore {
    private typealias Bounds = (lower: [UInt8], upper: [UInt8])

    /// Which of these expressions may cover a URL of the store, by their place in the list: those with a URL in one of
    /// their ranges.
    package static func met(by expressions: [String], in transaction: any SQLTransaction) throws(StoreError) -> Set<Int>
    {
        let wanted = expressions.map { Array($0.utf8) }
        let hosts = wanted.map { CanonicalURL.hostRange(ofExpression: $0) }
        var under: [[UInt8]: [Int]] = [:]
        for (index, host) in hosts.enumerated() { under[host.lower, default: []].append(index) }
        let names = under.keys.sorted { $0.lexicographicallyPrecedes($1) }
        let here = try occupied(names.map { hosts[under[$0]?.first ?? 0] }, in: transaction)
        var found: Set<Int> = []
        var asked: [(expression: Int, range: Bounds)] = []
        for index in here.flatMap({ under[names[$0]] ?? [] }) {
            let ranges = CanonicalURL.placeRanges(forExpression: wanted[index])
            for range in ranges { asked.append((index, range)) }
        }
        for place in try occupied(asked.map(\.range), in: transaction) { found.insert(asked[place].expression) }
        return found
    }

    /// Ranges asked for in one statement.
    private static let rangesAtOnce = 400

    /// Which of the ranges have a URL in them, by their place in the list, in its order.
    private static func occupied(
        _ ranges: [Bounds], in transaction: any SQLTransaction
    ) throws(StoreError) -> [Int] {
        var found: [Int] = []
        for begin in stride(from: 0, to: ranges.count, by: rangesAtOnce) {
            // The statement is always the same: what is missing at the end is filled up with the last range.
            let parameters: [SQLValue] = (begin..<begin + rangesAtOnce).flatMap { place -> [SQLValue] in
                let range = ranges[min(place, ranges.count - 1)]
                return [.bytes(Array(range.lower.prefix(placeLimit))), .bytes(range.upper)]
            }
            for row in try transaction.query(statement, parameters) {
                let place = begin + Int(try row.integer(0))
                if place < ranges.count { found.append(place) }
            }
        }
        return found
    }

    private static let statement: String = {
        let values = (0..<rangesAtOnce).map { "(\($0), $\(2 * $0 + 1), $\(2 * $0 + 2))" }
        return """
            WITH ranges (number, lower, upper) AS (VALUES \(values.joined(separator: ", ")))
            SELECT number FROM ranges
            WHERE EXISTS (SELECT 1 FROM urls WHERE urls.place >= ranges.lower AND urls.place < ranges.upper)
            """
    }()
}
