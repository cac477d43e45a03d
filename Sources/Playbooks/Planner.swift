// SPDX-License-Identifier: Apache-2.0

/// Says what an investigation does next: a value without I/O, asked again after every step.
///
/// All it needs is the playbook, the position and what the steps of this round gave, so an investigation can be taken up
/// by any process at any position.
package struct Planner: Sendable {
    /// What is known so far in this round.
    package struct Context: Sendable {
        package let subject: Subject
        /// By step id; a step that was left out gave nothing.
        package var outputs: [String: JSONValue]

        package init(subject: Subject, outputs: [String: JSONValue] = [:]) {
            self.subject = subject
            self.outputs = outputs
        }

        /// The output, or nil when its step did not run.
        package func value(_ reference: OutputReference) -> JSONValue? {
            guard reference.step == "subject" else { return outputs[reference.step]?[reference.output] }
            return switch reference.output {
            case "kind": .text(subject.kind.rawValue)
            case "value": .text(subject.value)
            default: nil
            }
        }
    }

    /// What comes next.
    package enum Next: Hashable, Sendable {
        /// Run this step of the catalogue.
        case run(id: String, step: CatalogueStep, input: [String: JSONValue])
        /// Leave this step out.
        case skip(id: String, work: String, because: String)
        /// Put this action before a person.
        case propose(id: String, Proposal)
        /// Stop here: nothing more is to be found out.
        case conclude(id: String, Conclusion)
        /// All steps were run: wait for decisions and their execution, or end.
        case finished
    }

    /// An action with everything filled in.
    package struct Proposal: Hashable, Sendable {
        package let action: ActionKind
        /// References of messages, in order, each once.
        package let messages: [String]
        package let approval: Approval
        /// The first condition for an automatic start that does not hold.
        package var failing: Condition?
        package let reason: String

        package init(
            action: ActionKind, messages: [String], approval: Approval, failing: Condition? = nil, reason: String
        ) {
            self.action = action
            self.messages = messages
            self.approval = approval
            self.failing = failing
            self.reason = reason
        }
    }

    package let playbook: Playbook

    package init(_ playbook: Playbook) {
        self.playbook = playbook
    }

    /// What to do at the position, which counts from 0.
    package func next(at position: Int, in context: Context) -> Next {
        guard playbook.steps.indices.contains(position) else { return .finished }
        let step = playbook.steps[position]
        if let failing = step.conditions.first(where: { !$0.holds(for: context.value($0.reference)) }) {
            return .skip(id: step.id, work: step.work.name, because: "'\(failing)' does not hold")
        }
        switch step.work {
        case .run(let work, let inputs): return run(step.id, work, inputs, context)
        case .recommend(let recommendation): return propose(step.id, recommendation, context)
        case .conclude(let conclusion):
            return .conclude(
                id: step.id, Conclusion(conclusion.state, because: conclusion.because.filled(context.value)))
        }
    }

    private func run(
        _ id: String, _ step: CatalogueStep, _ inputs: [String: StepInput], _ context: Context
    ) -> Next {
        var values: [String: JSONValue] = [:]
        for (name, input) in inputs {
            switch input {
            case .number(let number): values[name] = .number(number)
            case .text(let text): values[name] = .text(text)
            case .reference(let reference):
                guard let value = context.value(reference) else {
                    return .skip(id: id, work: step.rawValue, because: "'\(reference)' was not found out")
                }
                values[name] = value
            }
        }
        return .run(id: id, step: step, input: values)
    }

    private func propose(_ id: String, _ recommendation: Recommendation, _ context: Context) -> Next {
        var seen: Set<String> = []
        let references = recommendation.messages
            .flatMap { context.value($0)?.elements ?? [] }
            .compactMap { $0["reference"]?.string }
            .filter { seen.insert($0).inserted }
        guard !references.isEmpty else {
            return .skip(id: id, work: recommendation.action.rawValue, because: "no message was found to act on")
        }
        return .propose(
            id: id,
            Proposal(
                action: recommendation.action, messages: references, approval: recommendation.approval,
                failing: recommendation.approval.automaticWhen?.first { !$0.holds(for: context.value($0.reference)) },
                reason: recommendation.reason.filled(context.value)))
    }
}

extension PlaybookStep.Work {
    /// What the log calls it.
    package var name: String {
        switch self {
        case .run(let step, _): step.rawValue
        case .recommend(let recommendation): recommendation.action.rawValue
        case .conclude: "conclude"
        }
    }
}
