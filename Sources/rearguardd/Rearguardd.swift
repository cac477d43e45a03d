// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Logging
import Settings
import Store
import Telemetry

/// The program that remembers, judges again and cleans up.
@main struct Rearguardd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rearguardd",
        abstract: "Takes the journals in, looks back, investigates, and carries out what people approve.",
        discussion: """
            Runs in the foreground, logs to standard error, ends in order on SIGTERM. It is the only owner of the store \
            and of the verdict index, and listens on the admin socket alone; the command `rearguard` talks to it there. \
            Mail and clicks go on while it does not run; it catches up.

            Exit codes: 0 ended in order, 64 wrong usage, 78 configuration, playbooks or store not usable (or another \
            rearguardd has the store), 1 anything else.
            """,
        version: "0.1.0")

    @Option(help: "The configuration file.")
    var config = Configuration.defaultPath

    @Flag(help: "Only check configuration and playbooks, then end.")
    var check = false

    mutating func run() async throws {
        _ = signal(SIGPIPE, SIG_IGN)  // a peer that is gone is an error of that write, not our end
        let parts: Assembly
        do {
            parts = try Assembly(settings: try Configuration.load(path: config))
        } catch { throw Self.refused("\(error)") }
        if check { return print("\(config): configuration and playbooks are good") }
        let service = ServiceLog(parts.logger)
        let store: any Database
        do {
            store = try await parts.openStore()
        } catch { throw Self.refused("\(error)") }
        do {
            try await parts.serve(store) { [config] in
                service.started(configuration: config, listening: parts.settings.adminSocketPath)
            }
        } catch {
            service.failed(cause: "\(error)")
            throw ExitCode.failure
        }
        service.stopped()
    }

    /// Says why the program does not start; exit code 78 (EX_CONFIG).
    private static func refused(_ reason: String) -> any Error {
        FileHandle.standardError.write(Data("rearguardd: \(reason)\n".utf8))
        return ExitCode(78)
    }
}
