// SPDX-License-Identifier: Apache-2.0

// Investigations: from an alert to a cleaned mailbox, by playbook, in durable steps.
//
// The runner is a loop around the store and holds no state of its own. Each thing it does ends in exactly one
// transaction that writes the log, the new position and whatever the step made (a proposal, a result); what it reads it
// reads from the store. So it can be killed between any two transactions, and whoever comes next goes on at the same
// place: no step is logged twice, because a line is written only together with the move from the position it belongs to.
//
// The only work outside a transaction is on mailboxes. There the intent comes first: before a message is moved, its
// target row says where it was and what it carried. A move whose recording was lost is found out by looking again (the
// message lies in the quarantine), and the intent supplies what the release needs.
//
// Alerts about one subject join one open investigation. If it has begun, it looks again from the first step (a new round)
// and its open proposals are brought up to date: what is new is added, what is gone is taken back. What was approved is
// never changed; what is new after that becomes an action of its own.
//
// Roads not taken: one task per investigation (state in memory that the store does not know), a queue table of work
// items (the states of investigations and actions are the queue), and being woken by signals (several hosts may share
// the store; a look costs three indexed queries).

package import Playbooks
package import Store

/// Runs investigations and carries out approved actions.
///
/// One at a time in one store: `rearguardd` with the role `jobs` owns it.
package struct InvestigationRunner: Sendable {
    let database: any Database
    let shelf: PlaybookShelf
    let handler: any ActionHandler
    let pacing: Pacing
    /// Whether mail to this address is more important than to others.
    let isImportant: @Sendable (String) -> Bool
    let site: SiteRules
    /// Milliseconds since 1970, UTC.
    let now: @Sendable () -> Int64

    package init(
        database: any Database, playbooks: PlaybookShelf, handler: any ActionHandler, pacing: Pacing = .init(),
        isImportant: @escaping @Sendable (String) -> Bool = { _ in false }, site: SiteRules = SiteRules(),
        now: @escaping @Sendable () -> Int64
    ) {
        self.database = database
        shelf = playbooks
        self.handler = handler
        self.pacing = pacing
        self.isImportant = isImportant
        self.site = site
        self.now = now
    }

    /// Does what there is to do now: takes alerts in, advances investigations, carries out actions.
    ///
    /// Answers whether there was anything.
    @discardableResult
    package func tick() async throws -> Bool {
        // What cannot be worked on does not keep the rest from its turn.
        var failure: (any Error)?
        var acted = false
        for work in [watch, admitNewAlerts] {
            do { acted = try await work() || acted } catch { failure = failure ?? error }
        }
        let running = try await database.read { transaction in
            try InvestigationStore.running(limit: InvestigationLimits.workAtOnce, in: transaction)
        }
        for number in running where !Task.isCancelled {
            do { try await advance(number) } catch { failure = failure ?? error }
        }
        // What expired is not carried out, so it goes first.
        for work in [expireProposals, carryOutActions, reviewProposals] {
            do { acted = try await work() || acted } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
        return !running.isEmpty || acted
    }

    private func admitNewAlerts() async throws -> Bool { try await admitAlerts() > 0 }
}

// MARK: - Advancing

extension InvestigationRunner {
    /// An investigation as it stands, ready for its next step.
    private struct Standing: Sendable {
        let row: InvestigationRow
        let context: Planner.Context
        let nextNumber: Int64
    }

    /// Runs steps until the investigation waits, ends, or was taken elsewhere.
    func advance(_ number: Int64) async throws {
        // Each turn is one step; a conflict (an alert joined meanwhile) costs a turn.
        for _ in 0..<(2 * PlaybookLimits.steps) where !Task.isCancelled {
            guard let standing = try await standing(of: number) else { return }
            do {
                try await advance(standing)
            } catch let error as StoreError where error.code == .conflict {
                continue
            } catch let error as StoreError where error.code != .unavailable {
                try await fail(standing.row, because: "\(error)")
            }
        }
    }

    private func standing(of number: Int64) async throws -> Standing? {
        try await database.read { transaction in
            let row = try InvestigationStore.row(number, in: transaction)
            guard row.state == .running else { return nil }
            guard let subject = Subject(row.subject) else {
                throw StoreError(.row, "investigation \(number) has no readable subject")
            }
            var context = Planner.Context(subject: subject)
            for step in try InvestigationStore.steps(of: number, round: row.round, in: transaction)
            where step.outcome == .done {
                context.outputs[step.step] = JSONValue(json: step.output)
            }
            return Standing(
                row: row, context: context,
                nextNumber: try InvestigationStore.nextStepNumber(of: number, in: transaction))
        }
    }

    private func advance(_ standing: Standing) async throws {
        let row = standing.row
        let playbook: Playbook
        do {
            playbook = try Playbook(text: row.playbookText, file: "\(row.playbook).yaml")
        } catch {
            // The step catalogue is not what it was when the investigation began.
            return try await fail(row, because: "its playbook cannot be read any more: \(error)")
        }
        let position = Int(clamping: row.nextStep)
        switch Planner(playbook).next(at: position, in: standing.context) {
        case .run(let id, let step, let input):
            try await run(step, id: id, input: input, standing)
        case .skip(let id, let work, let because):
            try await record(standing, id: id, kind: work) { transaction in
                try withdrawProposals(of: row.number, step: id, because: because, at: now(), in: transaction)
                return StepNote(.object([:]), .object([:]), "left out: \(because)", .skipped)
            }
        case .propose(let id, let proposal):
            try await record(standing, id: id, kind: proposal.action.rawValue) { transaction in
                try propose(proposal, step: id, for: row, at: now(), in: transaction)
            }
        case .conclude(let id, let conclusion):
            try await record(standing, id: id, kind: "conclude", next: Int64(playbook.steps.count)) { transaction in
                try withdrawProposals(
                    of: row.number, step: nil, because: conclusion.because, at: now(), in: transaction)
                return StepNote(.object([:]), Self.output(conclusion), conclusion.because, .done)
            }
        case .finished:
            try await finish(standing)
        }
    }

    private func run(
        _ step: CatalogueStep, id: String, input: [String: JSONValue], _ standing: Standing
    ) async throws {
        let startedAt = now()
        let evidence = Evidence(
            investigation: standing.row.number, subject: standing.context.subject, at: startedAt, input: input,
            site: site)
        var note: StepNote
        do {
            note = try await database.read { transaction in try evidence.gather(step, in: transaction) }
        } catch let error as StoreError where error.code != .unavailable {
            note = StepNote(.object([:]), .object([:]), "failed: \(error)", .failed)
        }
        note.input = evidence.loggedInput
        let result = note
        try await record(standing, id: id, kind: step.rawValue, startedAt: startedAt) { transaction in result }
    }

    /// Writes a step's line, moves on, and ends the investigation when the step failed: one transaction.
    private func record(
        _ standing: Standing, id: String, kind: String, next: Int64? = nil, startedAt: Int64? = nil,
        _ body: @Sendable @escaping (any SQLTransaction) throws -> StepNote
    ) async throws {
        let row = standing.row
        let started = startedAt ?? now()
        try await database.write { transaction in
            let note = try body(transaction)
            let step = StepRow(
                investigation: row.number, number: standing.nextNumber, round: row.round, step: id, kind: kind,
                startedAt: started, finishedAt: now(), input: note.input.json, output: note.output.json,
                summary: note.summary, outcome: note.outcome)
            try InvestigationStore.log(
                step, position: row.nextStep, next: next ?? row.nextStep + 1, in: transaction)
            if note.outcome == .failed {
                let conclusion = Conclusion(.failed, because: "step '\(id)' failed")
                try InvestigationStore.move(row.number, to: conclusion, at: step.finishedAt, in: transaction)
            }
        }
    }

    private func fail(_ row: InvestigationRow, because: String) async throws {
        try await database.write { transaction in
            try InvestigationStore.move(
                row.number, to: Conclusion(.failed, because: because), at: now(), in: transaction)
        }
    }
}

// MARK: - The end of the steps

extension InvestigationRunner {
    private static let conclusionKey = "concluded"

    private static func output(_ conclusion: Conclusion) -> JSONValue {
        .object([conclusionKey: .text(conclusion.state.rawValue), "because": .text(conclusion.because)])
    }

    /// Waits for decisions or ends, as the actions say; without actions as the playbook concluded.
    private func finish(_ standing: Standing) async throws {
        let otherwise = Self.conclusion(of: standing.context)
        try await database.write { transaction in
            let row = try InvestigationStore.row(standing.row.number, in: transaction)
            guard row.state == .running, row.round == standing.row.round, row.nextStep == standing.row.nextStep else {
                throw StoreError(.conflict, "investigation \(row.number) went on elsewhere")
            }
            try settle(row, otherwise: otherwise, at: now(), in: transaction)
            try setPriority(of: row.number, standing.context, in: transaction)
        }
    }

    private func setPriority(
        of number: Int64, _ context: Planner.Context, in transaction: any SQLTransaction
    ) throws(StoreError) {
        let alerts = try AlertStore.alerts(of: number, limit: InvestigationLimits.alerts, in: transaction)
        let gravest = AlertSeverity.allCases.last { severity in alerts.contains { $0.severity == severity } }
        let priority = Priority(severity: gravest ?? .low, outputs: context.outputs, isImportant: isImportant)
        try InvestigationStore.setPriority(priority.points, because: priority.reasons, of: number, in: transaction)
    }

    private static func conclusion(of context: Planner.Context) -> Conclusion {
        for output in context.outputs.values {
            guard let name = output[conclusionKey]?.string, let state = InvestigationState(rawValue: name) else {
                continue
            }
            return Conclusion(state, because: output["because"]?.string ?? "")
        }
        if context.outputs.values.contains(where: { ($0[Proposals.inHand]?.integer ?? 0) > 0 }) {
            return Conclusion(.remediated, because: "every copy is in quarantine or on its way there")
        }
        return Conclusion(.noThreatsFound, because: "the playbook found nothing to recommend")
    }
}

/// What one step leaves in the log.
struct StepNote: Sendable {
    var input: JSONValue
    var output: JSONValue
    var summary: String
    var outcome: StepRow.Outcome

    init(_ input: JSONValue, _ output: JSONValue, _ summary: String, _ outcome: StepRow.Outcome = .done) {
        self.input = input
        self.output = output
        self.summary = summary
        self.outcome = outcome
    }
}
