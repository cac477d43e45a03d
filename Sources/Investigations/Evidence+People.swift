// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Store

extension Evidence {
    func recipients() -> StepNote {
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

    func clicks(in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
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
            "proceeded": .number(clicks.count(where: \.isProceeded)), "people": .number(people.count),
        ]
        guard !clicks.isEmpty else { return note(output, "nobody clicked") }
        let who = "\(count(clicks.count, "click", "clicks")) by \(count(people.count, "person", "people"))"
        let past = clicks.count(where: \.isProceeded)
        let pages = past > 0 ? ", \(past) past a page that warned or asked" : ""
        return note(output, "\(who), \(through) of them reached the target\(pages)")
    }

    /// On the links of the given messages, else on what the subject covers; the oldest first.
    func foundClicks(in transaction: any SQLTransaction) throws(StoreError) -> [ClickRow] {
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
