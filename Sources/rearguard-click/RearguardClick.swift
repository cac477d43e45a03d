// SPDX-License-Identifier: Apache-2.0

// rearguard-click: the redirector as a process.
//
// Reads the link keys, the page templates and the verdict index, writes the click journal, answers HTTP. It knows no
// store and no mail, links neither, and never opens a connection to anybody: what faces the internet has nothing worth
// stealing but the keys.

import ArgumentParser
import Journal
import LinkTokens
import Logging
import Redirector
import ServiceLifecycle
import Settings
import Telemetry
import UnixSignals
import Verdicts
import Web

@main
struct RearguardClick: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rearguard-click",
        abstract: "Follows rewritten links: answers each click with a redirect, a warning page or a block page.",
        discussion: """
            Serves where click.listen says: plain HTTP for a front server, or HTTPS with click.certificate. Every click is in the click journal (state.directory/journal/clicks) before it is answered. Verdicts come from \
            state.directory/verdicts.index, which rearguardd writes; a new one is in force within a second.

            GET /healthz answers "ok", for monitors. SIGTERM and SIGINT let the clicks in hand end, then stop.

            Exit codes: 0 ended in order, or nothing wrong found by --check; 64 wrong usage; 78 the configuration, the \
            link keys or the page templates are not usable; 1 anything else (the journal is taken, the address in use).
            """,
        version: "0.1.0")

    @Option(help: ArgumentHelp("The configuration file.", valueName: "file"))
    var config = Settings.Configuration.defaultPath

    @Flag(help: "Check the configuration, the link keys and the page templates, and stop.")
    var check = false

    func run() async throws {
        let parts = try Failure.wrongConfiguration.named { try Parts(path: config) }
        guard !check else { return print("\(config): no mistakes found") }
        let log = parts.log
        let journal = try Failure.unavailable.named { try parts.openJournal() }
        defer { journal.close() }
        let redirector = parts.redirector(journal)
        let service = ServiceLog(log)
        let server = FrontServer(
            address: parts.address, options: parts.options, logger: log,
            onReady: { service.started(configuration: config, listening: $0.description) },
            keep: { try journal.write($0) }, handler: { redirector.reply(to: $0) })
        var group = ServiceGroupConfiguration(
            services: [
                IndexWatch(file: parts.index, path: parts.settings.verdictIndexPath, log: IndexLog(log)),
                KeyWatch(file: parts.keys, log: service), server,
            ],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: LogOutput.logger(program: "rearguard-click", level: "warning"))
        group.maximumGracefulShutdownDuration = .seconds(10)
        do {
            try await ServiceGroup(configuration: group).run()
        } catch let error as WebServerError {
            throw Failure.unavailable.exit(error)
        }
        service.stopped()
    }
}
