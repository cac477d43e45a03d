// SPDX-License-Identifier: Apache-2.0

package import Verdicts

/// An indicator with what became of it.
package struct IndicatorRow: Codable, Hashable, Sendable {
    package let indicator: Indicator
    /// Milliseconds since 1970, UTC; nil while it stands.
    package let removedAt: Int64?
    /// Whether old links, clicks and attachments were judged by it.
    package let isLookedBack: Bool

    static let columns = """
        number, kind, pattern, value, verdict, source, reason, created_at, expires_at, removed_at, looked_back
        """

    init(_ row: SQLRow) throws(StoreError) {
        guard let kind = Indicator.Kind(rawValue: try row.text(1)), let verdict = Verdict(rawValue: try row.text(4))
        else {
            throw StoreError(.row, "indicator \(try row.integer(0)) has an unknown kind or verdict")
        }
        indicator = Indicator(
            number: try row.integer(0), kind: kind, pattern: try row.text(2), value: try row.text(3), verdict: verdict,
            source: try row.text(5), reason: try row.optionalText(6), createdAt: try row.integer(7),
            expiresAt: try row.optionalInteger(8))
        removedAt = try row.optionalInteger(9)
        isLookedBack = try row.integer(10) != 0
    }
}

/// What became of an indicator that was to be added.
package enum IndicatorAddition: Hashable, Sendable {
    case added
    /// The source said the same already: reason and expiry are the new ones.
    case renewed
    /// The source said something else: that indicator is removed, this one stands in its place.
    case replaced(number: Int64)
}

/// What is said about URLs, domains and files; of one source there is one live indicator a pattern.
package enum IndicatorStore {
    /// Adds the indicator (its number is given here); answers the one that stands now, and how it came.
    ///
    /// Its pattern comes from `IndicatorPattern`. An indicator against something is looked back for later.
    package static func add(
        _ new: Indicator, in transaction: any SQLTransaction
    ) throws(StoreError) -> (indicator: Indicator, addition: IndicatorAddition) {
        let old = try live([new.pattern], at: new.createdAt, in: transaction).first { $0.source == new.source }
        if var old, old.verdict == new.verdict {
            (old.reason, old.expiresAt) = (new.reason, new.expiresAt)
            try transaction.execute(
                "UPDATE indicators SET reason = $2, expires_at = $3 WHERE number = $1",
                [.integer(old.number), .kept(old.reason), .optional(old.expiresAt)])
            return (old, .renewed)
        }
        if let old { try remove(old.number, at: new.createdAt, in: transaction) }
        let indicator = try insert([new], in: transaction)[0]
        return (indicator, old.map { .replaced(number: $0.number) } ?? .added)
    }

    /// Adds indicators that their sources have not said yet, with numbers in a row; answers them with their numbers.
    static func insert(_ new: [Indicator], in transaction: any SQLTransaction) throws(StoreError) -> [Indicator] {
        guard !new.isEmpty else { return [] }
        let first = try Counter.take(new.count, "indicators", in: transaction)
        let change = try Counter.take(new.count, IndicatorChanges.counter, in: transaction)
        var kept = new
        for index in kept.indices {
            kept[index].number = first + Int64(index)
            let indicator = kept[index]
            try transaction.execute(
                """
                INSERT INTO indicators (\(IndicatorRow.columns), change)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, $10, $11)
                """,
                [
                    .integer(indicator.number), .text(indicator.kind.rawValue), .text(indicator.pattern),
                    .kept(indicator.value), .text(indicator.verdict.rawValue), .kept(indicator.source),
                    .kept(indicator.reason), .integer(indicator.createdAt), .optional(indicator.expiresAt),
                    .flag(!indicator.verdict.isAgainst), .integer(change + Int64(index)),
                ])
        }
        return kept
    }

    /// Takes the indicator back; `notFound` when there is none, and false when it was removed before.
    @discardableResult
    package static func remove(
        _ number: Int64, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Bool {
        let known = try transaction.query("SELECT 1 FROM indicators WHERE number = $1", [.integer(number)])
        guard !known.isEmpty else { throw StoreError(.notFound, "there is no indicator \(number)") }
        return try take([number], at: at, in: transaction) > 0
    }

    /// Takes these back; answers how many were not before.
    static func take(_ numbers: [Int64], at: Int64, in transaction: any SQLTransaction) throws(StoreError) -> Int {
        guard !numbers.isEmpty else { return 0 }
        let change = try Counter.take(numbers.count, IndicatorChanges.counter, in: transaction)
        var taken = 0
        for (index, number) in numbers.enumerated() {
            taken += try transaction.execute(
                "UPDATE indicators SET removed_at = $2, change = $3 WHERE number = $1 AND removed_at IS NULL",
                [.integer(number), .integer(at), .integer(change + Int64(index))])
        }
        return taken
    }

    /// The indicator of that number, removed or not; `notFound` when there is none.
    package static func row(_ number: Int64, in transaction: any SQLTransaction) throws(StoreError) -> IndicatorRow {
        let rows = try rows("WHERE number = $1", [.integer(number)], in: transaction)
        guard let row = rows.first else { throw StoreError(.notFound, "there is no indicator \(number)") }
        return row
    }

    /// Indicators, the newest first, below `before`; without the removed ones unless asked for, of one source or of all.
    package static func list(
        includingRemoved: Bool = false, source: String? = nil, before: Int64 = .max, limit: Int,
        in transaction: any SQLTransaction
    ) throws(StoreError) -> [IndicatorRow] {
        let condition = (includingRemoved ? "" : "AND removed_at IS NULL") + (source == nil ? "" : " AND source = $3")
        return try rows(
            "WHERE number < $1 \(condition) ORDER BY number DESC LIMIT $2",
            [.integer(before), .integer(limit)] + (source.map { [.kept($0)] } ?? []), in: transaction)
    }

    /// What is and was said about a file, the newest first; sources are few, and the limit stops a flood of changes.
    package static func about(file sha256: String, in transaction: any SQLTransaction) throws(StoreError)
        -> [IndicatorRow]
    {
        let names = try FileNames.names(of: sha256, in: transaction)
        return try rows(
            "WHERE pattern IN ($1, $2, $3) AND kind = 'file' ORDER BY number DESC LIMIT 100",
            (0..<3).map { .text(names.count > $0 ? names[$0] : sha256) }, in: transaction)
    }

    static func rows(
        _ condition: String, _ parameters: [SQLValue], in transaction: any SQLTransaction
    ) throws(StoreError) -> [IndicatorRow] {
        try transaction.query("SELECT \(IndicatorRow.columns) FROM indicators \(condition)", parameters)
            .map { (row) throws(StoreError) in try IndicatorRow(row) }
    }
}

extension Verdict {
    /// Whether it says something bad.
    var isAgainst: Bool { self == .suspicious || self == .malicious }
}
