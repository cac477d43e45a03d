// SPDX-License-Identifier: Apache-2.0

import Bytes
import Console
import Feeds
import Foundation
import Investigations
import Journal
import Links
import Logging
import Mail
import ObjectBucket
import ObjectIndex
import Objects
import Playbooks
import Redirector
import Rescans
import SQLiteDatabase
import ServiceLifecycle
import Settings
import Store
import Submission
import Telemetry
import UnixSignals
import Web

/// The parts of rearguardd, put together: which modules do the work, and who tells whom.
struct Assembly: Sendable {
    let settings: Configuration
    let logger: Logger
    private let playbooks: PlaybookShelf
    private let health = Health()
    private let handler: any ActionHandler
    private let answerTexts: AnswerTexts?
    /// For previews: with connections of its own, for a run that ends closes them.
    private let previewHandler: any ActionHandler
    private let sources: [FeedSource]
    /// Nil when no bytes are kept.
    private let objectKeys: ObjectKeyFile?

    /// For what is in hand at SIGTERM, the request of a slow client say; then it is cancelled.
    private static let shutdownLimit = Duration.seconds(3)

    /// Milliseconds since 1970, UTC.
    private static let now: @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970 * 1_000) }

    /// Reads what can be wrong, and touches nothing: `--check` may run as another user than the service.
    init(settings: Configuration) throws {
        self.settings = settings
        logger = LogOutput.logger(program: "rearguardd", level: settings.log.level.rawValue)
        playbooks = try PlaybookShelf.load(directory: settings.playbooks.directory)
        handler = try MailboxActions.handler(settings.mailboxes.imap)
        guard Submission(settings.reports.submit) != nil else {
            throw ConfigurationError(
                file: settings.file, key: "reports.submit",
                "expected smtp://host:port, or the path of a sendmail command")
        }
        answerTexts = try settings.reports.from.map { _ in
            try AnswerTexts(directory: settings.reports.texts, fallback: settings.reports.language)
        }
        previewHandler = try MailboxActions.handler(settings.mailboxes.imap)
        objectKeys = try settings.objects.keyFile.map { try ObjectKeyFile(path: $0) }
        sources = try settings.feeds.sources.map { try FeedSource($0) }
    }

    /// The store, made when there is none, with this version's schema.
    func openStore() async throws -> any Database {
        try FileManager.default.createDirectory(
            atPath: settings.state.directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
        try InstanceLock.take(settings.state.directory)
        let database = try SQLiteStore(path: settings.storePath)
        try await Migrator.migrate(database)
        // What a process before had in hand is free again: there is no other now.
        try await database.write { try RescanStore.voidLeases(in: $0) }
        return database
    }

    /// Runs everything until SIGTERM or SIGINT; a part that ends before that ends the program with an error.
    func serve(_ database: any Database, onReady: @escaping @Sendable () -> Void) async throws {
        let index = IndexPublisher(
            database: database, path: settings.verdictIndexPath, now: Self.now, log: IndexLog(logger))
        let domains = DomainPublisher(database: database, path: settings.seenDomainsPath)
        let runner = runner(database)
        let neighbours = NeighbourSearch(database: database, now: Self.now)
        let feeds = feeds(database)
        let keeper = try keeper(database)
        var group = ServiceGroupConfiguration(
            services: [
                journal("messages", settings.messageJournalDirectory, database) {
                    try Ingest.messages($0, upTo: $1, at: $2, in: $3)
                },
                journal("clicks", settings.clickJournalDirectory, database) {
                    try Ingest.clicks($0, upTo: $1, at: $2, in: $3)
                },
                Repeated(every: .seconds(600), failing: told("click retention")) { try await forgetClicks(database) },
                Repeated(every: .milliseconds(250), failing: told("index")) { try await index.refresh() },
                Repeated(every: .seconds(10), failing: told("seen domains")) { try await domains.refresh() },
                Repeated(every: .seconds(1), failing: told("feeds")) { try await feeds.runDue() },
                Repeated(every: .milliseconds(500), failing: told("withdrawals")) {
                    while try await database.write({ try Withdrawals.tell(at: Self.now(), in: $0) }) {}
                },
                Repeated(every: .milliseconds(250), failing: told("look-back")) { try await lookBack(database) },
                Repeated(every: .milliseconds(500), failing: told("neighbours")) {
                    let alerts = try await neighbours.run()
                    if alerts > 0 { RescanLog(logger).foundNeighbours(alerts: alerts) }
                },
                Repeated(every: .milliseconds(250), failing: told("investigations")) {
                    while try await runner.tick() {}
                },
                server(database, index, feeds, keeper?.access, onReady),
            ] + (keeper.map(services) ?? []) + answers(database),
            gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        group.maximumGracefulShutdownDuration = Self.shutdownLimit
        try await ServiceGroup(configuration: group).run()
        await keeper?.index?.flush()
    }

    private func journal(
        _ name: String, _ directory: String, _ database: any Database, take: @escaping JournalIntake.Take
    ) -> any Service {
        let intake = JournalIntake(
            name: name, reader: JournalReader(directory: directory), keep: settings.journal.keep, database: database,
            now: Self.now, log: IngestLog(logger), take: take)
        return Repeated(every: .milliseconds(100), failing: told("journal \(name)")) { try await intake.takeAll() }
    }

    private func keeper(_ database: any Database) throws -> ObjectKeeper? {
        guard let objectKeys else { return nil }
        let log = ObjectLog(logger)
        let storage = try storage()
        var keeper = ObjectKeeper(
            storage: storage, spool: SpoolReader(path: settings.objectSpoolDirectory), keys: objectKeys,
            database: database, total: settings.objects.total,
            age: settings.objects.keep.components.seconds * 1_000, now: Self.now
        ) { event in
            switch event {
            case .takenIn(let objects): log.takenIn(objects: objects)
            case .cutSpool(let file): log.cutSpool(file: file)
            case .evicted(let objects): log.evicted(objects: objects)
            case .renewed(let objects, let key): log.renewed(objects: objects, key: key)
            }
        }
        try storage.make()
        keeper.index = try index(of: keeper)
        return keeper
    }

    /// The folder, or the bucket where there is one.
    private func storage() throws -> any ObjectStorage {
        let directory = ObjectDirectory(path: settings.objectsDirectory)
        let bucket = settings.objects.bucket
        guard let endpoint = bucket.endpoint else { return directory }
        let credentials = { @Sendable () throws -> BucketCredentials in
            guard let credentials = BucketCredentials(try SecretFile.read(bucket.credentialFile)) else {
                throw ObjectError("\(bucket.credentialFile): expected ID:SECRET in the first line")
            }
            return credentials
        }
        _ = try credentials()  // a bad file is told at the start
        return ObjectBucket(
            BucketPlace(
                endpoint: endpoint, region: bucket.region, bucket: bucket.bucket, prefix: bucket.prefix),
            marks: directory, timeout: bucket.timeout, now: { Self.now() / 1_000 }, credentials: credentials)
    }

    /// The index over the objects; none, and no files of an older one, when there are no rules to ask it for.
    private func index(of keeper: ObjectKeeper) throws -> IndexKeeper? {
        guard settings.signatures.yara != nil else {
            try ObjectShelf.discard(path: settings.objectIndexDirectory)
            return nil
        }
        let log = ObjectLog(logger)
        return try IndexKeeper(
            folder: settings.objectIndexDirectory, database: keeper.database, fetch: { try keeper.content($0) }
        ) { event in
            switch event {
            case .damaged(let error): log.indexDamaged(cause: "\(error)")
            case .notWritten(let error): log.indexNotWritten(cause: "\(error)")
            case .rebuilt(let objects, let time): log.indexRebuilt(objects: objects, time: time)
            case .dropped(let files): log.indexDropped(files: files)
            }
        }
    }

    private func services(_ keeper: ObjectKeeper) -> [any Service] {
        let rescans = rescans(keeper)
        let workers = (1...settings.signatures.workers).map { number in
            Repeated(every: .milliseconds(250), failing: told("rescan worker \(number)")) {
                while try await rescans.work() {}
            }
        }
        return workers + [
            Repeated(every: .seconds(2), failing: told("signatures")) { try await rescans.watch() },
            Repeated(
                every: .milliseconds(200), afterFailure: .seconds(1)...(.seconds(30)), failing: told("object spool")
            ) { try await keeper.takeSpool() },
            Repeated(every: .seconds(10), failing: told("object bounds")) { try await keeper.enforceBounds() },
            Repeated(every: .seconds(2), failing: told("object keys")) { try await keeper.renewKeys() },
            Repeated(every: .seconds(5), failing: told("object index")) { await keeper.index?.flush() },
            Repeated(every: .seconds(10), failing: told("object index upkeep")) { try await keeper.index?.upkeep() },
        ]
    }

    private func rescans(_ keeper: ObjectKeeper) -> RescanRunner {
        var engines: [any RescanEngine] = []
        if let folder = settings.signatures.yara {
            engines.append(YaraEngine(folder: URL(filePath: folder), index: keeper.index?.shelf))
        }
        if let socket = settings.signatures.clamd {
            engines.append(
                ClamdEngine(socket: socket, folder: settings.signatures.clamdSignatures.map { URL(filePath: $0) }))
        }
        let log = RescanLog(logger)
        return RescanRunner(
            database: keeper.database, engines: engines, rate: settings.signatures.rate,
            window: settings.signatures.window.components.seconds * 1_000, fetch: { try keeper.content($0) },
            now: Self.now
        ) { event in
            switch event {
            case .began(let number, let engine, let reason): log.began(rescan: number, engine: engine, reason: reason)
            case .ended(let row):
                log.ended(
                    rescan: row.number, engine: row.engine, objects: row.done, candidates: row.candidates,
                    read: row.read, hits: row.hits)
            }
        }
    }

    /// Removes clicks that are older than the site keeps them.
    private func forgetClicks(_ database: any Database) async throws {
        let keep = settings.click.privacy.keep.components.seconds
        guard keep > 0 else { return }
        let time = Self.now() - keep * 1_000
        while try await database.write({ (transaction) throws(StoreError) in
            try ClickRetention.remove(before: time, in: transaction)
        }) {}
    }

    private func lookBack(_ database: any Database) async throws {
        let report = try await LookBack(
            database: database, window: settings.feeds.lookBack, now: Self.now
        ).run()
        if report.indicators > 0 {
            IndicatorLog(logger).lookedBack(indicators: report.indicators, urls: report.urls, alerts: report.alerts)
        }
    }

    /// What other services wrapped around a URL, taken off as the redirector does.
    private static let unwrapped: AdminAPI.Unwrapping = { url in
        guard let link = VendorLinks.unwrap(url) else { return ([], url) }
        let layers = link.layers.map { WhyAnswer.Layer(wrapper: $0.wrapper, url: $0.url.text) }
        return (layers, link.target ?? url)
    }

    private func feeds(_ database: any Database) -> FeedRunner {
        let log = FeedLog(logger)
        return FeedRunner(
            sources: sources, ownDomains: settings.feeds.ownDomains, database: database,
            spool: settings.feedSpoolDirectory, now: Self.now
        ) { [health] event in
            switch event {
            case .ran(let name, let entries, let added, let removed, let bad):
                health.report("feed \(name)", problem: nil)
                log.ran(feed: name, entries: entries, added: added, removed: removed, bad: bad)
            case .failed(let name, let cause):
                health.report("feed \(name)", problem: cause)
                log.failed(feed: name, cause: cause)
            case .held(let name, let because):
                health.report("feed \(name)", problem: "held: \(because)")
                log.held(feed: name, because: because)
            case .retired(let name, let removed):
                health.report("feed \(name)", problem: nil)
                log.retired(feed: name, removed: removed)
            }
        }
    }

    /// Tells reporters how it ended, where the site wants that.
    private func answers(_ database: any Database) -> [any Service] {
        guard let from = settings.reports.from, let answerTexts, let submission = Submission(settings.reports.submit)
        else { return [] }
        let answers = ReportAnswers(database: database, texts: answerTexts, now: Self.now) { answer in
            try await submission.send(
                OutgoingMail(
                    from: from, recipient: answer.recipient, subject: answer.subject, text: answer.text))
        }
        return [Repeated(every: .seconds(5), failing: told("answers to reporters")) { try await answers.answerAll() }]
    }

    private func runner(_ database: any Database) -> InvestigationRunner {
        var pacing = Pacing()
        pacing.firstDelay = settings.mailboxes.imap.retryFirst
        pacing.longestDelay = settings.mailboxes.imap.retryLongest
        pacing.mailboxesAtOnce = settings.mailboxes.imap.connections
        return InvestigationRunner(
            database: database, playbooks: playbooks, handler: handler, pacing: pacing,
            isImportant: { [patterns = settings.playbooks.importantRecipients] address in
                patterns.contains { $0.covers(address.utf8) }
            }, site: siteRules, now: Self.now)
    }

    /// What evidence asks the configuration; look-alikes are told as the redirector tells them.
    private var siteRules: SiteRules {
        let own = settings.milter.ownDomains
        var rules = LocalRules()
        let domains = own.map(\.description).map { $0.hasPrefix(".") ? String($0.dropFirst()) : $0 }
        rules.protect(Set(domains + settings.feeds.ownDomains + settings.click.rules.protectedDomains).sorted())
        let (lookAlikes, playbooks) = (rules, settings.playbooks)
        return SiteRules(
            isOwn: { address in own.contains { $0.covers(address.utf8) } },
            isExercise: { sender in playbooks.exerciseSenders.contains { $0.covers(sender.utf8) } },
            isSecurityMailbox: { address in playbooks.securityMailboxes.contains { $0.covers(address.utf8) } },
            lookAlike: { lookAlikes.imitated(by: $0) })
    }

    private func server(
        _ database: any Database, _ index: IndexPublisher, _ feeds: FeedRunner, _ objects: ObjectAccess?,
        _ onReady: @escaping @Sendable () -> Void
    ) -> any Service {
        let log = ServiceLog(logger)
        let api = AdminAPI(
            database: database, health: health, feeds: feeds, objects: objects,
            preview: { [handler = previewHandler] in
                try await ActionPreview.of($0, database: database, handler: handler)
            },
            secondPersonFrom: settings.playbooks.secondPersonFrom, site: siteRules, unwrap: Self.unwrapped,
            indicatorsChanged: { try await index.publish() },
            now: Self.now,
            onError: { log.trouble(part: "admin API", cause: $0) })
        let routes = api.routes
        var limits = WebLimits()
        limits.body = 256 * 1_024
        return WebServer(
            address: .unix(path: settings.adminSocketPath, mode: ListenAddress.defaultMode), limits: limits,
            logger: logger, onReady: { _ in onReady() }
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
