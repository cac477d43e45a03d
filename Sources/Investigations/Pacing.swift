// SPDX-License-Identifier: Apache-2.0

import Playbooks

/// How long between attempts at mailboxes, and how much of one.
package struct Pacing: Sendable {
    /// Before the second attempt at a mailbox that could not be reached; doubled each time.
    package var firstDelay = Duration.seconds(5)
    /// The longest time between two attempts: a server that is back is used again this late at worst.
    package var longestDelay = Duration.seconds(15 * 60)
    /// Mailboxes in a row that cannot be reached before an attempt ends: a server that is down costs this many
    /// time-outs, not one for each mailbox.
    package var patience = 3
    /// Mailboxes that are worked on at the same time, each over a connection of its own.
    package var mailboxesAtOnce = 1
    /// Between two looks at where the messages of an open proposal are.
    package var review = Duration.seconds(10 * 60)

    package init() {}

    /// Milliseconds to wait after this many attempts.
    func delay(after attempts: Int64) -> Int64 {
        // 20 doublings of the shortest delay are past any longest one.
        let doublings = min(max(attempts - 1, 0), 20)
        return min(milliseconds(firstDelay) << doublings, milliseconds(longestDelay))
    }

    var reviewTime: Int64 { milliseconds(review) }

    private func milliseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return max(1, seconds * 1_000 + attoseconds / 1_000_000_000_000_000)
    }
}

/// What one run may hold.
package enum InvestigationLimits {
    /// Alerts taken in by one transaction.
    package static let alertsAtOnce = 200
    /// Investigations advanced, and actions carried out, between two looks for new alerts.
    package static let workAtOnce = 50
    /// Alerts, and messages with something malicious, whose senders one transaction looks at.
    package static let watchedAtOnce = 50
    /// Rounds of one investigation: stops a stream of alerts from growing one log without end.
    package static let rounds = 200
    /// Messages that one step lists: stops one indicator (a news site's home page) from filling memory and log.
    package static let messages = 10_000
    /// Clicks that one step lists.
    package static let clicks = 10_000
    /// Different links, and different files, of messages whose verdicts one step looks up.
    package static let links = 5_000
    /// Links and files by which one message is judged, in what a step says about it.
    package static let linksOfOne = 100
    /// What one step says about single things: stops one step from filling the log with ten thousand sentences.
    package static let contributions = 1_000
    /// Messages whose details, history and clusters one step looks for.
    package static let examined = 200
    /// Different senders whose history one step looks up, and recipients of theirs.
    package static let senders = 50
    package static let contacts = 1_000
    /// Messages of a sender by which first contacts are told: a newsletter's ten thousand say no more.
    package static let historyOfOne = 5_000
    /// Clusters that one step looks for by one kind of likeness, and messages of each that are looked at, the newest.
    package static let clustersOfKind = 10
    package static let clusterMembers = 1_000
    /// Answers and forwarded copies that one step lists.
    package static let replies = 1_000
    /// Users' reports that one step looks at.
    package static let reports = 10_000
    /// Similar files that one step lists.
    package static let files = 100
    /// Alerts of one investigation that a step or a report looks at.
    package static let alerts = 10_000
    /// Copies (message times mailbox) in one action.
    package static let targets = PlaybookLimits.copies
    /// Copies in one mailbox that are looked for and moved together.
    package static let copiesAtOnce = 100
    /// Copies of open proposals that are looked for again in one turn.
    package static let reviewsAtOnce = 200
    /// Copies that a preview looks for.
    package static let previews = 1_000
    /// Characters of a person's name and note.
    package static let actor = 200
    package static let note = 2_000
    /// Looks at one mailbox: its owner may move the message meanwhile, or have copies of it in several folders.
    package static let looks = 5
}
