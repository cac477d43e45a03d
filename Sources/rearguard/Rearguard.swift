// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The administrator's command.
@main struct Rearguard: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rearguard",
        abstract: "Asks and tells rearguardd: what was delivered and clicked, what is bad, what is to be done.",
        discussion: """
            Talks to rearguardd on its admin socket (admin.socket in the configuration); whoever may open that socket may \
            use it. `keys`, `object init`, `object rotate`, `scan`, `rewrite`, `unwrap`, `playbook steps` and `check-config` work without any daemon.

            A day with it:
              rearguard indicator add url https://evil.example/login --verdict malicious
              rearguard investigation list
              rearguard investigation show 1
              rearguard action approve 1 --note "phishing, seen by alice"
              rearguard quarantine release 2

            Exit codes: 0 done, 1 refused or failed, 64 wrong usage, 69 rearguardd does not answer, 78 configuration not \
            usable.
            """,
        version: "0.1.0",
        subcommands: [
            Indicators.self, Alerts.self, InvestigationCommands.self, Actions.self, QuarantineCommands.self,
            Messages.self, ObjectCommands.self, RescanCommands.self, Clicks.self, FeedCommands.self, Audit.self,
            ReportCommands.self, Status.self, Keys.self,
            Scan.self, Rewrite.self,
            Unwrap.self, CheckConfig.self, PlaybookCommands.self,
        ])
}
