// SPDX-License-Identifier: Apache-2.0

// Playbooks: the recipe of an investigation, from YAML text to a checked value, and the planner that says what comes
// next. Nothing here does I/O: the steps of the catalogue are names with inputs and outputs, `Investigations` runs them.
//
// A playbook is checked whole before it is used: every key, every step name, every reference to an earlier output and
// the type of what is referred to. What passes cannot stop halfway for a reason that stood in its text. Positions and
// references are resolved by step id, so the text an investigation started with (kept beside it) stays its only recipe.
//
// Roads not taken: a general workflow language (CACAO, orquesta) with free branches and loops: an analyst must be able to
// read from top to bottom what happened, so a step may be left out (`when`) but never jumped to; and an expression
// language: a condition compares one earlier output with one literal, several of them must all hold.

/// One version of one recipe.
package struct Playbook: Hashable, Sendable {
    /// Small letters, digits and dashes; the file is `<name>.yaml`.
    package let name: String
    package let version: Int64
    /// One line for people.
    package let title: String
    package let description: String
    /// The kinds of alert that open an investigation by this playbook.
    package let startsOn: [AlertKind]
    /// The kinds of alert that join an open investigation by this playbook when the message they are about carries its
    /// subject, though they are about something else themselves.
    package let joinsOn: [AlertKind]
    /// Only while the investigation is not older.
    package let joinsWithinDays: Int64
    package let steps: [PlaybookStep]
    /// The text it was read from; an investigation keeps it, so that an edit never changes a running one.
    package let text: String
}

/// One unit of a playbook, by its place in the list.
package struct PlaybookStep: Hashable, Sendable {
    /// What a step does.
    package enum Work: Hashable, Sendable {
        /// Runs a step of the catalogue.
        case run(CatalogueStep, inputs: [String: StepInput])
        /// Proposes an action, which then waits for its approval.
        case recommend(Recommendation)
        /// Ends the playbook here.
        case conclude(PlannedConclusion)
    }

    /// Unique in the playbook; later steps refer to `id.output`.
    package let id: String
    package let work: Work
    /// All must hold, else the step is left out.
    package let conditions: [Condition]
}

/// What is passed to a step.
package enum StepInput: Hashable, Sendable {
    case reference(OutputReference)
    case number(Int64)
    case text(String)
}

/// The proposal of an action.
package struct Recommendation: Hashable, Sendable {
    package let action: ActionKind
    /// Lists of messages; the action is about all of them.
    package let messages: [OutputReference]
    package let approval: Approval
    package let reason: Template
}

/// How a playbook says that it is finished.
package struct PlannedConclusion: Hashable, Sendable {
    package let state: InvestigationState
    package let because: Template
}

/// The name of an earlier output: `messages.count`.
package struct OutputReference: Hashable, Sendable, CustomStringConvertible {
    package let step: String
    package let output: String

    package init(step: String, output: String) {
        self.step = step
        self.output = output
    }

    /// The reference written as `text`; nil unless it is two names joined by a dot.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ PlaybookName.isIdentifier(String($0)) }) else { return nil }
        step = String(parts[0])
        output = String(parts[1])
    }

    package var description: String { "\(step).\(output)" }
}

/// What a playbook may hold: each limit keeps one file from filling memory, the log or an analyst's screen.
package enum PlaybookLimits {
    /// Bytes of one file.
    package static let fileSize = 65_536
    /// Files in the folder.
    package static let files = 500
    package static let steps = 100
    package static let conditions = 10
    /// Copies (message times mailbox) in one action.
    package static let copies = 100_000
    /// Characters of a title.
    package static let title = 200
    package static let description = 4_000
    /// Characters of a reason, before and after its outputs are filled in.
    package static let reason = 2_000
}

/// The spelling of names.
package enum PlaybookName {
    /// Small letters, digits and underscores, a letter first: ids and outputs.
    package static func isIdentifier(_ text: String) -> Bool { isName(text, joint: "_") }

    /// Small letters, digits and dashes, a letter first: the playbook's name.
    package static func isPlaybookName(_ text: String) -> Bool { isName(text, joint: "-") }

    private static func isName(_ text: String, joint: Unicode.Scalar) -> Bool {
        let scalars = text.unicodeScalars
        guard (1...64).contains(scalars.count), let first = scalars.first, ("a"..."z").contains(first) else {
            return false
        }
        return scalars.allSatisfy { ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == joint }
    }
}
