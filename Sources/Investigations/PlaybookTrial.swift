// SPDX-License-Identifier: Apache-2.0

package import Playbooks
package import Store

/// What a playbook would have found and done about past alerts: its steps are run over the store as it is now, nothing is
/// written and no mailbox is asked.
package struct PlaybookTrial: Codable, Hashable, Sendable {
    /// One subject that alerts of the playbook's kinds were about.
    package struct Case: Codable, Hashable, Sendable {
        package let subject: String
        package let title: String
        /// When the newest of its alerts was raised, milliseconds since 1970, UTC.
        package let at: Int64
        /// Alerts about it.
        package let alerts: Int
        package let steps: [Line]
        /// What it would propose, or how it would conclude.
        package let would: [String]
    }

    /// One step of a case.
    package struct Line: Codable, Hashable, Sendable {
        package let step: String
        package let summary: String
    }

    package let playbook: String
    package let version: Int64
    package let cases: [Case]
    /// Alerts of its kinds in that time, of which the newest cases are shown.
    package let alerts: Int

    /// Cases that are tried, and alerts that are looked at for them.
    private static let caseLimit = 100
    private static let alertLimit = 10_000

    /// Tries the playbook on the alerts since that time; each case reads the store in transactions of its own.
    package static func of(
        _ playbook: Playbook, since: Int64, at: Int64, site: SiteRules = SiteRules(), database: any Database
    ) async throws -> PlaybookTrial {
        let kinds = Set(playbook.startsOn.map(\.rawValue))
        let alerts = try await database.read { transaction in
            try AlertStore.list(limit: alertLimit, in: transaction).filter { $0.at >= since && kinds.contains($0.kind) }
        }
        var order: [String] = []
        var bySubject: [String: [AlertRow]] = [:]
        for alert in alerts {
            if bySubject[alert.subject] == nil { order.append(alert.subject) }
            bySubject[alert.subject, default: []].append(alert)
        }
        var cases: [Case] = []
        for text in order.prefix(caseLimit) {
            guard let subject = Subject(text), let about = bySubject[text], let newest = about.first else { continue }
            cases.append(try await run(playbook, subject, about, newest, at, site, database))
        }
        return PlaybookTrial(playbook: playbook.name, version: playbook.version, cases: cases, alerts: alerts.count)
    }

    private static func run(
        _ playbook: Playbook, _ subject: Subject, _ alerts: [AlertRow], _ newest: AlertRow, _ at: Int64,
        _ site: SiteRules, _ database: any Database
    ) async throws -> Case {
        let planner = Planner(playbook)
        var context = Planner.Context(subject: subject)
        var (lines, would): ([Line], [String]) = ([], [])
        steps: for position in playbook.steps.indices {
            switch planner.next(at: position, in: context) {
            case .run(let id, let step, let input):
                let evidence = Evidence(
                    investigation: newest.investigation ?? 0, subject: subject, at: at, input: input, site: site)
                let note = try await database.read { try evidence.gather(step, in: $0) }
                context.outputs[id] = note.output
                lines.append(Line(step: id, summary: note.summary))
            case .skip(let id, _, let because): lines.append(Line(step: id, summary: "left out: \(because)"))
            case .propose(let id, let proposal):
                let sentence = try await database.read { try Self.sentence(proposal, in: $0) }
                lines.append(Line(step: id, summary: sentence))
                would.append(sentence)
            case .conclude(let id, let conclusion):
                lines.append(Line(step: id, summary: conclusion.because))
                would.append("conclude as \(conclusion.state.rawValue): \(conclusion.because)")
                break steps
            case .finished: break steps
            }
        }
        if would.isEmpty { would = ["recommend nothing"] }
        return Case(
            subject: subject.description, title: newest.title, at: newest.at, alerts: alerts.count, steps: lines,
            would: would)
    }

    /// Copies are counted as they were delivered, wherever they are by now.
    private static func sentence(
        _ proposal: Planner.Proposal, in transaction: any SQLTransaction
    ) throws(StoreError) -> String {
        var copies = 0
        for reference in proposal.messages {
            copies += Set(try MessageStore.message(reference, in: transaction)?.recipients ?? []).count
        }
        let what = proposal.action.words(count(copies, "copy", "copies"))
        let people = proposal.approval.people(for: copies)
        return switch proposal.approval.automation(for: copies, failing: proposal.failing) {
        case .none: "\(what), after \(people > 1 ? "two people" : "somebody") approved"
        case .waits(let because): "\(what), after \(people > 1 ? "two people" : "somebody") approved, for \(because)"
        case .starts(let because): "\(what) by itself, for \(because)"
        }
    }
}
