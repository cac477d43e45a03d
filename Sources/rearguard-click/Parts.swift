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
    let address: ListenAddress

    private let keys: KeyRing
    private let pages: ClickPages

    /// Reads all that can be wrong before anything is opened for writing.
    init(path: String) throws {
        settings = try .load(path: path)
        log = LogOutput.logger(program: "rearguard-click", level: settings.log.level.rawValue)
        keys = try KeyRing.load(path: settings.keys.file)
        pages = try ClickPages(
            directory: settings.click.pages, site: settings.site.name, contact: settings.site.contact)
        guard let address = ListenAddress(settings.click.listen) else {
            throw BadAddress(text: settings.click.listen)
        }
        self.address = address
        index = VerdictIndexFile(path: settings.verdictIndexPath)
    }

    /// Takes the click journal; what was found at its end is told.
    func openJournal() throws(JournalError) -> JournalWriter {
        let directory = settings.clickJournalDirectory
        let limits = JournalLimits(
            segmentSize: settings.journal.segmentSize, segmentAge: settings.journal.segmentAge)
        let writer = try JournalWriter(directory: directory, limits: limits)
        let journalLog = JournalLog(log)
        if let tail = writer.recovery.tornTail {
            journalLog.recoveredTornTail(
                segment: tail.path, offset: tail.offset, bytes: tail.size, savedAs: tail.savedAs)
        }
        for damage in writer.recovery.damage { journalLog.damaged(journal: directory, damage: damage.description) }
        return writer
    }

    func redirector(_ journal: JournalWriter) -> Redirector {
        var policy = ClickPolicy()
        policy.isStrict = settings.click.isStrict
        policy.allowsProceeding = settings.click.allowsProceeding
        policy.unrecorded = settings.click.onJournalFailure == .follow ? .follow : .refuse
        let index = index
        let events = EventLines(log: log, journal: settings.clickJournalDirectory)
        return Redirector(
            clickURL: Array(settings.click.url.utf8), policy: policy, keys: keys, pages: pages,
            judge: { index.current()?.judge($0) }, journal: DiskClickJournal(journal), onEvent: { events.write($0) })
    }
}

/// The configuration's own check let something through: a fault of ours.
private struct BadAddress: Error, CustomStringConvertible {
    let text: String

    var description: String { "click.listen: '\(text)' is no address to listen on" }
}
