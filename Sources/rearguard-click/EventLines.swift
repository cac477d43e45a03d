// SPDX-License-Identifier: Apache-2.0

import Logging
import Mail
import Records
import Redirector
import Telemetry

/// The redirector's events as lines of the log.
struct EventLines {
    private let clicks: ClickLog
    private let journal: JournalLog
    private let directory: String

    init(log: Logger, journal directory: String) {
        clicks = ClickLog(log)
        journal = JournalLog(log)
        self.directory = directory
    }

    func write(_ event: RedirectorEvent) {
        switch event {
        case .clicked(let click):
            clicks.answered(
                click: click.id, reference: click.reference, ordinal: click.ordinal, outcome: click.outcome.rawValue,
                verdict: click.verdict, client: click.client)
        case .notRecorded(let click, let reason, let isFollowed):
            journal.appendFailed(journal: directory, cause: reason)
            guard isFollowed else { return clicks.failed(client: click.client, cause: reason) }
            clicks.answered(
                click: click.id, reference: click.reference, ordinal: click.ordinal, outcome: click.outcome.rawValue,
                verdict: click.verdict, client: click.client)
        case .tooMany(let client): clicks.tooMany(client: client)
        case .reported(let alert):
            clicks.alerted(
                alert: alert.id, kind: alert.kind.rawValue, reference: alert.reference, ordinal: alert.ordinal,
                client: alert.client)
        case .alertNotRecorded(let alert, let reason):
            journal.appendFailed(journal: directory, cause: reason)
            clicks.failed(client: alert.client, cause: reason)
        case .refused(let client): clicks.refused(client: client, reason: "no valid link token")
        case .notJudged(let click):
            clicks.unjudged(click: click.id, reference: click.reference, warned: click.outcome == .warned)
        }
    }
}
