// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Verdicts

/// Verdicts about files that were taken back: what was quarantined because of them is offered for release.
///
/// A release is always a person's own wish, so this tells and changes nothing.
package enum Withdrawals {
    private static let counter = "withdrawals"
    private static let changesAtOnce = 200
    /// Copies that are counted for one file; an alert says "1000" for more.
    private static let copyLimit = 1_000

    /// Looks at the next changes of indicators; answers false when there was none.
    package static func tell(at: Int64, in transaction: any SQLTransaction) throws(StoreError) -> Bool {
        let before = try Counter.last(counter, in: transaction)
        let changes = try IndicatorChanges.list(after: before, limit: changesAtOnce, in: transaction)
        guard let last = changes.last else { return false }
        for change in changes where change.indicator.kind == .file {
            let isAgainst = change.indicator.verdict.isAgainst
            guard change.isInForce != isAgainst else { continue }
            for sha256 in try FileNames.files(named: change.indicator.pattern, in: transaction) {
                try offer(sha256, because: change, at: at, in: transaction)
            }
        }
        _ = try Counter.take(Int(last.number - before), counter, in: transaction)
        return true
    }

    /// An indicator against a file ended, or somebody vouches for the file.
    private static func offer(
        _ sha256: String, because change: IndicatorChanges.Change, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) {
        let names = try FileNames.names(of: sha256, in: transaction)
        let said = try IndicatorStore.live(names, at: at, in: transaction).filter { $0.kind == .file }
        let isVouchedFor = said.contains { $0.verdict == .clean && $0.isPersonal }
        guard isVouchedFor || !said.contains(where: { $0.verdict.isAgainst }) else { return }
        let copies = try QuarantineStore.held(carryingFile: sha256, limit: copyLimit, in: transaction)
        guard !copies.isEmpty else { return }
        try AlertStore.tell(
            kind: "file_verdict_withdrawn", subject: Subject(kind: .file, value: sha256).description,
            title: """
                \(change.indicator.source) no longer holds anything against \(sha256): \(copies.count) quarantined \
                copies can go back (rearguard quarantine release --file \(sha256))
                """,
            severity: .medium,
            cause: "withdrawn \(change.number)" + (sha256 == change.indicator.pattern ? "" : "/\(sha256)"), at: at,
            in: transaction)
    }
}
