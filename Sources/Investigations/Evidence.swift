// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Store
import Verdicts

/// Runs one step of the catalogue: reads the store in one transaction, answers what it found and a sentence about it.
struct Evidence: Sendable {
    let investigation: Int64
    let subject: Subject
    let at: Int64
    let input: [String: JSONValue]

    /// The input as the log shows it: lists of messages by their references only, which are enough to repeat the step.
    var loggedInput: JSONValue {
        var members = input.mapValues { value -> JSONValue in
            guard let elements = value.elements else { return value }
            return .list(elements.map { $0["reference"] ?? $0 })
        }
        members["subject"] = .text(subject.description)
        return .object(members)
    }

    /// Runs the step.
    func gather(_ step: CatalogueStep, in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
        switch step {
        case .subjectVerdict: try verdict(in: transaction)
        case .alertMessages: try alertMessages(in: transaction)
        case .messages: try allMessages(in: transaction)
        case .similarMessages: try similarMessages(in: transaction)
        case .recipients: recipients()
        case .clicks: try clicks(in: transaction)
        }
    }

    private func note(_ output: [String: JSONValue], _ summary: String) -> StepNote {
        StepNote(.null, .object(output), summary)
    }
}

// MARK: - Verdict

extension Evidence {
    private func verdict(in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
        let found = try EvidenceStore.indicators(pattern: subject.value, at: at, in: transaction)
        // The gravest first; of equal ones the oldest, which was there first to say so.
        let sorted = found.enumerated().sorted { left, right in
            let gravity = (Self.gravity(left.element), Self.gravity(right.element))
            return gravity.0 == gravity.1 ? left.offset < right.offset : gravity.0 > gravity.1
        }
        .map(\.element)
        let gravest = sorted.first
        let output: [String: JSONValue] = [
            "verdict": .text(gravest?.verdict ?? Verdict.unknown.rawValue), "source": .text(gravest?.source ?? ""),
            "reason": .text(gravest?.reason ?? ""), "value": .text(gravest?.value ?? ""),
            "since": gravest.map { .number($0.createdAt) } ?? .null, "count": .number(sorted.count),
            "indicators": .list(sorted.map(Self.object)),
        ]
        guard let gravest else { return note(output, "no indicator that is in force covers \(subject.value)") }
        let others = sorted.count > 1 ? ", and \(count(sorted.count - 1, "other indicator", "other indicators"))" : ""
        let reason = gravest.reason.map { " (\($0))" } ?? ""
        return note(
            output,
            "\(gravest.source) calls \(gravest.value) \(gravest.verdict)\(reason) since \(Moment(gravest.createdAt))\(others)")
    }

    private static func gravity(_ indicator: EvidenceStore.IndicatorFacts) -> UInt8 {
        Verdict(rawValue: indicator.verdict)?.gravity ?? 0
    }

    private static func object(_ indicator: EvidenceStore.IndicatorFacts) -> JSONValue {
        .object([
            "number": .number(indicator.number), "value": .text(indicator.value), "verdict": .text(indicator.verdict),
            "source": .text(indicator.source), "reason": .optional(indicator.reason),
            "since": .number(indicator.createdAt),
        ])
    }
}

// MARK: - Messages

extension Evidence {
    private func alertMessages(in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
        let limit = InvestigationLimits.messages
        let named = try EvidenceStore.messages(ofAlertsOf: investigation, limit: limit, in: transaction)
        // Alerts that name no message are about everything that carries the subject.
        let references = named.isEmpty ? try carriers(in: transaction) : named
        return try messages(references, in: transaction) { found, copies in
            "the alerts are about \(found), delivered to \(copies)"
        }
    }

    private func allMessages(in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
        try messages(carriers(in: transaction), in: transaction) { found, copies in
            "\(found) carrying the \(subject.kind == .url ? "link" : "file"), delivered to \(copies)"
        }
    }

    private func similarMessages(in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
        let known = Set(references(of: "messages"))
        let others = try carriers(in: transaction).filter { !known.contains($0) }
        return try messages(others, in: transaction) { found, copies in
            others.isEmpty
                ? "no other message carries the \(subject.kind == .url ? "link" : "file")"
                : "\(found) besides carrying the \(subject.kind == .url ? "link" : "file"), delivered to \(copies)"
        }
    }

    /// Every message that carries the subject, in one order, whatever the URLs it was found by.
    private func carriers(in transaction: any SQLTransaction) throws(StoreError) -> [String] {
        let limit = InvestigationLimits.messages
        switch subject.kind {
        case .file: return try EvidenceStore.messages(carryingFile: subject.value, limit: limit, in: transaction)
        case .url:
            var found: Set<String> = []
            for url in try coveredURLs(in: transaction) where found.count < limit {
                found.formUnion(
                    try EvidenceStore.messages(carryingURL: url, limit: limit - found.count, in: transaction))
            }
            return found.sorted()
        }
    }

    private func messages(
        _ references: [String], in transaction: any SQLTransaction, _ summary: (String, String) -> String
    ) throws(StoreError) -> StepNote {
        var facts: [EvidenceStore.MessageFacts] = []
        for reference in references {
            if let message = try EvidenceStore.message(reference, in: transaction) { facts.append(message) }
        }
        facts.sort { ($0.at, $0.reference) < ($1.at, $1.reference) }
        let copies = facts.reduce(0) { $0 + Set($1.recipients).count }
        let isCut = references.count >= InvestigationLimits.messages
        let output: [String: JSONValue] = [
            "messages": .list(facts.map(Self.object)), "count": .number(facts.count), "mailboxes": .number(copies),
        ]
        let found = (isCut ? "the first " : "") + count(facts.count, "message", "messages")
        return note(output, summary(found, count(copies, "mailbox", "mailboxes")))
    }

    private static func object(_ message: EvidenceStore.MessageFacts) -> JSONValue {
        .object([
            "reference": .text(message.reference), "at": .number(message.at), "queue_id": .text(message.queueID),
            "sender": .text(message.sender), "author": .optional(message.author), "subject": .optional(message.subject),
            "recipients": .list(message.recipients.map(JSONValue.text)),
        ])
    }

    private func references(of name: String) -> [String] {
        (input[name]?.elements ?? []).compactMap { $0["reference"]?.string }
    }
}

// MARK: - People

extension Evidence {
    private func recipients() -> StepNote {
        var messages: [String: Int] = [:]
        for message in input["messages"]?.elements ?? [] {
            for address in Set((message["recipients"]?.elements ?? []).compactMap(\.string)) {
                messages[address, default: 0] += 1
            }
        }
        let sorted = messages.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let list = sorted.map { address, number -> JSONValue in
            .object(["address": .text(address), "messages": .number(number)])
        }
        let names = sorted.prefix(3).map(\.key).joined(separator: ", ") + (sorted.count > 3 ? " …" : "")
        return note(
            ["recipients": .list(list), "count": .number(sorted.count)],
            sorted.isEmpty ? "nobody received it" : "\(count(sorted.count, "recipient", "recipients")): \(names)")
    }

    private func clicks(in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
        let limit = InvestigationLimits.clicks
        var clicks: [EvidenceStore.ClickFacts] = []
        if input["messages"] != nil {
            for reference in references(of: "messages") where clicks.count < limit {
                clicks += try EvidenceStore.clicks(inMessage: reference, limit: limit - clicks.count, in: transaction)
            }
        } else if subject.kind == .url {
            for url in try coveredURLs(in: transaction) where clicks.count < limit {
                clicks += try EvidenceStore.clicks(onURL: url, limit: limit - clicks.count, in: transaction)
            }
        }
        clicks.sort { ($0.at, $0.id) < ($1.at, $1.id) }
        var people: Set<String> = []
        var list: [JSONValue] = []
        for click in clicks {
            let who = try clicker(click, in: transaction)
            people.insert(who.address ?? "\(click.reference) from \(click.client)")
            list.append(Self.object(click, who))
        }
        let through = clicks.count { Self.reachedTarget.contains($0.outcome) }
        let output: [String: JSONValue] = [
            "clicks": .list(list), "count": .number(clicks.count), "let_through": .number(through),
            "people": .number(people.count),
        ]
        guard !clicks.isEmpty else { return note(output, "nobody clicked") }
        return note(
            output,
            "\(count(clicks.count, "click", "clicks")) by \(count(people.count, "person", "people")), \(through) of them reached the target")
    }

    /// Outcomes of a click (`ClickRecord.Outcome`) after which the browser opened the target.
    private static let reachedTarget: Set<String> = ["allowed", "proceeded"]

    /// Who clicked, as far as the link tells: a message to several people has one link for all of them.
    private func clicker(
        _ click: EvidenceStore.ClickFacts, in transaction: any SQLTransaction
    ) throws(StoreError) -> (address: String?, recipients: Int) {
        let recipients = try EvidenceStore.recipients(of: click.reference, in: transaction)
        if recipients.count == 1 { return (recipients[0], 1) }
        let index = Int(clamping: click.recipient) - 1
        return (recipients.indices.contains(index) ? recipients[index] : nil, recipients.count)
    }

    private static func object(
        _ click: EvidenceStore.ClickFacts, _ who: (address: String?, recipients: Int)
    ) -> JSONValue {
        .object([
            "id": .text(click.id), "at": .number(click.at), "reference": .text(click.reference),
            "recipient": .optional(who.address), "recipients": .number(who.recipients), "url": .text(click.url),
            "outcome": .text(click.outcome), "client": .text(click.client), "user_agent": .optional(click.userAgent),
        ])
    }
}
