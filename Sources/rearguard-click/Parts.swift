// SPDX-License-Identifier: Apache-2.0

import Journal
import LinkTokens
import Logging
import Redirector
import Settings
import Telemetry
import Verdicts
import Web

/// What the program is made of, as the configuration says.
struct Parts {
    let settings: Settings.Configuration
    let log: Logger
    let index: VerdictIndexFile
    let keys: KeyRingFile
    let address: ListenAddress
    let options: FrontOptions

    private let pages: ClickPages
    private let policy: ClickPolicy

    /// Reads all that can be wrong before anything is opened for writing.
    init(path: String) throws {
        settings = try .load(path: path)
        let click = settings.click
        let log = LogOutput.logger(program: "rearguard-click", level: settings.log.level.rawValue)
        self.log = log
        keys = try KeyRingFile(path: settings.keys.file)
        pages = try ClickPages(
            directory: click.pages, site: settings.site.name, contact: settings.site.contact, logo: click.logo)
        guard let address = ListenAddress(click.listen) else {
            throw BadValue(key: "click.listen", reason: "'\(click.listen)' is no address to listen on")
        }
        self.address = address
        options = try Self.options(click, log)
        policy = try ClickPolicy(click)
        index = VerdictIndexFile(path: settings.verdictIndexPath)
    }

    private static func options(_ click: ClickSettings, _ log: Logger) throws -> FrontOptions {
        var options = FrontOptions()
        options.limits.connections = click.limits.connections
        options.limits.connectionsPerAddress = click.limits.connectionsPerAddress
        options.limits.requestsPerConnection = click.limits.requestsPerConnection
        options.limits.headTimeout = click.limits.headTimeout
        options.proxies = try networks(click.proxies, "click.proxies")
        switch click.forwarded {
        case .none: options.forwarded = .none
        case .field: options.forwarded = .field
        case .header: options.forwarded = .header
        }
        switch (click.certificate, click.certificateKey) {
        case (nil, nil): break
        case (let certificate?, let key?):
            let serviceLog = ServiceLog(log)
            options.certificates = try CertificateFiles(
                certificate: certificate, key: key, onProblem: { serviceLog.certificateRefused(cause: $0) })
        default:
            throw BadValue(key: "click.certificate", reason: "certificate and certificate_key go together")
        }
        return options
    }

    static func networks(_ texts: [String], _ key: String) throws -> [NetworkRange] {
        try texts.map { text in
            guard let range = NetworkRange(text) else { throw BadValue(key: key, reason: "'\(text)' is no network") }
            return range
        }
    }

    /// Takes the click journal; what was found at its end is told.
    func openJournal() throws(JournalError) -> JournalWriter {
        let directory = settings.clickJournalDirectory
        let limits = JournalLimits(
            segmentSize: settings.journal.segmentSize, segmentAge: settings.journal.segmentAge)
        let journalLog = JournalLog(log)
        let writer = try JournalWriter(
            directory: directory, limits: limits,
            onSyncFailure: { journalLog.appendFailed(journal: directory, cause: $0.description) })
        if let tail = writer.recovery.tornTail {
            journalLog.recoveredTornTail(
                segment: tail.path, offset: tail.offset, bytes: tail.size, savedAs: tail.savedAs)
        }
        for damage in writer.recovery.damage { journalLog.damaged(journal: directory, damage: damage.description) }
        return writer
    }

    func redirector(_ journal: JournalWriter) -> Redirector {
        let (index, keys) = (index, keys)
        let seen = SeenDomainsFile(path: settings.seenDomainsPath)
        let events = EventLines(log: log, journal: settings.clickJournalDirectory)
        return Redirector(
            clickURL: Array(settings.click.url.utf8), policy: policy, keys: { keys.current() }, pages: pages,
            judge: { index.current()?.judge($0) }, seenDomains: { seen.current() }, lookup: lookup(),
            simulations: settings.click.simulationDomains,
            journal: DiskClickJournal(journal, sync: settings.click.sync == .each ? .each : .batch),
            onEvent: { events.write($0) })
    }

    private func lookup() -> DNSLookup? {
        let dns = settings.click.dns
        let lists = dns.lists.compactMap { DNSList($0) }
        guard !lists.isEmpty, case .tcp(let host, let port)? = ListenAddress(dns.resolver) else { return nil }
        let clickLog = ClickLog(log)
        return DNSLookup(
            lists: lists, budget: dns.budget,
            exchange: { question, time, accepts in
                await DatagramExchange.send(question, to: host, port: port, within: time, accepts: accepts)
            },
            onRefusal: { clickLog.dnsListRefused(list: $0.zone, answer: $1) })
    }
}

extension ClickPolicy {
    fileprivate init(_ click: ClickSettings) throws {
        self.init()
        isStrict = click.isStrict
        allowsProceeding = click.allowsProceeding
        proceedDelay = click.proceedDelay
        unrecorded = click.onJournalFailure == .follow ? .follow : .refuse
        recordsClicks = click.privacy.recordsClicks
        addressPrivacy =
            switch click.privacy.address {
            case .whole: .whole
            case .truncated: .truncated
            case .keyed: .keyed
            }
        rules.ipLiteral = Grade(click.rules.ipLiteral)
        rules.lookAlike = Grade(click.rules.lookAlike)
        rules.wrapperDepth = Grade(click.rules.wrapperDepth)
        rules.newDomain = Grade(click.rules.newDomain)
        rules.newDomainDays = click.rules.newDomainDays
        rules.protect(click.rules.protectedDomains)
        rules.noDNSAnswer =
            switch click.dns.onNoAnswer {
            case .follow: .follow
            case .wait: .wait
            case .warn: .warn
            }
        audience.networks = try Parts.networks(click.audience.networks, "click.audience.networks")
        audience.outside =
            switch click.audience.outside {
            case .follow: .follow
            case .ask: .ask
            case .warn: .warn
            }
        rates.perLink = click.limits.clicksPerLink
        rates.invalidPerAddress = click.limits.invalidPerAddress
        rates.addressesPerLink = click.audience.addressesPerLink
    }
}

extension ClickPolicy.Grade {
    fileprivate init(_ step: ClickStep) {
        self =
            switch step {
            case .follow: .follow
            case .ask: .ask
            case .warn: .warn
            case .block: .block
            }
    }
}

/// A value that the configuration's own check let through.
private struct BadValue: Error, CustomStringConvertible {
    let key: String
    let reason: String

    var description: String { "\(key): \(reason)" }
}
