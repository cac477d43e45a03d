// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Store
import Verdicts

extension Evidence {
    /// The messages of the input that a step looks at closely, the first of them in their order.
    func examined(in transaction: any SQLTransaction) throws(StoreError) -> [MessageRow] {
        try MessageStore.messages(
            Array(references(of: "messages").prefix(InvestigationLimits.examined)), in: transaction)
    }

    func messageDetails(in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
        let messages = try examined(in: transaction)
        var details: [JSONValue] = []
        for message in messages {
            let (links, files) = try MessageStore.contentCounts(of: message.reference, in: transaction)
            details.append(Self.details(message, links: links, files: files))
        }
        let inside = messages.count { $0.isFromInside }
        let passed = messages.count { $0.authentication.contains("dmarc=pass") }
        let failed = messages.count { $0.authentication.contains("dmarc=fail") }
        let unverified = messages.count { !$0.isFromInside && $0.authentication.isEmpty }
        let output: [String: JSONValue] = [
            "details": .list(details), "count": .number(messages.count), "inbound": .number(messages.count - inside),
            "from_inside": .number(inside), "dmarc_pass": .number(passed), "dmarc_fail": .number(failed),
            "unverified": .number(unverified),
        ]
        let hosts = Set(messages.filter { !$0.isFromInside }.compactMap(\.client)).sorted()
        let from = hosts.prefix(3).joined(separator: ", ") + (hosts.count > 3 ? " …" : "")
        let parts = [
            inside > 0 ? "\(inside) from inside" : nil, hosts.isEmpty ? nil : "from outside by \(from)",
            passed > 0 ? "\(passed) passed DMARC" : nil, failed > 0 ? "\(failed) failed DMARC" : nil,
            unverified > 0 ? "\(unverified) verified by nobody" : nil,
        ].compactMap(\.self)
        let isCut = references(of: "messages").count > messages.count
        return note(
            output,
            "\(isCut ? "the first " : "")\(count(messages.count, "message", "messages")): \(parts.joined(separator: ", "))",
            says: messages.map(Self.opinion))
    }

    private static func details(_ message: MessageRow, links: Int, files: Int) -> JSONValue {
        .object([
            "reference": .text(message.reference), "direction": .optional(message.direction),
            "authentication": .list(message.authentication.map(JSONValue.text)), "client": .optional(message.client),
            "login": .optional(message.login), "size": .number(message.size), "links": .number(links),
            "files": .number(files), "rewriting": .text(message.rewriting), "because": .optional(message.reason),
        ])
    }

    private static func opinion(_ message: MessageRow) -> Contribution {
        let entity = Entity(.message, message.reference)
        if message.isFromInside {
            let login = message.login.map { ", logged in as \($0)" } ?? ""
            return Contribution(entity, .unknown, "comes from inside\(login)")
        }
        guard !message.authentication.isEmpty else {
            return Contribution(entity, .unknown, "nobody verified its sender")
        }
        let said = message.authentication.joined(separator: ", ")
        let isForged = message.authentication.contains("dmarc=fail")
        return Contribution(
            entity, isForged ? .suspicious : .unknown,
            isForged ? "was not written by whom it says (\(said))" : "its sender was verified: \(said)")
    }
}

extension MessageRow {
    /// Whether a login or an own network handed it over.
    var isFromInside: Bool { direction == "outbound" || direction == "internal" }
}
