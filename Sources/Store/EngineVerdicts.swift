// SPDX-License-Identifier: Apache-2.0

import Verdicts

/// What engines say about files, as indicators of a source of their own: `yara/<file>:<rule>`, `clamd/<signature>`.
///
/// So everything that follows from an indicator follows from a hit too, at delivery, in the look-back, in playbooks; a person
/// can vouch for the file against it; and it can be taken back.
package enum EngineVerdicts {
    /// Brings the indicators of the engine about the object in line with what it says now.
    ///
    /// Only those of the parts that were asked: about the others it said nothing.
    static func apply(
        _ names: [String: Verdict], of work: RescanWork, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> (hits: Int64, withdrawn: Int64) {
        let prefix = "\(work.engine)/"
        var standing: [String: Indicator] = [:]
        for indicator in try IndicatorStore.live([work.sha256], at: at, in: transaction)
        where indicator.source.hasPrefix(prefix) && indicator.kind == .file {
            standing[String(indicator.source.dropFirst(prefix.count))] = indicator
        }
        var hits: Int64 = 0
        for (name, verdict) in names.sorted(by: { $0.key < $1.key }) where standing[name]?.verdict != verdict {
            let indicator = Indicator(
                number: 0, kind: .file, pattern: work.sha256, value: work.sha256, verdict: verdict,
                source: prefix + name, reason: "\(work.engine): \(name)", createdAt: at, expiresAt: nil)
            _ = try IndicatorStore.add(indicator, in: transaction)
            hits += 1
        }
        let gone = standing.filter { names[$0.key] == nil && work.asks($0.key) }
        let withdrawn = try IndicatorStore.take(gone.values.map(\.number), at: at, in: transaction)
        return (hits, Int64(withdrawn))
    }

    /// Takes back what the engine said by parts that are no more; answers how many that were.
    package static func withdraw(
        engine: String, parts: [String], at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Int {
        var numbers: [Int64] = []
        for part in parts {
            let rows = try transaction.query(
                "SELECT number FROM indicators WHERE source = $1 AND removed_at IS NULL", [.kept("\(engine)/\(part)")])
            for row in rows { numbers.append(try row.integer(0)) }
        }
        return try IndicatorStore.take(numbers, at: at, in: transaction)
    }
}

extension RescanWork {
    /// Whether a rule of that name was among those asked.
    fileprivate func asks(_ name: String) -> Bool { parts.isEmpty || parts.contains(name) }
}
