// SPDX-License-Identifier: Apache-2.0

package import Mail

/// For which mail a policy holds; what is left empty holds for all.
package struct PolicyCondition: Hashable, Sendable {
    /// One of them must cover the envelope sender.
    package var senders: [AddressPattern] = []
    /// One of them must cover the recipient.
    package var recipients: [AddressPattern] = []
    package var directions: Set<MailDirection> = []
    /// All of them must stand in the authentication results of a trusted verifier.
    package var results: [AuthenticationResult] = []

    package init() {}

    func covers(_ mail: MailContext, recipient: ForwardPath?) -> Bool {
        guard directions.isEmpty || directions.contains(mail.direction),
            results.allSatisfy({ mail.results.contains($0) })
        else { return false }
        if !senders.isEmpty {
            let sender: [UInt8] = if case .address(let bytes) = mail.envelope.sender { bytes } else { [] }
            guard senders.contains(where: { $0.covers(sender) }) else { return false }
        }
        guard !recipients.isEmpty else { return true }
        guard let recipient else { return false }
        return recipients.contains { $0.covers(recipient.bytes) }
    }
}

/// The policies of a site: for each recipient the first one that covers the message holds.
package struct Policies: Sendable {
    /// Recipients of one message that are looked at one by one; beyond them, it counts that there are others.
    private static let recipientLimit = 10_000

    /// In the order of the configuration.
    private let list: [Policy]
    /// What holds when none of them does.
    private let fallback: Policy

    package init(_ list: [Policy] = [], otherwise fallback: Policy = Policy()) {
        self.list = list
        self.fallback = fallback
    }

    /// The policy for the whole message.
    ///
    /// A message is one for all its recipients here, so when different policies hold for them, the one that does most
    /// decides: `rewrite` before `monitor` before `off`, and of equal ones the one that stands first. Nobody gets an
    /// unprotected link because somebody else was also written to. A site that wants each recipient's own policy has the
    /// MTA hand over one recipient at a time (conf/postfix).
    package func policy(for mail: MailContext) -> Policy {
        guard !list.isEmpty else { return fallback }
        let recipients: [ForwardPath?] =
            mail.envelope.recipients.isEmpty ? [nil] : Array(mail.envelope.recipients.prefix(Self.recipientLimit))
        let places = Set(recipients.map { place(for: mail, recipient: $0) })
        // `list.count` stands for the fallback.
        let best = places.sorted().max { left, right in
            // `max` keeps the last of equal ones, and the first shall hold.
            (self[left].mode.strictness, -left) < (self[right].mode.strictness, -right)
        }
        return self[best ?? list.count]
    }

    private func place(for mail: MailContext, recipient: ForwardPath?) -> Int {
        list.firstIndex { $0.condition.covers(mail, recipient: recipient) } ?? list.count
    }

    private subscript(place: Int) -> Policy { place < list.count ? list[place] : fallback }
}
