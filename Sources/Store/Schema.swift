// SPDX-License-Identifier: Apache-2.0

/// The tables, as migrations: named, append-only, each run once and in one transaction.
///
/// A landed migration is never edited; a change is a new one.
package enum Schema {
    /// One step from an older schema to a newer one.
    package struct Migration: Sendable {
        package let name: String
        package let statements: [String]
    }

    package static let migrations = [
        Migration(name: "0001-messages-clicks-indicators", statements: messages + clicks + indicators),
        Migration(name: "0002-investigations", statements: alerts + investigations + actions),
        Migration(name: "0003-indicator-changes-feeds", statements: indicatorChanges + feeds),
        Migration(name: "0004-click-details", statements: clickDetails),
        // `indicators_waiting` answers for it, and each indicator paid for both twice.
        Migration(name: "0005-indicators-index", statements: ["DROP INDEX indicators_looked_back"]),
        Migration(name: "0006-seen-domains", statements: seenDomains),
        Migration(name: "0007-objects", statements: objects),
        Migration(name: "0008-rescans", statements: rescans),
        Migration(name: "0009-rescan-lanes", statements: rescanLanes),
        Migration(
            name: "0010-other-digests",
            statements: [
                "CREATE INDEX objects_sha1 ON objects (sha1) WHERE sha1 IS NOT NULL",
                "CREATE INDEX objects_md5 ON objects (md5) WHERE md5 IS NOT NULL",
            ]),
        Migration(name: "0011-neighbours", statements: neighbours),
        Migration(name: "0012-feed-withdrawals", statements: feedWithdrawals),
        Migration(name: "0013-approvals", statements: approvals),
        Migration(
            name: "0014-messages-by-sender",
            statements: ["CREATE INDEX messages_sender ON messages (LOWER(sender), at)"]),
        Migration(name: "0015-reports", statements: reports),
        Migration(
            name: "0016-early-items-and-addresses",
            statements: [
                // What a feed of changes says of tomorrow: its server does not say it again.
                """
                CREATE TABLE feed_early (
                    feed TEXT NOT NULL, pattern TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL,
                    verdict TEXT NOT NULL, reason TEXT, expires_at BIGINT, starts_at BIGINT NOT NULL,
                    PRIMARY KEY (feed, pattern))
                """,
                "CREATE INDEX feed_early_starts ON feed_early (feed, starts_at)",
                "CREATE INDEX recipients_address_small ON recipients (LOWER(address))",
            ]),
        Migration(name: "0017-priorities", statements: priorities),
        Migration(name: "0018-reversals", statements: reversals),
        Migration(name: "0019-evidence", statements: evidence),
    ]

    /// What evidence is gathered by, each step an index range of its own.
    ///
    /// `network`: where the message came from, as a /24 or a /48; `subject_key`: the skeleton of its subject. Both are NULL
    /// for what came before this version, and for what they would say nothing of. `authentication` is a list, a line each.
    /// `message_answers` has a row for each Message-ID that a message of our own users refers to. `condemned` has the
    /// messages that carried something an indicator called malicious: who asks looks whether it still does.
    private static let evidence = [
        "ALTER TABLE messages ADD COLUMN direction TEXT",
        "ALTER TABLE messages ADD COLUMN authentication TEXT",
        "ALTER TABLE messages ADD COLUMN network TEXT",
        "ALTER TABLE messages ADD COLUMN subject_key TEXT",
        "CREATE INDEX messages_network ON messages (network, at) WHERE network IS NOT NULL",
        "CREATE INDEX messages_subject_key ON messages (subject_key, at) WHERE subject_key IS NOT NULL",
        """
        CREATE TABLE message_answers (
            message_id TEXT NOT NULL, reference TEXT NOT NULL, PRIMARY KEY (message_id, reference))
        """,
        """
        CREATE TABLE condemned (
            reference TEXT NOT NULL, subject TEXT NOT NULL, sender TEXT NOT NULL, at BIGINT NOT NULL,
            number BIGINT NOT NULL UNIQUE, PRIMARY KEY (reference, subject))
        """,
        "CREATE INDEX condemned_sender ON condemned (sender, at)",
        "CREATE INDEX actions_finished ON actions (state, finished_at)",
        // What was raised before this version says nothing about senders when it starts.
        "INSERT INTO counters (name, value) SELECT 'condemned_alerts', value FROM counters WHERE name = 'alerts'",
    ]

    /// Points and the sentences they come from, separated by line feeds.
    private static let priorities = [
        "ALTER TABLE investigations ADD COLUMN priority BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE investigations ADD COLUMN priority_because TEXT",
        "CREATE INDEX investigations_queue ON investigations (state, priority)",
    ]

    /// What passed the milter.
    ///
    /// `urls.place` is the canonical URL with its host reversed (`evil.example/login` as
    /// `example.evil/login`), as bytes, so that an indicator's cover is a range of the index in both engines; it is cut
    /// at `URLStore.placeLimit`, and a URL is known by the SHA-256 of its text, because PostgreSQL refuses index entries
    /// over some 2,700 bytes and senders choose how long a URL is.
    ///
    /// `rejected_records` keeps what could not be read: it is shown, never lost.
    private static let messages = [
        """
        CREATE TABLE consumers (
            journal TEXT PRIMARY KEY, segment BIGINT NOT NULL, position BIGINT NOT NULL)
        """,
        """
        CREATE TABLE rejected_records (
            number BIGINT PRIMARY KEY, journal TEXT NOT NULL, segment BIGINT NOT NULL, position BIGINT NOT NULL,
            at BIGINT NOT NULL, reason TEXT NOT NULL, record BYTEA NOT NULL)
        """,
        "CREATE TABLE counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL)",
        """
        CREATE TABLE messages (
            reference TEXT PRIMARY KEY, stamp TEXT NOT NULL, at BIGINT NOT NULL, queue_id TEXT NOT NULL, sender TEXT NOT NULL,
            message_id TEXT, author TEXT, subject TEXT, client TEXT, login TEXT, size BIGINT NOT NULL,
            rewriting TEXT NOT NULL, reason TEXT)
        """,
        "CREATE INDEX messages_at ON messages (at, reference)",
        """
        CREATE TABLE recipients (
            reference TEXT NOT NULL REFERENCES messages (reference), number BIGINT NOT NULL, address TEXT NOT NULL,
            PRIMARY KEY (reference, number))
        """,
        "CREATE INDEX recipients_address ON recipients (address)",
        """
        CREATE TABLE urls (
            id BIGINT PRIMARY KEY, digest BYTEA NOT NULL UNIQUE, url TEXT NOT NULL, place BYTEA NOT NULL)
        """,
        "CREATE INDEX urls_place ON urls (place, id)",
        """
        CREATE TABLE links (
            reference TEXT NOT NULL REFERENCES messages (reference), ordinal BIGINT NOT NULL,
            url BIGINT NOT NULL REFERENCES urls (id), part TEXT NOT NULL, place TEXT NOT NULL,
            rewritten SMALLINT NOT NULL, reason TEXT, PRIMARY KEY (reference, ordinal))
        """,
        "CREATE INDEX links_url ON links (url, reference)",
        """
        CREATE TABLE attachments (
            reference TEXT NOT NULL REFERENCES messages (reference), number BIGINT NOT NULL, part TEXT NOT NULL,
            name TEXT, media_type TEXT NOT NULL, size BIGINT NOT NULL, sha256 TEXT NOT NULL,
            PRIMARY KEY (reference, number))
        """,
        "CREATE INDEX attachments_sha256 ON attachments (sha256, reference)",
    ]

    /// A click may be ingested before its message (two journals), so `reference` is no foreign key.
    ///
    /// `indicators` are the
    /// numbers behind the verdict at the time, joined by commas.
    private static let clicks = [
        """
        CREATE TABLE clicks (
            id TEXT PRIMARY KEY, at BIGINT NOT NULL, reference TEXT NOT NULL, ordinal BIGINT NOT NULL,
            recipient BIGINT NOT NULL, url BIGINT NOT NULL REFERENCES urls (id), outcome TEXT NOT NULL,
            verdict TEXT NOT NULL, indicators TEXT NOT NULL, method TEXT NOT NULL, client TEXT NOT NULL, user_agent TEXT)
        """,
        "CREATE INDEX clicks_url ON clicks (url, id)",
        "CREATE INDEX clicks_reference ON clicks (reference)",
        "CREATE INDEX clicks_at ON clicks (at, id)",
    ]

    /// What the redirector says about a click beside its outcome; NULL where it said nothing, or said it before this.
    ///
    /// `reasons`, `wrappers` and `fields` are lists, a line each. `issued` is the day the link was made, as days since
    /// 2020-01-01.
    private static let clickDetails = [
        "ALTER TABLE clicks ADD COLUMN reasons TEXT",
        "ALTER TABLE clicks ADD COLUMN wrappers TEXT",
        "ALTER TABLE clicks ADD COLUMN inner_url TEXT",
        "ALTER TABLE clicks ADD COLUMN clicker TEXT",
        "ALTER TABLE clicks ADD COLUMN clicker_reason TEXT",
        "ALTER TABLE clicks ADD COLUMN audience TEXT",
        "ALTER TABLE clicks ADD COLUMN fields TEXT",
        "ALTER TABLE clicks ADD COLUMN issued BIGINT",
    ]

    /// `number` counts up, so that who publishes them reads the new ones only; `day` is counted since 1970.
    private static let seenDomains = [
        "CREATE TABLE seen_domains (domain TEXT PRIMARY KEY, number BIGINT NOT NULL UNIQUE, day BIGINT NOT NULL)"
    ]

    /// `looked_back` turns 1 in the transaction that writes the alerts of the look-back: done once, restart or not.
    ///
    /// A removed indicator keeps its row: alerts and clicks name it.
    private static let indicators = [
        """
        CREATE TABLE indicators (
            number BIGINT PRIMARY KEY, kind TEXT NOT NULL, pattern TEXT NOT NULL, value TEXT NOT NULL,
            verdict TEXT NOT NULL, source TEXT NOT NULL, reason TEXT, created_at BIGINT NOT NULL, expires_at BIGINT,
            removed_at BIGINT, looked_back SMALLINT NOT NULL)
        """,
        "CREATE INDEX indicators_pattern ON indicators (pattern)",
        "CREATE INDEX indicators_looked_back ON indicators (looked_back, number)",
    ]

    /// `subject` is what the alert is about, one spelling for one thing (`url <canonical expression>`, `file <sha256>`).
    ///
    /// Alerts of one subject join one open investigation. `cause` makes an alert unique: raising it twice does nothing.
    /// `reference` is the message the alert is about, when it is about one. An alert with neither an investigation nor a
    /// `joined_because` has not been looked at.
    private static let alerts = [
        """
        CREATE TABLE alerts (
            number BIGINT PRIMARY KEY, at BIGINT NOT NULL, kind TEXT NOT NULL, severity TEXT NOT NULL,
            subject TEXT NOT NULL, title TEXT NOT NULL, indicator BIGINT, reference TEXT, cause TEXT NOT NULL UNIQUE,
            investigation BIGINT, joined_because TEXT)
        """,
        "CREATE INDEX alerts_investigation ON alerts (investigation)",
    ]

    /// `playbook_text` is the playbook as it was at the start: an edit never changes a running investigation.
    ///
    /// `next_step` is the position of the step machine; it moves in the transaction that writes the step's log. A second
    /// look begins a new `round` at step 0; what is known is what the steps of this round gave (`output`).
    private static let investigations = [
        """
        CREATE TABLE investigations (
            number BIGINT PRIMARY KEY, playbook TEXT NOT NULL, version BIGINT NOT NULL, playbook_text TEXT NOT NULL,
            subject TEXT NOT NULL, title TEXT NOT NULL, state TEXT NOT NULL, round BIGINT NOT NULL,
            next_step BIGINT NOT NULL, conclusion TEXT, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL)
        """,
        "CREATE INDEX investigations_state ON investigations (state)",
        "CREATE INDEX investigations_subject ON investigations (subject)",
        """
        CREATE TABLE investigation_steps (
            investigation BIGINT NOT NULL REFERENCES investigations (number), number BIGINT NOT NULL,
            round BIGINT NOT NULL, step TEXT NOT NULL, kind TEXT NOT NULL, started_at BIGINT NOT NULL, finished_at BIGINT NOT NULL,
            input TEXT NOT NULL, output TEXT NOT NULL, summary TEXT NOT NULL, outcome TEXT NOT NULL,
            PRIMARY KEY (investigation, number))
        """,
    ]

    /// An action is written before it is carried out; each mailbox of each message has a row that ends in a result.
    ///
    /// `folder` and `flags` are where the message was and what it carried: written before it is moved, so that a move whose
    /// recording was lost can be undone as well. In `quarantined` an unknown folder is NULL: it goes back to the inbox.
    private static let actions = [
        """
        CREATE TABLE actions (
            number BIGINT PRIMARY KEY, investigation BIGINT, step TEXT, kind TEXT NOT NULL, state TEXT NOT NULL,
            reason TEXT NOT NULL, detail TEXT, proposed_at BIGINT NOT NULL, decided_at BIGINT, decided_by TEXT, note TEXT,
            attempts BIGINT NOT NULL, next_attempt_at BIGINT, finished_at BIGINT)
        """,
        "CREATE INDEX actions_state ON actions (state)",
        "CREATE INDEX actions_investigation ON actions (investigation)",
        """
        CREATE TABLE action_targets (
            action BIGINT NOT NULL REFERENCES actions (number), reference TEXT NOT NULL, stamp TEXT NOT NULL,
            mailbox TEXT NOT NULL, state TEXT NOT NULL, detail TEXT, folder TEXT, flags TEXT, attempts BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            PRIMARY KEY (action, reference, mailbox))
        """,
        "CREATE INDEX action_targets_reference ON action_targets (reference)",
        """
        CREATE TABLE quarantined (
            number BIGINT PRIMARY KEY, action BIGINT NOT NULL, reference TEXT NOT NULL, mailbox TEXT NOT NULL,
            folder TEXT, flags TEXT NOT NULL, moved_at BIGINT NOT NULL, released_at BIGINT, released_by TEXT,
            UNIQUE (action, reference, mailbox))
        """,
        "CREATE INDEX quarantined_reference ON quarantined (reference)",
        """
        CREATE TABLE audit (
            number BIGINT PRIMARY KEY, at BIGINT NOT NULL, actor TEXT NOT NULL, verb TEXT NOT NULL,
            object TEXT NOT NULL, detail TEXT)
        """,
        "CREATE INDEX audit_object ON audit (object)",
    ]

    /// `approvals`: how many people must agree; `first_by` is the first of two.
    private static let approvals = [
        "ALTER TABLE actions ADD COLUMN expires_at BIGINT",
        "ALTER TABLE actions ADD COLUMN approvals BIGINT NOT NULL DEFAULT 1",
        "ALTER TABLE actions ADD COLUMN first_by TEXT",
    ]

    /// The action that an action takes back.
    private static let reversals = [
        "ALTER TABLE actions ADD COLUMN undoes BIGINT",
        "CREATE INDEX actions_undoes ON actions (undoes) WHERE undoes IS NOT NULL",
    ]

    /// `change` counts what became of indicators (added, removed, expired), so that the verdict index is kept in step by
    /// its last number alone; `expired` turns 1 when the change was counted.
    private static let indicatorChanges = [
        "ALTER TABLE indicators ADD COLUMN change BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE indicators ADD COLUMN expired SMALLINT NOT NULL DEFAULT 0",
        "CREATE INDEX indicators_change ON indicators (change)",
        "CREATE INDEX indicators_expiry ON indicators (expires_at) WHERE removed_at IS NULL AND expired = 0",
        "CREATE INDEX indicators_source ON indicators (source, number)",
        "CREATE INDEX indicators_waiting ON indicators (number) WHERE looked_back = 0",
        "CREATE INDEX alerts_reference ON alerts (reference)",
    ]

    /// How each feed is doing, and what a run of it read, until that is in force.
    ///
    /// What a held run read stays in `feed_items` until somebody decides. `digest` is the SHA-256 of the last content,
    /// `position` where a feed of changes goes on.
    private static let feeds = [
        """
        CREATE TABLE feeds (
            name TEXT PRIMARY KEY, state TEXT NOT NULL, etag TEXT, modified TEXT, digest TEXT, position TEXT,
            attempted_at BIGINT, succeeded_at BIGINT, next_run_at BIGINT NOT NULL, entries BIGINT NOT NULL,
            added BIGINT NOT NULL, removed BIGINT NOT NULL, bad_lines BIGINT NOT NULL, examples TEXT NOT NULL,
            problem TEXT, held_because TEXT)
        """,
        """
        CREATE TABLE feed_items (
            feed TEXT NOT NULL, pattern TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, verdict TEXT NOT NULL,
            reason TEXT, expires_at BIGINT, PRIMARY KEY (feed, pattern))
        """,
    ]

    /// What a feed of changes takes back waits beside its items until it is weighed; `feed_parts` knows what each of its
    /// documents listed last, and `feeds.shields` by which guard lists and own domains the content was read.
    private static let feedWithdrawals = [
        "ALTER TABLE feeds ADD COLUMN shields TEXT",
        "CREATE TABLE feed_revocations (feed TEXT NOT NULL, pattern TEXT NOT NULL, PRIMARY KEY (feed, pattern))",
        """
        CREATE TABLE feed_parts (
            feed TEXT NOT NULL, part TEXT NOT NULL, pattern TEXT NOT NULL, PRIMARY KEY (feed, part, pattern))
        """,
        "CREATE INDEX feed_parts_pattern ON feed_parts (feed, pattern)",
    ]

    /// What users report, one row for each message that a report is about; `found_by` says by which trace it was found.
    private static let reports = [
        "CREATE INDEX messages_message_id ON messages (message_id)",
        """
        CREATE TABLE reports (
            number BIGINT PRIMARY KEY, at BIGINT NOT NULL, reporter TEXT NOT NULL, opinion TEXT NOT NULL, form TEXT NOT NULL,
            subject TEXT, language TEXT, reference TEXT, found_by TEXT, alert BIGINT, wants_answer BIGINT NOT NULL,
            answered_at BIGINT, answer TEXT)
        """,
        "CREATE INDEX reports_reference ON reports (reference)",
        "CREATE INDEX reports_unanswered ON reports (number) WHERE wants_answer = 1 AND answered_at IS NULL",
    ]

    /// What is known of each distinct content, and where its bytes are.
    ///
    /// `state`: `known` (a fingerprint only), `kept`, `evicted` (the bytes had to go), `erased` (somebody had them go).
    /// `sealed_size` and `key` are those of the file. `parent` is the number of the attachment that a member lies in.
    private static let objects = [
        """
        CREATE TABLE objects (
            sha256 TEXT PRIMARY KEY, sha1 TEXT, md5 TEXT, size BIGINT NOT NULL, type TEXT, tlsh TEXT,
            first_at BIGINT NOT NULL, last_at BIGINT NOT NULL, state TEXT NOT NULL, sealed_size BIGINT NOT NULL DEFAULT 0,
            key BIGINT)
        """,
        "CREATE INDEX objects_state ON objects (state, last_at, sha256)",
        "CREATE INDEX objects_last ON objects (last_at, sha256)",
        "CREATE INDEX objects_key ON objects (key) WHERE state = 'kept'",
        "ALTER TABLE attachments ADD COLUMN parent BIGINT",
        "ALTER TABLE attachments ADD COLUMN safe_name TEXT",
        "ALTER TABLE attachments ADD COLUMN type TEXT",
        "ALTER TABLE attachments ADD COLUMN mismatch TEXT",
        "ALTER TABLE attachments ADD COLUMN encrypted SMALLINT NOT NULL DEFAULT 0",
        "ALTER TABLE attachments ADD COLUMN unscannable TEXT",
        "ALTER TABLE attachments ADD COLUMN findings TEXT",
        "ALTER TABLE attachments ADD COLUMN verdict TEXT",
        """
        INSERT INTO objects (sha256, size, first_at, last_at, state)
        SELECT sha256, MAX(attachments.size), MIN(at), MAX(at), 'known'
        FROM attachments JOIN messages ON messages.reference = attachments.reference GROUP BY sha256
        """,
    ]

    /// Which signatures of each engine are in force, what is judged again by them, and which stamp each object has.
    private static let rescans = [
        """
        CREATE TABLE engines (
            name TEXT PRIMARY KEY, version TEXT NOT NULL, number BIGINT NOT NULL, parts TEXT NOT NULL, at BIGINT NOT NULL)
        """,
        """
        CREATE TABLE rescans (
            number BIGINT PRIMARY KEY, engine TEXT NOT NULL, signatures BIGINT NOT NULL, parts TEXT NOT NULL,
            reason TEXT NOT NULL, state TEXT NOT NULL, created_at BIGINT NOT NULL, finished_at BIGINT,
            total BIGINT NOT NULL, done BIGINT NOT NULL, hits BIGINT NOT NULL, withdrawn BIGINT NOT NULL,
            failed BIGINT NOT NULL, problem TEXT, at_place BIGINT NOT NULL, name_place TEXT NOT NULL,
            since BIGINT NOT NULL)
        """,
        "CREATE INDEX rescans_state ON rescans (state, engine, number)",
        """
        CREATE TABLE rescan_work (
            rescan BIGINT NOT NULL, engine TEXT NOT NULL, sha256 TEXT NOT NULL, lease BIGINT NOT NULL,
            attempts BIGINT NOT NULL, PRIMARY KEY (rescan, engine, sha256))
        """,
        "CREATE INDEX rescan_work_lease ON rescan_work (engine, lease)",
        """
        CREATE TABLE object_stamps (
            sha256 TEXT NOT NULL, engine TEXT NOT NULL, signatures BIGINT NOT NULL, at BIGINT NOT NULL,
            PRIMARY KEY (sha256, engine))
        """,
        // What was taken back before is offered by nobody.
        "INSERT INTO counters (name, value) SELECT 'withdrawals', value FROM counters WHERE name = 'indicator_changes'",
    ]

    /// `lane`: how a rescan chooses its objects (`RescanRow.Lane`); `candidates` are those that were taken to be judged, and
    /// `objects_read` those of them whose bytes were looked at.
    private static let rescanLanes = [
        "ALTER TABLE rescans ADD COLUMN lane TEXT",
        "ALTER TABLE rescans ADD COLUMN candidates BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE rescans ADD COLUMN objects_read BIGINT NOT NULL DEFAULT 0",
        // Before there was an index, every object was a candidate, and read.
        "UPDATE rescans SET candidates = done, objects_read = done",
    ]

    /// `tlsh_number` counts the objects that have a TLSH, so that who holds all of them in memory asks for the new ones only.
    ///
    /// In `neighbours`, `file` is malicious, and `neighbour` resembles it.
    private static let neighbours = [
        "ALTER TABLE objects ADD COLUMN tlsh_number BIGINT",
        """
        UPDATE objects SET tlsh_number = numbered.number FROM (
            SELECT sha256, ROW_NUMBER() OVER (ORDER BY first_at, sha256) AS number FROM objects WHERE tlsh IS NOT NULL
        ) AS numbered WHERE objects.sha256 = numbered.sha256
        """,
        "CREATE UNIQUE INDEX objects_tlsh ON objects (tlsh_number) WHERE tlsh_number IS NOT NULL",
        """
        CREATE TABLE neighbours (
            file TEXT NOT NULL, neighbour TEXT NOT NULL, distance BIGINT NOT NULL, at BIGINT NOT NULL,
            PRIMARY KEY (file, neighbour))
        """,
        "CREATE INDEX neighbours_neighbour ON neighbours (neighbour)",
        // What came, and what was said, before this version raises no alerts when it starts.
        "INSERT INTO counters (name, value) SELECT 'tlsh', COUNT(*) FROM objects WHERE tlsh IS NOT NULL",
        "INSERT INTO counters (name, value) SELECT 'neighbour_arrivals', COUNT(*) FROM objects WHERE tlsh IS NOT NULL",
        """
        INSERT INTO counters (name, value) SELECT 'neighbour_changes', value FROM counters
        WHERE name = 'indicator_changes'
        """,
    ]
}
