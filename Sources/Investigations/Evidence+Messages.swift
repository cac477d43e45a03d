// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Store
import Verdicts

extension Evidence {
    /// What makes the messages those of the subject.
    private var relation: String {
        switch subject.kind {
        case .url: "carrying the link"
        case .file: "carrying the file"
        case .similar: "carrying the similar files"
        case .message: "of that reference"
        case .sender: "from the sender"
        case .recipient: "to the recipient"
        }
    }

    func alertMessages(in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
        let alerts = try AlertStore.alerts(of: investigation, limit: InvestigationLimits.alerts, in: transaction)
        var messages: [MessageRow] = []
        for reference in Set(alerts.compactMap(\.reference)).sorted() {
            if let message = try MessageStore.message(reference, in: transaction) { messages.append(message) }
        }
        // Alerts that name no message are about everything that carries the subject.
        if messages.isEmpty { messages = try carriers(in: transaction) }
        return note(messages) { "the alerts are about \($0), delivered to \($1)" }
    }

    func allMessages(in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
        note(try carriers(in: transaction)) { "\($0) \(relation), delivered to \($1)" }
    }

    func similarMessages(in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
        let known = Set(references(of: "messages"))
        let others = try carriers(in: transaction).filter { !known.contains($0.reference) }
        return note(others, "other message") {
            others.isEmpty
                ? "no other message \(relation)" : "\($0) \(relation), delivered to \($1)"
        }
    }

    func condemnedMessages(in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
        let asked = references(of: "messages")
        let rows = try CondemnedStore.among(asked, at: at, in: transaction)
        let condemned = Set(rows.map(\.reference))
        let says = rows.sorted { ($0.reference, $0.subject.description) < ($1.reference, $1.subject.description) }
            .map { Contribution(Entity(.message, $0.reference), .malicious, "carries \($0.subject)") }
        return note(try MessageStore.messages(condemned.sorted(), in: transaction), says: says) {
            condemned.isEmpty
                ? "none of \(count(asked.count, "message", "messages")) carries something malicious"
                : "\($0) of \(asked.count) with something malicious, delivered to \($1)"
        }
    }

    func carriers(in transaction: any SQLTransaction) throws(StoreError) -> [MessageRow] {
        try MessageStore.messages(about: subject, limit: InvestigationLimits.messages, in: transaction)
    }

    /// The output about messages; the summary is made of their number and that of their mailboxes, in words.
    func note(
        _ messages: [MessageRow], _ noun: String = "message", says contributions: [Contribution] = [],
        _ summary: (String, String) -> String
    ) -> StepNote {
        let sorted = messages.sorted { ($0.at, $0.reference) < ($1.at, $1.reference) }
        let copies = sorted.reduce(0) { $0 + Set($1.recipients).count }
        let output: [String: JSONValue] = [
            "messages": .list(sorted.map(Self.object)), "count": .number(sorted.count), "mailboxes": .number(copies),
        ]
        let isCut = sorted.count >= InvestigationLimits.messages
        let found = (isCut ? "the first " : "") + count(sorted.count, noun, noun + "s")
        return note(output, summary(found, count(copies, "mailbox", "mailboxes")), says: contributions)
    }

    static func object(_ message: MessageRow) -> JSONValue {
        .object([
            "reference": .text(message.reference), "at": .number(message.at), "queue_id": .text(message.queueID),
            "sender": .text(message.sender), "author": .optional(message.author), "subject": .optional(message.subject),
            "recipients": .list(message.recipients.map(JSONValue.text)),
        ])
    }

    func references(of name: String) -> [String] {
        (input[name]?.elements ?? []).compactMap { $0["reference"]?.string }
    }
}
