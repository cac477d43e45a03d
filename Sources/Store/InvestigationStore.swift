// SPDX-License-Identifier: Apache-2.0

package import Playbooks

/// One run of a playbook over a subject, as it is kept.
package struct InvestigationRow: Codable, Hashable, Sendable {
    package let number: Int64
    package let playbook: String
    package let version: Int64
    /// The playbook as it was at the start.
    package let playbookText: String
    package let subject: String
    package let title: String
    package let state: InvestigationState
    /// Counts from 1; a second look at the same subject begins the next one.
    package let round: Int64
    /// The position in the playbook, from 0.
    package let nextStep: Int64
    /// Why it stands as it does; nil while steps are being run.
    package let conclusion: String?
    package let createdAt: Int64
    package let updatedAt: Int64
    /// How soon somebody should look: points, and the sentences they come from.
    package let priority: Int64
    package let priorityBecause: [String]
}

/// One line of an investigation's log.
package struct StepRow: Codable, Hashable, Sendable {
    /// What became of a step.
    package enum Outcome: String, Codable, Hashable, Sendable, CaseIterable {
        case done, skipped, failed
    }

    package let investigation: Int64
    /// Counts from 1 through all rounds.
    package let number: Int64
    package let round: Int64
    /// The step's id in the playbook.
    package let step: String
    /// What it does: a name of the catalogue, an action's kind, `conclude`.
    package let kind: String
    package let startedAt: Int64
    package let finishedAt: Int64
    /// JSON.
    package let input: String
    /// JSON.
    package let output: String
    /// One sentence.
    package let summary: String
    package let outcome: Outcome

    package init(
        investigation: Int64, number: Int64, round: Int64, step: String, kind: String, startedAt: Int64,
        finishedAt: Int64,
        input: String, output: String, summary: String, outcome: Outcome
    ) {
        self.investigation = investigation
        self.number = number
        self.round = round
        self.step = step
        self.kind = kind
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.input = input
        self.output = output
        self.summary = summary
        self.outcome = outcome
    }
}

/// Investigations and their logs.
package enum InvestigationStore {
    /// Opens one at its first step; answers its number.
    package static func open(
        by playbook: Playbook, subject: Subject, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Int64 {
        let number = try Counter.next("investigations", in: transaction)
        try transaction.execute(
            """
            INSERT INTO investigations (number, playbook, version, playbook_text, subject, title, state, round, next_step,
                conclusion, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 0, NULL, $8, $8)
            """,
            [
                .integer(number), .text(playbook.name), .integer(playbook.version), .text(playbook.text),
                .text(subject.description), .text(playbook.title), .state(InvestigationState.running), .integer(at),
            ])
        return number
    }

    /// The investigation of that number; `notFound` when there is none.
    package static func row(_ number: Int64, in transaction: any SQLTransaction) throws(StoreError) -> InvestigationRow
    {
        let rows = try transaction.query("\(select) WHERE number = $1", [.integer(number)])
        guard let row = rows.first else { throw StoreError(.notFound, "there is no investigation \(number)") }
        return try investigation(row)
    }

    /// The open investigation about the subject: the newest, should there be several.
    package static func openOne(
        about subject: Subject, in transaction: any SQLTransaction
    ) throws(StoreError) -> InvestigationRow? {
        let rows = try transaction.query(
            "\(select) WHERE subject = $1 AND state IN (\(openStates)) ORDER BY number DESC LIMIT 1",
            [.text(subject.description)])
        return try rows.first.map { (row) throws(StoreError) in try investigation(row) }
    }

    /// Investigations in one state, or in any, the newest first, below `before`.
    package static func list(
        state: InvestigationState? = nil, before: Int64 = .max, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [InvestigationRow] {
        let condition = state == nil ? "" : "AND state = $3"
        let rows = try transaction.query(
            "\(select) WHERE number < $1 \(condition) ORDER BY number DESC LIMIT $2",
            [.integer(before), .integer(limit)] + (state.map { [.state($0)] } ?? []))
        return try rows.map { (row) throws(StoreError) in try investigation(row) }
    }

    /// The open investigations about any of these subjects, since that time, the newest first.
    package static func open(
        aboutAny subjects: [Subject], since time: Int64, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [InvestigationRow] {
        let found = try transaction.query(
            "\(select) WHERE subject IN ($list) AND state IN (\(openStates))",
            in: subjects.map { .text($0.description) }
        ).map { (row) throws(StoreError) in try investigation(row) }
        return Array(found.filter { $0.createdAt >= time }.sorted { $0.number > $1.number }.prefix(limit))
    }

    /// Those that wait for somebody, or are under way, the most urgent first; of equal ones the oldest.
    package static func queue(limit: Int, in transaction: any SQLTransaction) throws(StoreError) -> [InvestigationRow] {
        try transaction.query(
            "\(select) WHERE state IN (\(openStates)) ORDER BY priority DESC, number LIMIT $1", [.integer(limit)]
        ).map { (row) throws(StoreError) in try investigation(row) }
    }

    /// Writes how urgent it is, and why.
    package static func setPriority(
        _ points: Int, because reasons: [String], of number: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) {
        try transaction.execute(
            "UPDATE investigations SET priority = $2, priority_because = $3 WHERE number = $1",
            [.integer(number), .integer(points), .lines(reasons)])
    }

    /// Investigations whose next step is to be run, the oldest first.
    package static func running(
        limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [Int64] {
        try transaction.query(
            "SELECT number FROM investigations WHERE state = $1 ORDER BY number LIMIT $2",
            [.state(InvestigationState.running), .integer(limit)]
        )
        .map { (row) throws(StoreError) in try row.integer(0) }
    }

    /// Moves the investigation to another state, or gives the one it is in another reason; `conflict` when that is no
    /// transition from where it stands.
    package static func move(
        _ number: Int64, to conclusion: Conclusion, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) {
        let before = try row(number, in: transaction).state
        guard before == conclusion.state || before.next.contains(conclusion.state) else {
            throw StoreError(
                .conflict,
                "investigation \(number) is \(before.rawValue) and cannot become \(conclusion.state.rawValue)")
        }
        try transaction.execute(
            "UPDATE investigations SET state = $2, conclusion = $3, updated_at = $4 WHERE number = $1",
            [.integer(number), .state(conclusion.state), .text(conclusion.because), .integer(at)])
    }

    /// Begins a new look, from the first step or from that position.
    package static func beginRound(
        _ number: Int64, from position: Int64 = 0, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) {
        try transaction.execute(
            """
            UPDATE investigations SET state = $2, round = round + 1, next_step = $4, conclusion = NULL, updated_at = $3
            WHERE number = $1
            """, [.integer(number), .state(InvestigationState.running), .integer(at), .integer(position)])
    }
}

// MARK: - The log

extension InvestigationStore {
    /// Writes lines of an earlier round again, as lines of this one: what they found out still stands.
    package static func carryOver(
        _ steps: [StepRow], into round: Int64, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) {
        for step in steps {
            try insert(
                StepRow(
                    investigation: step.investigation,
                    number: try nextStepNumber(of: step.investigation, in: transaction), round: round, step: step.step,
                    kind: step.kind, startedAt: at, finishedAt: at, input: step.input, output: step.output,
                    summary: step.summary.hasPrefix("as in round ")
                        ? step.summary : "as in round \(step.round): \(step.summary)",
                    outcome: step.outcome), in: transaction)
        }
    }

    /// Writes one line and moves on to the step after `position`; `conflict`, and nothing written, when the investigation
    /// is not at that position any more (a new round began, or it was done already).
    package static func log(
        _ step: StepRow, position: Int64, next: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) {
        let moved = try transaction.execute(
            """
            UPDATE investigations SET next_step = $4, updated_at = $5
            WHERE number = $1 AND round = $2 AND next_step = $3 AND state = $6
            """,
            [
                .integer(step.investigation), .integer(step.round), .integer(position), .integer(next),
                .integer(step.finishedAt), .state(InvestigationState.running),
            ])
        guard moved == 1 else {
            throw StoreError(.conflict, "investigation \(step.investigation) is not at step \(position) any more")
        }
        try insert(step, in: transaction)
    }

    private static func insert(_ step: StepRow, in transaction: any SQLTransaction) throws(StoreError) {
        try transaction.execute(
            """
            INSERT INTO investigation_steps (investigation, number, round, step, kind, started_at, finished_at, input,
                output, summary, outcome) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            [
                .integer(step.investigation), .integer(step.number), .integer(step.round), .text(step.step),
                .text(step.kind), .integer(step.startedAt), .integer(step.finishedAt), .text(step.input),
                .text(step.output), .text(step.summary), .text(step.outcome.rawValue),
            ])
    }

    /// The log in order, of one round or of all; steps of rounds before `dataFrom` come without input and output.
    ///
    /// One step may list 10,000 messages, and an investigation may have 200 rounds: together they fit in no memory.
    package static func steps(
        of investigation: Int64, round: Int64? = nil, dataFrom first: Int64 = 0, in transaction: any SQLTransaction
    ) throws(StoreError) -> [StepRow] {
        let condition = round == nil ? "" : "AND round = $3"
        let rows = try transaction.query(
            """
            SELECT investigation, number, round, step, kind, started_at, finished_at,
                CASE WHEN round < $2 THEN 'null' ELSE input END, CASE WHEN round < $2 THEN 'null' ELSE output END,
                summary, outcome
            FROM investigation_steps WHERE investigation = $1 \(condition) ORDER BY number
            """, [.integer(investigation), .integer(first)] + (round.map { [.integer($0)] } ?? []))
        return try rows.map { (row) throws(StoreError) in
            StepRow(
                investigation: try row.integer(0), number: try row.integer(1), round: try row.integer(2),
                step: try row.text(3), kind: try row.text(4), startedAt: try row.integer(5),
                finishedAt: try row.integer(6), input: try row.text(7), output: try row.text(8),
                summary: try row.text(9),
                outcome: try row.choice(10))
        }
    }

    /// The number of the next line.
    package static func nextStepNumber(
        of investigation: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Int64 {
        let rows = try transaction.query(
            "SELECT COALESCE(MAX(number), 0) + 1 FROM investigation_steps WHERE investigation = $1",
            [.integer(investigation)])
        return try rows.first?.integer(0) ?? 1
    }

    private static let select = """
        SELECT number, playbook, version, playbook_text, subject, title, state, round, next_step, conclusion, created_at,
            updated_at, priority, priority_because
        FROM investigations
        """

    private static let openStates =
        InvestigationState.allCases.filter(\.isOpen).map { "'\($0.rawValue)'" }.joined(separator: ", ")

    private static func investigation(_ row: SQLRow) throws(StoreError) -> InvestigationRow {
        InvestigationRow(
            number: try row.integer(0), playbook: try row.text(1), version: try row.integer(2),
            playbookText: try row.text(3), subject: try row.text(4), title: try row.text(5), state: try row.choice(6),
            round: try row.integer(7), nextStep: try row.integer(8), conclusion: try row.optionalText(9),
            createdAt: try row.integer(10), updatedAt: try row.integer(11), priority: try row.integer(12),
            priorityBecause: try row.lines(13))
    }
}

// MARK: - Enumerations in columns

extension SQLRow {
    /// A column that holds the raw value of an enumeration.
    func choice<Choice: RawRepresentable<String>>(_ column: Int) throws(StoreError) -> Choice {
        let text = try text(column)
        guard let choice = Choice(rawValue: text) else {
            throw StoreError(.row, "column \(column) holds '\(text.prefix(40))', which is no \(Choice.self)")
        }
        return choice
    }
}

extension SQLValue {
    /// The raw value of an enumeration.
    static func state(_ state: some RawRepresentable<String>) -> SQLValue { .text(state.rawValue) }
}
