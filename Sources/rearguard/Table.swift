// SPDX-License-Identifier: Apache-2.0

import Foundation
import Investigations

/// Rows under headings, in columns as wide as they need to be.
///
/// Cells may hold mail text: control characters are shown, not sent to the terminal.
struct Table: CustomStringConvertible {
    /// Characters of one cell: a long URL or subject must not push the other columns away.
    private static let cellLimit = 80

    private var rows: [[String]]

    init(_ headings: [String]) {
        rows = [headings]
    }

    mutating func add(_ cells: [String?]) {
        rows.append(cells.map { TerminalText.escaped($0 ?? "-", limit: Self.cellLimit) })
    }

    var description: String {
        guard rows.count > 1 else { return "(none)" }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { cell, width in cell.padding(toLength: width, withPad: " ", startingAt: 0) }
                .joined(separator: "  ").trimmingCharacters(in: .whitespaces)
        }.joined(separator: "\n")
    }
}

/// A time in milliseconds since 1970 as people read it, UTC.
func time(_ milliseconds: Int64?) -> String? {
    guard let milliseconds else { return nil }
    return Date(timeIntervalSince1970: Double(milliseconds) / 1_000).formatted(.iso8601)
}
