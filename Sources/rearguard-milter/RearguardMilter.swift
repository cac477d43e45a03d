// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Cryptography
import Foundation
import Journal
import LinkTokens
import Logging
import MessagePath
import Milter
import Objects
import Scanners
import Sealing
import Settings
import Telemetry
import Verdicts

/// The program the MTA talks to: put together here, from the modules that do the work.
@main struct RearguardMilter: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rearguard-milter",
        abstract: "Records every message that the MTA takes in, and rewrites its links.",
        discussion: """
            Runs in the foreground, logs to standard error, ends on SIGTERM. Postfix finds it by
            `smtpd_milters = unix:/path` (see conf/postfix). While it does not run, the MTA answers with its \
            milter_default_action, which should be tempfail.

            Reads the sections milter, click.url, keys, state, journal and log of the configuration; writes the message \
            journal below state.directory and nothing else.

            Exit codes: 0 ended in order, 64 wrong usage, 78 configuration, keys or journal not usable, 1 anything else.
            """,
        version: "0.1.0")

    @Option(help: "The configuration file.")
    var config = Configuration.defaultPath

    @Flag(help: "Only check configuration and keys, then end.")
    var check = false

    @Option(
        name: .customLong("testing__trap-on"), help: .init("A message with TEXT in it traps.", visibility: .private))
    var trapOn: String?

    @Option(
        name: .customLong("testing__slow-on"), help: .init("A message with TEXT takes long.", visibility: .private))
    var slowOn: String?

    @Flag(
        name: .customLong("testing__dispositions"),
        help: .init("A field X-Testing-Disposition decides.", visibility: .private))
    var testingDispositions = false

    mutating func run() throws {
        let settings: Configuration
        let keyFile: KeyRingFile
        let sealer: ARCSealer?
        let keeping: ContentKeeping?
        do {
            settings = try Configuration.load(path: config)
            keyFile = try KeyRingFile(path: settings.keys.file)
            sealer = try ARCSealer(settings.milter.arc)
            keeping = try ContentKeeping(settings)
        } catch { throw refused("\(error)") }
        guard let mint = LinkMint(clickURL: Array(settings.click.url.utf8), keys: keyFile.current()) else {
            throw refused("\(config): key 'click.url': no links can be made under '\(settings.click.url)'")
        }
        if check { return print("\(config): configuration and keys are good") }

        let logger = LogOutput.logger(program: "rearguard-milter", level: settings.log.level.rawValue)
        let service = ServiceLog(logger)
        let journal: JournalWriter
        do {
            journal = try openJournal(settings, JournalLog(logger))
            try keeping?.spool?.open()
        } catch { throw refused("\(error)") }
        let log = MilterLog(logger)
        let handler = MessageHandler(
            settings: settings.milter, mint: mint, keys: keyFile.current(),
            verdicts: VerdictIndexFile(path: settings.verdictIndexPath), keyFile: keyFile)
        let notes = openNotes(settings, log)
        let recorder = MessageRecorder(
            settings: settings.milter, handler: handler, sealer: sealer, notes: notes, keeping: keeping,
            faults: faults(settings), journal: journal, log: log)
        let server = try MilterServer(
            socket: settings.milter.socket, timeout: settings.milter.timeout, deadline: settings.milter.deadline,
            limits: recorder.transactionLimits, budget: MemoryBudget(limit: settings.milter.limits.memory),
            answer: { recorder.answer(to: $0, deadline: $1) }, report: { log.fault($0, notes: notes) })
        service.started(configuration: config, listening: settings.milter.socket)
        let endedInOrder = server.run()
        journal.close()
        service.stopped()
        if !endedInOrder { throw ExitCode.failure }
    }

    /// Without notes the milter works as ever; only a message that ends it would end it again.
    private func openNotes(_ settings: Configuration, _ log: MilterLog) -> WorkNotes? {
        do {
            let notes = try WorkNotes(directory: settings.messageJournalDirectory)
            if notes.knownCount > 0 { log.startedAfterCrash(messages: notes.knownCount) }
            return notes
        } catch {
            log.withoutNotes(cause: "\(error)")
            return nil
        }
    }

    private func faults(_ settings: Configuration) -> TestingFaults {
        TestingFaults(
            trapOn: trapOn.map { Array($0.utf8) }, slowOn: slowOn.map { Array($0.utf8) },
            slowness: settings.milter.deadline + .seconds(2), dispositions: testingDispositions)
    }

    private func openJournal(_ settings: Configuration, _ log: JournalLog) throws(JournalError) -> JournalWriter {
        let limits = JournalLimits(segmentSize: settings.journal.segmentSize, segmentAge: settings.journal.segmentAge)
        let journal = try JournalWriter(directory: settings.messageJournalDirectory, limits: limits)
        if let tail = journal.recovery.tornTail {
            log.recoveredTornTail(segment: tail.path, offset: tail.offset, bytes: tail.size, savedAs: tail.savedAs)
        }
        for damage in journal.recovery.damage { log.damaged(journal: "messages", damage: damage.description) }
        return journal
    }
}

/// Says why the program does not start; exit code 78 (EX_CONFIG).
private func refused(_ reason: String) -> any Error {
    FileHandle.standardError.write(Data("rearguard-milter: \(reason)\n".utf8))
    return ExitCode(78)
}

extension ContentKeeping {
    /// Nil when nothing is kept or scanned; without good rules and keys the milter does not start.
    fileprivate init?(_ settings: Configuration) throws {
        let (scan, signatures) = (settings.milter.scan, settings.signatures)
        var scanners: [any ContentScanner] = []
        if scan.yara {
            guard let folder = signatures.yara else { throw MissingSignatures(option: "yara") }
            let rules = RuleFiles(folder: URL(filePath: folder))
            _ = try rules.current()
            scanners.append(YaraScanner(rules: rules))
        }
        if scan.clamd {
            guard let socket = signatures.clamd else { throw MissingSignatures(option: "clamd") }
            scanners.append(Clamd(path: socket))
        }
        spool = try settings.objects.keyFile.map { (path) throws(ObjectError) in
            ObjectSpool(
                path: settings.objectSpoolDirectory, store: ObjectDirectory(path: settings.objectsDirectory),
                keys: try ObjectKeyFile(path: path))
        }
        guard spool != nil || !scanners.isEmpty else { return nil }
        self.scanners = ScannerPanel(scanners, time: scan.deadline)
        onFailure = scan.onFailure
        largest = settings.objects.largest
    }

    private struct MissingSignatures: Error, CustomStringConvertible {
        let option: String
        var description: String { "milter.scan.\(option) is on, and signatures.\(option) names nothing to scan with" }
    }
}

extension ARCSealer {
    /// Nil when the configuration names no domain.
    fileprivate init?(_ settings: ARCSettings) throws {
        guard let domain = settings.domain else { return nil }
        guard let key = SigningKey(pem: try SecretFile.readAll(settings.keyFile)) else {
            throw KeyProblem(file: settings.keyFile)
        }
        self.init(
            domain: domain, selector: settings.selector, authservID: settings.authservID ?? domain, key: key)
    }

    private struct KeyProblem: Error, CustomStringConvertible {
        let file: String
        var description: String {
            "\(file): expected a private key (PEM; RSA of 1,024 bits or more, or Ed25519; no passphrase)"
        }
    }
}

extension MilterLog {
    fileprivate func fault(_ fault: MilterFault, notes: WorkNotes?) {
        switch fault {
        case .negotiation: self.fault(queueID: nil, cause: "\(fault)")
        case .transaction(let queueID, let cause): tempfailed(queueID: queueID, cause: "\(cause)")
        case .modification(let queueID, let what): tempfailed(queueID: queueID, cause: "the MTA did not take \(what)")
        case .noThread(let queueID): tempfailed(queueID: queueID, cause: "the system has no thread for it")
        case .late(let queueID, let limit):
            tempfailed(queueID: queueID, cause: "no answer within \(limit)")
            _ = notes?.markOverdue(limit)
        }
    }
}
