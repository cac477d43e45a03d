// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Store
import Verdicts

extension Evidence {
    static let day: Int64 = 86_400_000
    private static let days = 10

    func senderHistory(in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
        let days = max(1, number("days", default: Self.days))
        let bySender = Dictionary(grouping: try examined(in: transaction)) { $0.sender.lowercased() }
        var histories: [History] = []
        for sender in bySender.keys.sorted().filter({ !$0.isEmpty }).prefix(InvestigationLimits.senders) {
            histories.append(try history(of: sender, bySender[sender] ?? [], days: days, in: transaction))
        }
        let steepest = histories.max { ($0.percent, $1.sender) < ($1.percent, $0.sender) }
        let alike = histories.filter { $0.lookAlike != nil }
        let output: [String: JSONValue] = [
            "senders": .list(histories.map(\.json)), "count": .number(histories.count),
            "new_senders": .number(histories.count(where: \.isNew)),
            "first_contacts": .number(histories.reduce(0) { $0 + $1.newRecipients }),
            "last_day": .number(steepest?.lastDay ?? 0), "percent": .number(steepest?.percent ?? 0),
            "look_alikes": .number(alike.count), "look_alike": .text(alike.first?.lookAlike ?? ""),
            "malicious": .number(histories.reduce(0) { $0 + $1.malicious }),
        ]
        guard let first = histories.first else { return note(output, "the messages have no sender") }
        let more = histories.count > 1 ? "; and \(count(histories.count - 1, "other sender", "other senders"))" : ""
        return note(output, "\(first.sentence)\(more)", says: histories.map(\.contribution))
    }

    private func history(
        of sender: String, _ messages: [MessageRow], days: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> History {
        let first = messages.map(\.at).min() ?? at
        let addresses = Set(
            messages.flatMap(\.recipients).prefix(InvestigationLimits.contacts).map { $0.lowercased() })
        let known = try SenderStore.knownRecipients(
            of: sender, before: first, among: addresses, limit: InvestigationLimits.historyOfOne, in: transaction)
        // The day that ends with the newest of the messages: what is asked about lies in the past.
        let end = (messages.map(\.at).max() ?? at) + 1
        let counted = InvestigationLimits.messages
        let lastDay = try SenderStore.count(
            of: sender, from: end - Self.day, to: end, limit: counted, in: transaction)
        let before = try SenderStore.count(
            of: sender, from: end - Int64(days + 1) * Self.day, to: end - Self.day, limit: counted * days,
            in: transaction)
        let condemned = try CondemnedStore.messages(
            of: sender, since: end - Int64(days) * Self.day, at: at, in: transaction)
        var domains = [sender] + messages.compactMap(\.author)
        domains = domains.compactMap(Self.domain)
        return History(
            sender: sender, since: try SenderStore.firstContact(of: sender, in: transaction) ?? first, at: first,
            recipients: addresses.count, newRecipients: addresses.count - known.count, lastDay: lastDay, before: before,
            days: days, malicious: Set(condemned.map(\.reference)).count,
            lookAlike: domains.lazy.compactMap(site.lookAlike).first)
    }

    /// What stands behind the last `@` of an address, or of `Name <address>`.
    private static func domain(of address: String) -> String? {
        let inner = address.split(separator: "<").last?.prefix { $0 != ">" } ?? ""
        guard let sign = inner.lastIndex(of: "@") else { return nil }
        let domain = inner[inner.index(after: sign)...].lowercased()
        return domain.isEmpty || domain.utf8.count > 255 ? nil : domain
    }
}

/// What is known of one sender, as of some messages.
private struct History {
    let sender: String
    /// When the first message ever came, and the first of those in question.
    let since: Int64
    let at: Int64
    let recipients: Int
    let newRecipients: Int
    let lastDay: Int
    /// Messages in the `days` before that.
    let before: Int
    let days: Int
    let malicious: Int
    let lookAlike: String?

    var isNew: Bool { since > at - Evidence.day }
    var percent: Int { before == 0 ? 0 : lastDay * days * 100 / before }

    /// With one decimal: `0.4`.
    private var mean: String {
        let tenths = before * 10 / days
        return "\(tenths / 10).\(tenths % 10)"
    }

    var sentence: String {
        var parts = [isNew ? "\(sender): wrote for the first time" : "\(sender): known since \(Moment(since))"]
        if newRecipients > 0 {
            parts.append("never before to \(newRecipients) of \(count(recipients, "recipient", "recipients"))")
        }
        let least = lastDay >= InvestigationLimits.messages ? "at least " : ""
        parts.append(
            "\(least)\(count(lastDay, "message", "messages")) in a day, \(mean) a day in the \(days) days before")
        if let lookAlike { parts.append("looks like \(lookAlike)") }
        if malicious > 0 { parts.append("\(malicious) with something malicious in \(days) days") }
        return parts.joined(separator: ", ")
    }

    var contribution: Contribution {
        Contribution(Entity(.sender, sender), malicious > 0 || lookAlike != nil ? .suspicious : .unknown, sentence)
    }

    var json: JSONValue {
        .object([
            "sender": .text(sender), "since": .number(since), "recipients": .number(recipients),
            "first_contacts": .number(newRecipients), "last_day": .number(lastDay), "before": .number(before),
            "days": .number(days), "percent": .number(percent), "malicious": .number(malicious),
            "look_alike": .optional(lookAlike),
        ])
    }
}
