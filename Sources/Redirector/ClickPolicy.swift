// SPDX-License-Identifier: Apache-2.0

import Records
import Verdicts
package import Web

/// What a click leads to, by what is known about its target.
package struct ClickPolicy: Sendable {
    /// What happens to a click that would be followed while the click journal cannot take it.
    package enum Unrecorded: Hashable, Sendable {
        /// "Try again in a moment" (503).
        ///
        /// The default: a click nobody recorded is a victim no later look-back finds, and it can be made again, while
        /// the harm of a followed one cannot be undone.
        case refuse
        /// Followed all the same, with an error in the log: for sites where a dead link costs more.
        case follow
    }

    /// What a reason asks for, from the mildest to the gravest.
    package enum Grade: Int, Hashable, Sendable, Comparable {
        /// Noted in the record, and followed.
        case follow
        /// The page that shows the real host.
        case ask
        /// The page that says the check is not over.
        case wait
        case warn
        case block

        package static func < (left: Grade, right: Grade) -> Bool { left.rawValue < right.rawValue }
    }

    /// How much of a client's address is kept (security.md, R-16).
    package enum AddressPrivacy: Hashable, Sendable {
        case whole
        /// The /24 of IPv4, the /48 of IPv6.
        case truncated
        /// A keyed name for it.
        case keyed
    }

    /// Without any verdict index: warn about every link, instead of following and logging.
    package var isStrict = false
    package var unrecorded = Unrecorded.refuse
    /// Whether the warning page has a button to go on.
    package var allowsProceeding = true
    /// How long a warning page's button works: longer than a careful reader needs, too short to be passed on.
    package var proceedLifetime = Duration.seconds(600)
    /// How long a page is shown before its button works: nobody reads it in less, a trick with two clicks does
    /// (clickjacking); the page is then shown again.
    package var proceedDelay = Duration.seconds(2)
    /// Whether clicks are recorded at all; what users report is in any case.
    package var recordsClicks = true
    package var addressPrivacy = AddressPrivacy.whole
    package var rules = LocalRules()
    package var audience = Audience()
    package var rates = ClickRates.Limits()

    package init() {}

    /// What a reason asks for.
    func grade(_ reason: ClickReason) -> Grade {
        switch reason {
        case .indicator(.malicious): .block
        case .indicator(.suspicious): .warn
        case .indicator: .follow
        case .noIndex: isStrict ? .warn : .follow
        // Whoever has the key can make such links, so no site may choose to follow them.
        case .revokedKey: .warn
        case .ipLiteral: rules.ipLiteral
        case .lookAlike: rules.lookAlike
        case .wrapperDepth: rules.wrapperDepth
        case .newDomain: rules.newDomain
        case .dnsList(_, let grade, _): grade
        case .noDNSAnswer(let grade): grade
        case .outside: audience.outside
        }
    }

    /// The outcome for the gravest reason; `proceeds`: the person saw a page for this link and chose to go on.
    func outcome(for grade: Grade, proceeds: Bool) -> ClickRecord.Outcome {
        switch grade {
        case .block: .blocked
        case .warn: proceeds && allowsProceeding ? .proceeded : .warned
        case .wait: proceeds && allowsProceeding ? .proceeded : .pending
        case .ask: proceeds ? .proceeded : .asked
        case .follow: proceeds ? .proceeded : .allowed
        }
    }
}

/// Whom the site's links are for, and what others meet.
///
/// A link of ours that strangers open by the thousand launders its target with our good name (security.md, finding 8):
/// so they can be shown where it leads before they are sent there.
package struct Audience: Sendable {
    /// The site's own networks.
    package var networks: [NetworkRange] = []
    /// What somebody from elsewhere meets, unless the device was here before.
    package var outside = ClickPolicy.Grade.follow

    package init() {}

    /// Whether anybody needs to know where a click comes from.
    var isAsked: Bool { outside != .follow || !networks.isEmpty }
}

/// One reason for what becomes of a click.
enum ClickReason: Hashable, Sendable {
    /// Indicators say so.
    case indicator(Verdict)
    /// There is no verdict index.
    case noIndex
    /// The link's key was revoked.
    case revokedKey
    /// The host is a public IP address.
    case ipLiteral
    /// The host looks like this name and is another.
    case lookAlike(String)
    /// As many wrappers around one another.
    case wrapperDepth(Int)
    /// No mail of the site had a link to this registrable domain before the last days.
    case newDomain(String)
    /// A DNS list has the domain.
    case dnsList(String, ClickPolicy.Grade, meaning: String)
    /// The DNS lists did not answer in time.
    case noDNSAnswer(ClickPolicy.Grade)
    /// Opened from outside of the site's audience.
    case outside

    /// As records have it.
    var code: String {
        switch self {
        case .indicator: "indicator"
        case .noIndex: "no_index"
        case .revokedKey: "revoked_key"
        case .ipLiteral: "ip_literal"
        case .lookAlike(let name): "look_alike: \(name)"
        case .wrapperDepth(let depth): "wrapper_depth: \(depth)"
        case .newDomain(let domain): "new_domain: \(domain)"
        case .dnsList(let list, _, let meaning): "dns_list: \(list) \(meaning)"
        case .noDNSAnswer: "no_dns_answer"
        case .outside: "outside"
        }
    }

    /// The key of its sentence for people; nil: not for them.
    var sentence: String? {
        switch self {
        case .indicator(.malicious): "reason_malicious"
        case .indicator(.suspicious): "reason_suspicious"
        case .indicator: nil
        case .noIndex: "reason_no_index"
        case .revokedKey: "reason_revoked_key"
        case .ipLiteral: "reason_ip_literal"
        case .lookAlike: "reason_look_alike"
        case .wrapperDepth: "reason_wrapper_depth"
        case .newDomain: "reason_new_domain"
        case .dnsList: "reason_dns_list"
        case .noDNSAnswer: "reason_no_dns_answer"
        case .outside: "reason_outside"
        }
    }
}
