// SPDX-License-Identifier: Apache-2.0

import Inspection
import Investigations
import Mail
import Records

/// What was found in one message, for people.
struct ScanReport {
    let file: String
    let inspected: Inspected

    var text: String {
        let record = inspected.record
        var lines = [TerminalText.escaped(file, limit: 300), "  \(answer)"]
        lines.append("  policy \(record.policy ?? "-"), \(record.direction ?? "-")")
        if let results = record.authentication { lines.append("  authentication: \(results.joined(separator: ", "))") }
        if let verdict = record.verdict { lines.append("  known at delivery: \(verdict)") }
        for ambiguity in record.ambiguities ?? [] { lines.append("  read differently: \(shown(ambiguity))") }
        if let reason = record.reason { lines.append("  note: \(shown(reason))") }
        if !record.links.isEmpty { lines += ["", "\(links)"] }
        if !record.attachments.isEmpty { lines += ["", "\(attachments)"] }
        return lines.joined(separator: "\n") + "\n"
    }

    private var answer: String {
        let record = inspected.record
        guard inspected.disposition == .accept else { return "answer: \(inspected.disposition.word)" }
        let rewritten = record.links.count { $0.rewritten }
        let removed = record.links.count { $0.removed == true }
        let changes = [rewritten > 0 ? "\(rewritten) rewritten" : nil, removed > 0 ? "\(removed) removed" : nil]
        let list = changes.compactMap(\.self).joined(separator: ", ")
        let unchanged = record.rewriting == .rewritten ? "changed" : "unchanged"
        return "answer: delivered \(list.isEmpty ? unchanged : "with links \(list)")"
    }

    private var links: Table {
        var table = Table(["LINK", "PART", "IN", "DECISION", "URL"], cellLimit: 60)
        for link in record.links {
            let decision = link.rewritten ? "rewritten" : link.removed == true ? "removed" : "left"
            table.add([
                "\(link.ordinal)", part(link.part), link.place.rawValue,
                decision + (link.reason.map { ": \($0)" } ?? ""), link.url,
            ])
            for layer in link.chain ?? [] {
                table.add(["", "", "", "wrapped by \(layer.wrapper)", layer.url ?? "(only the vendor can tell)"])
            }
            if let verdict = link.verdict {
                table.add(["", "", "", verdict, link.indicator.map { "by indicator \($0)" } ?? "wrapped too often"])
            }
        }
        return table
    }

    private var attachments: Table {
        var table = Table(["PART", "TYPE", "SIZE", "SHA-256", "NAME"])
        for file in record.attachments {
            table.add([part(file.part), file.mediaType, "\(file.size)", file.sha256, file.name])
            if let verdict = file.verdict { table.add(["", verdict, "", indicator(file.indicator), ""]) }
        }
        return table
    }

    private var record: MessageRecord { inspected.record }

    private func part(_ number: String) -> String { number.isEmpty ? "-" : number }

    private func indicator(_ number: Int64?) -> String { number.map { "by indicator \($0)" } ?? "" }

    private func shown(_ text: String) -> String { TerminalText.escaped(text, limit: 500) }
}
