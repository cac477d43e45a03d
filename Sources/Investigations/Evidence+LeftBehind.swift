// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Store

extension Evidence {
    /// What failed actions left in the mailboxes.
    func leftBehind(in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
        let left = try FailedActions.left(
            behindAlertsOf: investigation, limit: InvestigationLimits.messages, in: transaction)
        let messages = try MessageStore.messages(Set(left.map(\.reference)).sorted(), in: transaction)
        let mailboxes = Set(left.map(\.mailbox)).sorted()
        let names = mailboxes.prefix(3).joined(separator: ", ") + (mailboxes.count > 3 ? " …" : "")
        let because = left.first?.detail ?? ""
        let output: [String: JSONValue] = [
            "messages": .list(messages.map(Self.object)), "count": .number(messages.count),
            "mailboxes": .number(mailboxes.count), "copies": .number(left.count), "because": .text(because),
            "where": .text(names),
        ]
        guard !left.isEmpty else { return note(output, "nothing is left where it was") }
        return note(
            output,
            "\(count(left.count, "copy", "copies")) left in \(names)\(because.isEmpty ? "" : ": \(because)")")
    }
}
