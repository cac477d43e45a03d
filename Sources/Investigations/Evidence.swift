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
        case .messageVerdicts: try messageVerdicts(in: transaction)
        case .alertMessages: try alertMessages(in: transaction)
        case .messages: try allMessages(in: transaction)
        case .similarMessages: try similarMessages(in: transaction)
        case .similarFiles: try similarFiles(in: transaction)
        case .userReports: try userReports(in: transaction)
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
        note(
            try IndicatorStore.live(about: subject, at: at, in: transaction), [:],
            otherwise: "no indicator that is in force covers \(subject.value)")
    }

    private func messageVerdicts(in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
        var links: Set<String> = []
        var files: Set<String> = []
        for reference in references(of: "messages") {
            for link in try MessageStore.links(of: reference, in: transaction)
            where links.count < InvestigationLimits.links { links.insert(link.url) }
            for file in try MessageStore.attachments(of: reference, in: transaction)
            where files.count < InvestigationLimits.links { files.insert(file.sha256) }
        }
        var patterns: Set<String> = []
        for link in links { patterns.formUnion(URLStore.expressions(of: link)) }
        for file in files { patterns.formUnion(try FileNames.names(of: file, in: transaction)) }
        let isCut = max(links.count, files.count) >= InvestigationLimits.links
        let seen = "\(count(links.count, "link", "links")) and \(count(files.count, "file", "files"))"
        return note(
            try IndicatorStore.live(patterns.sorted(), at: at, in: transaction),
            ["links": .number(links.count), "files": .number(files.count)],
            otherwise: "no indicator that is in force covers any of \(isCut ? "the first " : "")\(seen)")
    }

    /// What these indicators say, the gravest first; of equal ones the oldest, which was there first to say so.
    private func note(_ indicators: [Indicator], _ seen: [String: JSONValue], otherwise: String) -> StepNote {
        let indicators = indicators.sorted { ($1.verdict, $0.number) < ($0.verdict, $1.number) }
        let gravest = indicators.first
        let output: [String: JSONValue] = [
            "verdict": .text((gravest?.verdict ?? .unknown).rawValue), "source": .text(gravest?.source ?? ""),
            "reason": .text(gravest?.reason ?? ""), "value": .text(gravest?.value ?? ""),
            "since": gravest.map { .number($0.createdAt) } ?? .null, "count": .number(indicators.count),
            "indicators": .list(indicators.map(Self.object)),
        ].merging(seen) { first, _ in first }
        guard let gravest else { return note(output, otherwise) }
        let others = indicators.count - 1
        let more = others > 0 ? ", and \(count(others, "other indicator", "other indicators"))" : ""
        let reason = gravest.reason.map { " (\($0))" } ?? ""
        return note(
            output,
            "\(gravest.source) calls \(gravest.value) \(gravest.verdict.rawValue)\(reason) since \(Moment(gravest.createdAt))\(more)"
        )
    }

    private static func object(_ indicator: Indicator) -> JSONValue {
        .object([
            "number": .number(indicator.number), "value": .text(indicator.value),
            "verdict": .text(indicator.verdict.rawValue), "source": .text(indicator.source),
            "reason": .optional(indicator.reason), "since": .number(indicator.createdAt),
        ])
    }
}

// MARK: - Messages

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

    private func alertMessages(in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
        let alerts = try AlertStore.alerts(of: investigation, limit: InvestigationLimits.alerts, in: transaction)
        var messages: [MessageRow] = []
        for reference in Set(alerts.compactMap(\.reference)).sorted() {
            if let message = try MessageStore.message(reference, in: transaction) { messages.append(message) }
        }
        // Alerts that name no message are about everything that carries the subject.
        if messages.isEmpty { messages = try carriers(in: transaction) }
        return note(messages) { "the alerts are about \($0), delivered to \($1)" }
    }

    private func allMessages(in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
        note(try carriers(in: transaction)) { "\($0) \(relation), delivered to \($1)" }
    }

    private func similarMessages(in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
        let known = Set(references(of: "messages"))
        let others = try carriers(in: transaction).filter { !known.contains($0.reference) }
        return note(others, "other message") {
            others.isEmpty
                ? "no other message \(relation)" : "\($0) \(relation), delivered to \($1)"
        }
    }

    private func carriers(in transaction: any SQLTransaction) throws(StoreError) -> [MessageRow] {
        try MessageStore.messages(about: subject, limit: InvestigationLimits.messages, in: transaction)
    }

    /// The output about messages; the summary is made of their number and that of their mailboxes, in words.
    private func note(
        _ messages: [MessageRow], _ noun: String = "message", _ summary: (String, String) -> String
    ) -> StepNote {
        let sorted = messages.sorted { ($0.at, $0.reference) < ($1.at, $1.reference) }
        let copies = sorted.reduce(0) { $0 + Set($1.recipients).count }
        let output: [String: JSONValue] = [
            "messages": .list(sorted.map(Self.object)), "count": .number(sorted.count), "mailboxes": .number(copies),
        ]
        let isCut = sorted.count >= InvestigationLimits.messages
        let found = (isCut ? "the first " : "") + count(sorted.count, noun, noun + "s")
        return note(output, summary(found, count(copies, "mailbox", "mailboxes")))
    }

    private static func object(_ message: MessageRow) -> JSONValue {
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

// MARK: - Reports

extension Evidence {
    private func userReports(in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
        var reports: [ReportRow] = []
        for reference in references(of: "messages") where reports.count < InvestigationLimits.reports {
            reports += try ReportStore.reports(
                about: reference, limit: InvestigationLimits.reports - reports.count, in: transaction)
        }
        let people = Set(reports.map(\.reporter))
        let phishing = reports.count { $0.opinion == "phishing" }
        let output: [String: JSONValue] = [
            "count": .number(reports.count), "people": .number(people.count), "phishing": .number(phishing),
            "not_junk": .number(reports.count { $0.opinion == "not_junk" }),
        ]
        guard !reports.isEmpty else { return note(output, "nobody reported any of them") }
        return note(
            output,
            "\(count(reports.count, "report", "reports")) by \(count(people.count, "person", "people")), \(phishing) of them as phishing: \(people.sorted().prefix(5).joined(separator: ", "))"
        )
    }
}

// MARK: - Files

extension Evidence {
    private func similarFiles(in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
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
        let clicks = try foundClicks(in: transaction)
        var people: Set<String> = []
        var list: [JSONValue] = []
        for click in clicks {
            let message = try MessageStore.message(click.reference, in: transaction)
            let recipients = message?.recipients ?? []
            let address = click.address ?? (recipients.count == 1 ? recipients[0] : nil)
            people.insert(address ?? "\(click.reference) from \(click.client)")
            list.append(Self.object(click, address: address, recipients: recipients.count))
        }
        let through = clicks.count(where: \.isLetThrough)
        let output: [String: JSONValue] = [
            "clicks": .list(list), "count": .number(clicks.count), "let_through": .number(through),
            "people": .number(people.count),
        ]
        guard !clicks.isEmpty else { return note(output, "nobody clicked") }
        let who = "\(count(clicks.count, "click", "clicks")) by \(count(people.count, "person", "people"))"
        return note(output, "\(who), \(through) of them reached the target")
    }

    /// On the links of the given messages, else on what the subject covers; the oldest first.
    private func foundClicks(in transaction: any SQLTransaction) throws(StoreError) -> [ClickRow] {
        let limit = InvestigationLimits.clicks
        guard input["messages"] != nil else {
            return try ClickStore.clicks(about: subject, limit: limit, in: transaction)
        }
        var clicks: [ClickRow] = []
        for reference in references(of: "messages") where clicks.count < limit {
            clicks += try ClickStore.clicks(inMessage: reference, limit: limit - clicks.count, in: transaction)
        }
        return clicks.sorted { ($0.at, $0.id) < ($1.at, $1.id) }
    }

    /// Who clicked is known as far as the link tells: a message to several people has one link for all of them.
    private static func object(_ click: ClickRow, address: String?, recipients: Int) -> JSONValue {
        .object([
            "id": .text(click.id), "at": .number(click.at), "reference": .text(click.reference),
            "recipient": .optional(address), "recipients": .number(recipients), "url": .text(click.url),
            "outcome": .text(click.outcome), "client": .text(click.client), "user_agent": .optional(click.userAgent),
        ])
    }
}
