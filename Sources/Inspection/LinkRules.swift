// SPDX-License-Identifier: Apache-2.0

import Bytes
import LinkTokens
import Links
import MIME
import Mail
import Records
import URLSyntax

/// What becomes of each link of one message.
struct LinkRules {
    /// The answer for one link.
    enum Decision {
        case rewrite(to: [UInt8])
        case leave(reason: String)
        /// It loses its target and keeps its text.
        case remove(reason: String)
        /// One of ours already: it stays, and stands for this URL.
        case own(target: [UInt8])
        /// One of ours on its way out: it is what it was before.
        case unwrap(target: [UInt8])
    }

    /// Links of ours that may be glued together in a text: each is looked for in what the one before left over.
    private static let gluedLinks = 8

    let policy: Policy
    /// No link is to stay live: the message cannot be made safe in another way.
    var neutralises = false
    let mint: LinkMint
    private let direction: MailDirection
    private let site: SiteMail
    private let reference: MessageReference
    private let recipient: Int
    private let day: UInt16

    /// Recipients are known one by one only when there is one: 0 says the message had several.
    init(policy: Policy, mint: LinkMint, direction: MailDirection, site: SiteMail, record: MessageRecord) {
        self.policy = policy
        self.mint = mint
        self.direction = direction
        self.site = site
        reference = record.reference
        recipient = record.recipients.count == 1 ? 1 : 0
        day = LinkToken.day(at: record.at)
    }

    private var isOutbound: Bool { direction == .outbound }

    /// The decision for a link found in a part; `partReason` says why the whole part stays as it is.
    func decision(for link: LinkCandidate, ordinal: Int, partReason: String?) -> Decision {
        if let token = mint.linkToken(in: link.url), staysOwn(link) {
            return unwrapsOwn && partReason == nil
                ? .unwrap(target: token.target) : .own(target: token.target)
        }
        if let reason = changesNothing(partReason) { return .leave(reason: reason) }
        if link.place == .picture, !policy.rewritesImages { return .leave(reason: "image") }
        if neutralises { return .remove(reason: "ambiguous") }
        if isOutbound { return .leave(reason: "outbound") }
        if policy.exemptions.cover(link.url.hostBytes) { return .leave(reason: "exempt") }
        if !policy.rewritesMeetingLinks, MeetingLink.isMeetingJoin(link.url) { return .leave(reason: "meeting") }
        let token = LinkToken(
            reference: reference, ordinal: ordinal, recipient: recipient, day: day, target: link.target)
        guard let url = mint.rewrittenURL(token, host: link.url.hostBytes) else {
            return .remove(reason: "limit: url length")
        }
        return .rewrite(to: url)
    }

    /// Whether links of ours become again what they were.
    var unwrapsOwn: Bool { isOutbound && policy.mode == .rewrite }

    /// Why a place that leads nowhere we could wrap stays all the same; nil: it loses its target.
    ///
    /// What our own users send out is theirs to answer for, and what they send one another about the site's own file
    /// servers is their work.
    func reasonToKeep(_ removal: LinkRemoval, partReason: String?) -> String? {
        if let reason = changesNothing(partReason) { return reason }
        guard !neutralises else { return nil }
        if isOutbound { return "outbound" }
        guard direction == .internal, let server = FileServer(removal), site.owns(server) else { return nil }
        return "internal"
    }

    private func changesNothing(_ partReason: String?) -> String? {
        partReason ?? (policy.mode == .rewrite ? nil : policy.mode.rawValue)
    }

    /// Whether a link of ours is all that a client could find there.
    ///
    /// In text, clients differ in where a link ends: what one takes for the end of ours may be another link for the
    /// next (`<token>(www.evil.example`), and then the whole is rewritten. More links of ours are fine.
    private func staysOwn(_ link: LinkCandidate) -> Bool {
        guard link.context.isVisible else { return true }
        var rest = link.target
        for _ in 0..<Self.gluedLinks {
            guard let next = TextLinks.candidates(in: rest).candidates.first else { return true }
            guard next.url.username.isEmpty, next.url.password.isEmpty, mint.linkToken(in: next.url) != nil,
                let token = mint.unverifiedToken(in: next.url)?.text,
                let place = rest[next.range].range(of: token)
            else { return false }
            rest = Array(rest[place.upperBound...])
        }
        return false
    }
}
