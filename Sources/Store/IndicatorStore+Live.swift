// SPDX-License-Identifier: Apache-2.0

import Bytes
package import Playbooks
import URLSyntax
package import Verdicts

/// The indicators in force: neither removed nor expired.
extension IndicatorStore {
    private static let isLive = "removed_at IS NULL AND (expires_at IS NULL OR expires_at > $1)"
    /// Patterns asked for in one statement; a fixed number, so that there is one statement to prepare.
    private static let patternsAtOnce = 50

    /// The live ones above `after`, by number: page by page what the verdict index is made of.
    package static func live(
        at: Int64, after: Int64 = 0, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [Indicator] {
        try rows(
            "WHERE \(isLive) AND number > $2 ORDER BY number LIMIT $3",
            [.integer(at), .integer(after), .integer(limit)], in: transaction
        ).map(\.indicator)
    }

    /// The live ones with one of these patterns, by number.
    package static func live(
        _ patterns: [String], at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> [Indicator] {
        var found: [Indicator] = []
        var rest = patterns[...]
        while let first = rest.first {
            var chunk = Array(rest.prefix(patternsAtOnce))
            rest = rest.dropFirst(patternsAtOnce)
            chunk += Array(repeating: first, count: patternsAtOnce - chunk.count)
            found += try rows(patternCondition, [.integer(at)] + chunk.map { .kept($0) }, in: transaction)
                .map(\.indicator)
        }
        return found.sorted { $0.number < $1.number }
    }

    private static let patternCondition =
        "WHERE \(isLive) AND pattern IN (\((2...patternsAtOnce + 1).map { "$\($0)" }.joined(separator: ", ")))"

    /// The live ones that say something about the subject: the file, or the expression with all that covers it.
    package static func live(
        about subject: Subject, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> [Indicator] {
        switch subject.kind {
        case .url:
            let canonical = URLStore.canonical("http://\(subject.value)")?.expressions.map(\.text) ?? []
            return try live([subject.value] + canonical.filter { $0 != subject.value }, at: at, in: transaction)
        case .file, .similar:
            return try live(try FileNames.names(of: subject.value, in: transaction), at: at, in: transaction)
        // Nobody says anything about these themselves: what they carry is judged.
        case .message, .sender, .recipient: return []
        }
    }

    /// The ones by which nobody judged the past yet, the oldest first.
    package static func awaitingLookBack(
        limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [IndicatorRow] {
        try rows("WHERE looked_back = 0 ORDER BY number LIMIT $1", [.integer(limit)], in: transaction)
    }

    /// Numbers in one statement.
    private static let numbersAtOnce = 500

    /// Writes that the past was judged by these indicators.
    package static func markLookedBack(_ numbers: [Int64], in transaction: any SQLTransaction) throws(StoreError) {
        let list = (1...numbersAtOnce).map { "$\($0)" }.joined(separator: ", ")
        var rest = numbers[...]
        while let first = rest.first {
            var chunk = Array(rest.prefix(numbersAtOnce))
            rest = rest.dropFirst(numbersAtOnce)
            chunk += Array(repeating: first, count: numbersAtOnce - chunk.count)
            try transaction.execute(
                "UPDATE indicators SET looked_back = 1 WHERE number IN (\(list))", chunk.map { .integer($0) })
        }
    }

    /// Which of these URLs somebody vouches for: feeds do not count against them (see `Judgement`).
    package static func vouchedFor(
        _ urls: [URLRow], at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Set<Int64> {
        var covering: [String: [Int64]] = [:]
        for url in urls {
            for expression in URLStore.canonical(url.url)?.expressions ?? [] {
                covering[expression.text, default: []].append(url.id)
            }
        }
        let clean = try live(Array(covering.keys), at: at, in: transaction).filter { $0.verdict == .clean }
        return Set(clean.flatMap { covering[$0.pattern] ?? [] })
    }
}

/// The live indicators against something, asked for by pattern and remembered through one batch.
struct LiveIndicators {
    /// Keeps a batch of messages with ever new URLs from growing our memory.
    private static let limit = 20_000
    private let at: Int64
    private var held: [String: [Indicator]] = [:]

    init(at: Int64) {
        self.at = at
    }

    /// Asks for all of them at once; what was asked for before is not asked again.
    mutating func fetch(_ patterns: some Sequence<String>, in transaction: any SQLTransaction) throws(StoreError) {
        if held.count >= Self.limit { held.removeAll(keepingCapacity: true) }
        let missing = Array(Set(patterns.filter { held[$0] == nil }))
        for pattern in missing { held[pattern] = [] }
        for indicator in try IndicatorStore.live(missing, at: at, in: transaction) {
            held[indicator.pattern, default: []].append(indicator)
        }
    }

    /// The fetched ones with one of these patterns that hold something against what they cover; where somebody vouches
    /// for it, feeds do not count (see `Judgement`).
    func against(_ patterns: [String]) -> [Indicator] {
        let all = patterns.flatMap { held[$0] ?? [] }
        let isVouchedFor = all.contains { $0.verdict == .clean }
        return all.filter { $0.verdict.isAgainst && ($0.isPersonal || !isVouchedFor) }
    }
}
