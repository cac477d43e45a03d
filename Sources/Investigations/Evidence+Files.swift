// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Store

extension Evidence {
    func similarFiles(in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
        let rows = try NeighbourStore.neighbours(
            of: subject.value, limit: InvestigationLimits.files, in: transaction)
        let original = try MessageStore.fileName(subject.value, in: transaction) ?? subject.value
        let names = rows.prefix(3).map { $0.name ?? $0.sha256 }.joined(separator: ", ") + (rows.count > 3 ? " …" : "")
        let output: [String: JSONValue] = [
            "files": .list(rows.map(Self.object)), "count": .number(rows.count),
            "nearest": .number(rows.first?.distance ?? 0), "names": .text(names), "original": .text(original),
        ]
        guard let nearest = rows.first else { return note(output, "nothing resembles \(original)") }
        let isCut = rows.count >= InvestigationLimits.files
        let found = (isCut ? "the nearest " : "") + count(rows.count, "file resembles", "files resemble")
        return note(output, "\(found) \(original), from distance \(nearest.distance) on: \(names)")
    }

    private static func object(_ row: NeighbourRow) -> JSONValue {
        .object([
            "sha256": .text(row.sha256), "distance": .number(row.distance), "name": .optional(row.name),
            "size": .number(row.size), "type": .optional(row.type),
        ])
    }
}
