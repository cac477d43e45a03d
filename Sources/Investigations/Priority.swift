// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Store

/// How soon somebody should look at an investigation, and why.
///
/// Points for what is known: the gravest alert, clicks that reached the target, mailboxes, people whose mail matters most,
/// people who reported it. Each is a sentence, so that nobody has to trust a number; the sum orders the queue.
struct Priority: Hashable, Sendable {
    private(set) var points = 0
    private(set) var reasons: [String] = []

    /// What every step of a round gave, by step id.
    init(
        severity: AlertSeverity, outputs: [String: JSONValue], isImportant: (String) -> Bool
    ) {
        add(Self.points(of: severity), "\(severity.rawValue) alert")
        let clicks = Self.largest("let_through", outputs)
        if clicks > 0 { add(min(20, 10 + clicks), "\(count(clicks, "click", "clicks")) reached the target") }
        let mailboxes = Self.largest("mailboxes", outputs)
        // 3 points for each doubling: 1,000 mailboxes are not ten times as urgent as 100.
        if mailboxes > 1 {
            add(min(15, 3 * (Int.bitWidth - mailboxes.leadingZeroBitCount - 1)), "\(mailboxes) mailboxes")
        }
        let important = Self.recipients(outputs).filter(isImportant)
        if let first = important.first {
            let more = important.count > 1 ? " and \(important.count - 1) more" : ""
            add(15, "\(first)\(more) of the important recipients")
        }
        let reporters = Self.largest("people", outputs.filter { $0.value["not_junk"] != nil })
        if reporters > 1 { add(min(10, 2 * reporters), "\(reporters) people reported it") }
    }

    private mutating func add(_ more: Int, _ reason: String) {
        points += more
        reasons.append("\(reason) (\(more))")
    }

    private static func points(of severity: AlertSeverity) -> Int {
        switch severity {
        case .low: 10
        case .medium: 25
        case .high: 40
        }
    }

    private static func largest(_ name: String, _ outputs: [String: JSONValue]) -> Int {
        Int(min(outputs.values.compactMap { $0[name]?.integer }.max() ?? 0, 1_000_000))
    }

    private static func recipients(_ outputs: [String: JSONValue]) -> [String] {
        var found: Set<String> = []
        for output in outputs.values {
            for recipient in output["recipients"]?.elements ?? [] {
                if let address = recipient["address"]?.string { found.insert(address) }
            }
        }
        return found.sorted()
    }
}
