// SPDX-License-Identifier: Apache-2.0

import Foundation
import Investigations

/// Rows under headings, in columns as wide as they need to be.
///
/// Cells may hold mail text: control characters are shown, not sent to the terminal.
struct Table: CustomStringConvertible {
    /// The last column pushes nothing away.
    private static let lastCellLimit = 300

    private var rows: [[String]]
    private let cellLimit: Int

    /// `cellLimit`: characters of one cell, because in a list a long URL or subject must not push the other columns away.
    init(_ headings: [String], cellLimit: Int = 80) {
        rows = [headings]
        self.cellLimit = cellLimit
    }

    mutating func add(_ cells: [String?]) {
        rows.append(
            cells.enumerated().map { index, cell in
                let limit = index == rows[0].count - 1 ? max(cellLimit, Self.lastCellLimit) : cellLimit
                return TerminalText.escaped(cell ?? "-", limit: limit)
            })
    }

    var description: String {
        guard rows.count > 1 else { return "(none)" }
        let widths = rows[0].indices.map { column in rows.map { TerminalText.width($0[column]) }.max() ?? 0 }
        return rows.map { Self.line($0, widths) }.joined(separator: "\n")
    }

    private static func line(_ row: [String], _ widths: [Int]) -> String {
        var line = ""
        var end = 0
        var column = 0
        for (cell, width) in zip(row, widths) {
            if !cell.isEmpty { line += String(repeating: " ", count: column - end) + cell }
            end = cell.isEmpty ? end : column + TerminalText.width(cell)
            column += width + 2
        }
        return line
    }
}

/// A time in milliseconds since 1970 as people read it, UTC.
func time(_ milliseconds: Int64?) -> String? {
    guard let milliseconds else { return nil }
    return Date(timeIntervalSince1970: Double(milliseconds) / 1_000).formatted(.iso8601)
}
