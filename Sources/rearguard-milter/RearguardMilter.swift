// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Journal
import LinkTokens
import Logging
import MessagePath
import Milter
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

    mutating func run() throws {
        let settings: Configuration
        let keyFile: KeyRingFile
        do {
            settings = try Configuration.load(path: config)
            keyFile = try KeyRingFile(path: settings.keys.file)
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
        } catch { throw refused("\(error)") }
        let log = MilterLog(logger)
        let handler = MessageHandler(
            settings: settings.milter, mint: mint, keys: keyFile.current(),
            verdicts: VerdictIndexFile(path: settings.verdictIndexPath), keyFile: keyFile)
        let recorder = MessageRecorder(settings: settings.milter, handler: handler, journal: journal, log: log)
        let server = try MilterServer(
            socket: settings.milter.socket, timeout: settings.milter.timeout, limits: recorder.transactionLimits,
            answer: { recorder.answer(to: $0) }, report: { log.fault($0) })
        service.started(configuration: config, listening: settings.milter.socket)
        let endedInOrder = server.run()
        journal.close()
        service.stopped()
        if !endedInOrder { throw ExitCode.failure }
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

extension MilterLog {
    fileprivate func fault(_ fault: MilterFault) {
        switch fault {
        case .negotiation: self.fault(queueID: nil, cause: "\(fault)")
        case .transaction(let queueID, let cause): tempfailed(queueID: queueID, cause: "\(cause)")
        case .modification(let queueID, let what): tempfailed(queueID: queueID, cause: "the MTA did not take \(what)")
        }
    }
}
