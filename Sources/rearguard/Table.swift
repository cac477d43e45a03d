// SPDX-License-Identifier: Apache-2.0

import Foundation
import Investigations

/// Rows under headings, in columns as wide as they need to be.
///
/// Cells may hold mail text: control characters are shown, not sent to the terminal.
struct Table: CustomStringConvertible {
    private var rows: [[String]]
    private let cellLimit: Int

    /// `cellLimit`: characters of one cell, because in a list a long URL or subject must not push the other columns away.
    init(_ headings: [String], cellLimit: Int = 80) {
        rows = [headings]
        self.cellLimit = cellLimit
    }

    mutating func add(_ cells: [String?]) {
        rows.append(cells.map { TerminalText.escaped($0 ?? "-", limit: cellLimit) })
    }

    var description: String {
        guard rows.count > 1 else { return "(none)" }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            // Not Foundation's `padding`: it counts UTF-16, and cuts the last emoji of the longest cell in two.
            zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
                .joined(separator: "  ").trimmingCharacters(in: .whitespaces)
        }.joined(separator: "\n")
    }
}

/// A time in milliseconds since 1970 as people read it, UTC.
func time(_ milliseconds: Int64?) -> String? {
    guard let milliseconds else { return nil }
    return Date(timeIntervalSince1970: Double(milliseconds) / 1_000).formatted(.iso8601)
}
