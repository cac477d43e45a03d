// SPDX-License-Identifier: Apache-2.0

import Console
import Foundation
import Investigations
import Journal
import Logging
import Playbooks
import Rescans
import SQLiteDatabase
import ServiceLifecycle
import Settings
import Store
import Telemetry
import UnixSignals
import Web

/// The parts of rearguardd, put together: which modules do the work, and who tells whom.
struct Assembly: Sendable {
    let settings: Configuration
    let logger: Logger
    private let playbooks: PlaybookShelf
    private let database: any Database
    private let health = Health()
    private let handler: any ActionHandler

    /// Milliseconds since 1970, UTC.
    private static let now: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1_000) }

    /// Reads what can be wrong, and makes no file: whoever checks is another user than the daemon.
    static func check(_ settings: Configuration) throws {
        _ = try PlaybookShelf.load(directory: settings.playbooks.directory)
        _ = try MailboxActions.handler(settings.mailboxes.imap)
    }

    /// Reads what can be wrong; takes the state directory and opens the store's file, but writes nothing yet.
    init(settings: Configuration) throws {
        self.settings = settings
        logger = LogOutput.logger(program: "rearguardd", level: settings.log.level.rawValue)
        playbooks = try PlaybookShelf.load(directory: settings.playbooks.directory)
        handler = try MailboxActions.handler(settings.mailboxes.imap)
        try FileManager.default.createDirectory(
            atPath: settings.state.directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
        try InstanceLock.take(settings.state.directory)
        database = try SQLiteStore(path: settings.storePath)
    }

    /// Brings the store to this version's schema.
    func openStore() async throws {
        try await Migrator.migrate(database)
    }

    /// Runs everything until SIGTERM or SIGINT.
    func serve() async throws {
        let index = IndexPublisher(
            database: database, path: settings.verdictIndexPath, now: Self.now, log: IndexLog(logger))
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    journal("messages", settings.messageJournalDirectory) {
                        try Ingest.messages($0, upTo: $1, at: $2, in: $3)
                    },
                    journal("clicks", settings.clickJournalDirectory) {
                        try Ingest.clicks($0, upTo: $1, at: $2, in: $3)
                    },
                    Repeated(every: .milliseconds(250), failing: told("index")) { try await index.refresh() },
                    Repeated(every: .milliseconds(250), failing: told("look-back")) { try await lookBack() },
                    Repeated(every: .zero, failing: told("investigations")) { await investigate() },
                    server(index),
                ].map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet))
        try await group.run()
    }

    private func journal(
        _ name: String, _ directory: String, take: @escaping JournalIntake.Take
    ) -> any Service {
        let intake = JournalIntake(
            name: name, reader: JournalReader(directory: directory), keep: settings.journal.keep, database: database,
            now: Self.now, log: IngestLog(logger), take: take)
        return Repeated(every: .milliseconds(100), failing: told("journal \(name)")) { try await intake.takeAll() }
    }

    private func lookBack() async throws {
        let report = try await LookBack(database: database, now: Self.now).run()
        if report.indicators > 0 {
            IndicatorLog(logger).lookedBack(indicators: report.indicators, urls: report.urls, alerts: report.alerts)
        }
    }

    private func investigate() async {
        var pacing = Pacing()
        pacing.firstDelay = settings.mailboxes.imap.retryFirst
        pacing.longestDelay = settings.mailboxes.imap.retryLongest
        let runner = InvestigationRunner(
            database: database, playbooks: playbooks, handler: handler, pacing: pacing, now: Self.now)
        let tell = told("investigations")
        await runner.run { error in
            if error is CancellationError { return }  // we are ending, which is no trouble
            tell("\(error)")
        }
    }

    private func server(_ index: IndexPublisher) -> any Service {
        let tell = told("admin API")
        let api = AdminAPI(
            database: database, health: health, indicatorsChanged: { try await index.publish() }, now: Self.now,
            onError: { tell($0) })
        let routes = api.routes
        var limits = WebLimits()
        limits.body = 256 * 1_024
        return WebServer(
            address: .unix(path: settings.adminSocketPath, mode: ListenAddress.defaultMode), limits: limits,
            logger: logger
        ) { await routes.response(to: $0) }
    }

    /// Tells log and status about the trouble of a part, once until it changes.
    private func told(_ part: String) -> @Sendable (String?) -> Void {
        let log = ServiceLog(logger)
        return { [health] problem in
            guard health.report(part, problem: problem), let problem else { return }
            log.trouble(part: part, cause: problem)
        }
    }

    /// The service group's own chatter is not our log format.
    private var quiet: Logger {
        var quiet = logger
        quiet.logLevel = max(.warning, logger.logLevel)
        return quiet
    }
}
