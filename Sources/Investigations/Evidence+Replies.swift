// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Store
import Verdicts

extension Evidence {
    func replies(in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
        var list: [JSONValue] = []
        var says: [Contribution] = []
        var (replied, people) = (0, Set<String>())
        for original in try examined(in: transaction) {
            guard let id = original.messageID, list.count < InvestigationLimits.replies else { continue }
            let answers = try MessageStore.answers(
                to: id, limit: InvestigationLimits.replies - list.count, in: transaction)
            for answer in answers {
                let isReply = Self.goesBack(answer, to: original)
                let who = answer.sender.isEmpty ? answer.author ?? "" : answer.sender
                replied += isReply ? 1 : 0
                people.insert(who)
                list.append(Self.object(answer, who, original, isReply: isReply))
                says.append(
                    Contribution(
                        Entity(.user, who), .unknown, "\(isReply ? "answered" : "forwarded") \(original.reference)"))
            }
        }
        let output: [String: JSONValue] = [
            "replies": .list(list), "count": .number(list.count), "replied": .number(replied),
            "forwarded": .number(list.count - replied), "people": .number(people.count),
        ]
        guard !list.isEmpty else { return note(output, "nobody answered or forwarded it, as far as it passed here") }
        let names = people.sorted().prefix(3).joined(separator: ", ") + (people.count > 3 ? " …" : "")
        return note(
            output,
            "\(count(replied, "answer", "answers")) to its sender, forwarded \(count(list.count - replied, "time", "times")): by \(names)",
            says: says)
    }

    /// Whether the answer goes to who sent the original, or to who it says wrote it.
    private static func goesBack(_ answer: MessageRow, to original: MessageRow) -> Bool {
        let author = original.author?.lowercased() ?? ""
        return answer.recipients.contains { recipient in
            let address = recipient.lowercased()
            return address == original.sender.lowercased() || author.contains("<\(address)>") || author == address
        }
    }

    private static func object(
        _ answer: MessageRow, _ who: String, _ original: MessageRow, isReply: Bool
    ) -> JSONValue {
        .object([
            "at": .number(answer.at), "reference": .text(answer.reference), "who": .text(who),
            "recipients": .list(answer.recipients.prefix(20).map(JSONValue.text)), "of": .text(original.reference),
            "kind": .text(isReply ? "reply" : "forward"),
        ])
    }
}
