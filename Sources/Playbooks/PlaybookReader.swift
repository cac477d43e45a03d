// SPDX-License-Identifier: Apache-2.0

/// Reads one playbook and checks all of it.
struct PlaybookReader {
    let file: String
    /// What the steps read so far give, by step id.
    private var known: [String: StepDescription] = ["subject": StepCatalogue.subject]
    /// All ids, also of steps that give nothing.
    private var ids: Set<String> = ["subject"]

    private init(file: String) {
        self.file = file
    }

    static func read(_ text: String, file: String) throws(PlaybookError) -> Playbook {
        let size = text.utf8.count
        guard size <= PlaybookLimits.fileSize else {
            throw PlaybookError(file: file, line: 0, "expected at most \(PlaybookLimits.fileSize) bytes, found \(size)")
        }
        var reader = PlaybookReader(file: file)
        return try reader.playbook(StrictYAML.compose(text, file: file), text: text)
    }

    private mutating func playbook(_ root: StrictYAML, text: String) throws(PlaybookError) -> Playbook {
        let members = try root.members([
            "name", "version", "title", "description", "starts_on", "joins_on", "joins_within_days", "steps",
        ])
        let nameText = try required("name", members, root)
        let name = try nameText.text(atMost: PlaybookLimits.title)
        guard PlaybookName.isPlaybookName(name) else {
            throw nameText.fault("expected small letters, digits and dashes, at most 64, found '\(name)'")
        }
        return Playbook(
            name: name,
            version: try required("version", members, root).number(in: 1...1_000_000),
            title: try required("title", members, root).text(atMost: PlaybookLimits.title),
            description: try required("description", members, root).text(atMost: PlaybookLimits.description),
            startsOn: try alertKinds(required("starts_on", members, root)),
            joinsOn: try members["joins_on"].map { (list) throws(PlaybookError) in try alertKinds(list) } ?? [],
            joinsWithinDays: try members["joins_within_days"].map { (days) throws(PlaybookError) in
                try days.number(in: 1...365)
            } ?? 7,
            steps: try steps(required("steps", members, root)),
            text: text)
    }

    private func alertKinds(_ list: StrictYAML) throws(PlaybookError) -> [AlertKind] {
        var kinds: [AlertKind] = []
        for element in try list.list("alert kinds", atMost: AlertKind.allCases.count) {
            let kind = try element.choice("alert kind", among: AlertKind.allCases)
            guard !kinds.contains(kind) else { throw element.fault("'\(kind.rawValue)' stands here twice") }
            kinds.append(kind)
        }
        return kinds
    }

    private mutating func steps(_ list: StrictYAML) throws(PlaybookError) -> [PlaybookStep] {
        var steps: [PlaybookStep] = []
        for element in try list.list("steps", atMost: PlaybookLimits.steps) { steps.append(try step(element)) }
        return steps
    }

    private func required(
        _ key: String, _ members: [String: StrictYAML], _ parent: StrictYAML
    ) throws(PlaybookError) -> StrictYAML {
        guard let member = members[key] else { throw parent.fault("expected the key '\(key)', found none") }
        return member
    }
}

// MARK: - Steps

extension PlaybookReader {
    private static let kinds = ["step", "recommend", "conclude"]

    private mutating func step(_ element: StrictYAML) throws(PlaybookError) -> PlaybookStep {
        let nameless = StrictYAML(file: file, node: element.node, place: "a step")
        let idText = try required("id", nameless.members(["id", "when", "with"] + Self.kinds), nameless)
        let id = try idText.text(atMost: PlaybookLimits.title)
        guard PlaybookName.isIdentifier(id) else {
            throw idText.fault(
                "expected small letters, digits and underscores, a letter first, at most 64, found '\(id)'")
        }
        guard ids.insert(id).inserted else { throw idText.fault("'\(id)' is the id of an earlier step or reserved") }
        let place = StrictYAML(file: file, node: element.node, place: "step '\(id)'")
        let members = try place.members(["id", "when", "with"] + Self.kinds)
        let present = Self.kinds.filter { members[$0] != nil }
        guard present.count == 1 else {
            throw place.fault("expected one of \(Self.kinds.joined(separator: ", ")), found \(present.count) of them")
        }
        if let with = members["with"], present != ["step"] {
            throw with.fault("only a step of the catalogue takes 'with'")
        }
        let conditions = try conditions(members["when"])
        return PlaybookStep(id: id, work: try work(id, members, place), conditions: conditions)
    }

    private mutating func work(
        _ id: String, _ members: [String: StrictYAML], _ place: StrictYAML
    ) throws(PlaybookError) -> PlaybookStep.Work {
        if let recommend = members["recommend"] { return .recommend(try recommendation(recommend)) }
        if let conclude = members["conclude"] { return .conclude(try conclusion(conclude)) }
        let name = try required("step", members, place)
        let step = try name.choice("step", among: CatalogueStep.allCases)
        let description = step.description
        let inputs = try inputs(members["with"], of: description, step: name)
        known[id] = description
        return .run(step, inputs: inputs)
    }

    private func inputs(
        _ with: StrictYAML?, of description: StepDescription, step: StrictYAML
    ) throws(PlaybookError) -> [String: StepInput] {
        let members = try with?.members(description.inputs.map(\.name)) ?? [:]
        var inputs: [String: StepInput] = [:]
        for field in description.inputs {
            guard let member = members[field.name] else {
                if field.isRequired { throw step.fault("expected 'with: {\(field.name): …}', found none") }
                continue
            }
            inputs[field.name] = try input(member, kind: field.kind)
        }
        return inputs
    }

    private func input(_ member: StrictYAML, kind: ValueKind) throws(PlaybookError) -> StepInput {
        switch kind {
        case .number: .number(try member.number(in: 0...1_000_000_000))
        case .text: .text(try member.text(atMost: PlaybookLimits.title))
        default: .reference(try reference(member, kind: kind))
        }
    }

    private func recommendation(_ node: StrictYAML) throws(PlaybookError) -> Recommendation {
        let members = try node.members(["action", "messages", "approval", "reason"])
        let messages = try required("messages", members, node)
        var references: [OutputReference] = []
        if messages.isList {
            for element in try messages.list("references", atMost: PlaybookLimits.conditions) {
                references.append(try reference(element, kind: .messages))
            }
        } else {
            references.append(try reference(messages, kind: .messages))
        }
        return Recommendation(
            action: try required("action", members, node).choice("action", among: ActionKind.recommendable),
            messages: references,
            approval: try approval(required("approval", members, node)),
            reason: try template(required("reason", members, node)))
    }

    private enum ApprovalWord: String, CaseIterable {
        case manual, automatic
    }

    private func approval(_ node: StrictYAML) throws(PlaybookError) -> Approval {
        guard node.isMapping else {
            return switch try node.choice("approval", among: ApprovalWord.allCases) {
            case .manual: .manual
            case .automatic: Approval(automaticWhen: [])
            }
        }
        let members = try node.members(["automatic_when", "automatic_at_most", "second_person_from", "expires_days"])
        let copies = 1...Int64(PlaybookLimits.copies)
        var approval = Approval()
        if let when = members["automatic_when"] { approval.automaticWhen = try conditions(when) }
        if let most = members["automatic_at_most"] { approval.automaticAtMost = Int(try most.number(in: copies)) }
        if let from = members["second_person_from"] { approval.secondPersonFrom = Int(try from.number(in: copies)) }
        if let days = members["expires_days"] { approval.expiresDays = try days.number(in: 1...365) }
        return approval
    }

    private func conclusion(_ node: StrictYAML) throws(PlaybookError) -> PlannedConclusion {
        let members = try node.members(["as", "because"])
        return PlannedConclusion(
            state: try required("as", members, node).choice("conclusion", among: InvestigationState.conclusions),
            because: try template(required("because", members, node)))
    }
}

// MARK: - References

extension PlaybookReader {
    private func field(_ reference: OutputReference, _ place: StrictYAML) throws(PlaybookError) -> StepDescription.Field
    {
        guard let description = known[reference.step] else {
            let names = known.keys.sorted().joined(separator: ", ")
            throw place.fault("'\(reference)' refers to no earlier step, expected one of \(names)")
        }
        guard let field = description.outputs.first(where: { $0.name == reference.output }) else {
            let names = description.outputs.map(\.name).joined(separator: ", ")
            throw place.fault("'\(reference.step)' does not give '\(reference.output)', expected one of \(names)")
        }
        return field
    }

    private func reference(_ node: StrictYAML, kind: ValueKind) throws(PlaybookError) -> OutputReference {
        let text = try node.text(atMost: PlaybookLimits.title)
        guard let reference = OutputReference(text) else {
            throw node.fault("expected a reference such as 'messages.messages', found '\(text)'")
        }
        let field = try field(reference, node)
        guard field.kind == kind else {
            throw node.fault("expected \(kind.rawValue), but '\(reference)' gives \(field.kind.rawValue)")
        }
        return reference
    }

    private func template(_ node: StrictYAML) throws(PlaybookError) -> Template {
        let text = try node.text(atMost: PlaybookLimits.reason)
        let template: Template
        do {
            template = try Template(text)
        } catch {
            throw node.fault("expected an output such as '{{messages.count}}', found '\(error.text)'")
        }
        for reference in template.references {
            let kind = try field(reference, node).kind
            guard kind.isScalar else {
                throw node.fault("expected a number or text, but '\(reference)' gives \(kind.rawValue)")
            }
        }
        return template
    }

    private func conditions(_ node: StrictYAML?) throws(PlaybookError) -> [Condition] {
        guard let node else { return [] }
        guard node.isList else { return [try condition(node)] }
        var conditions: [Condition] = []
        for element in try node.list("conditions", atMost: PlaybookLimits.conditions) {
            conditions.append(try condition(element))
        }
        return conditions
    }

    private func condition(_ node: StrictYAML) throws(PlaybookError) -> Condition {
        let text = try node.text(atMost: PlaybookLimits.title)
        guard let condition = Condition(text) else {
            throw node.fault("expected a condition such as 'messages.count > 0', found '\(text)'")
        }
        let kind = try field(condition.reference, node).kind
        switch kind {
        case .number:
            guard Int64(condition.literal) != nil else {
                throw node.fault(
                    "expected a number after '\(condition.comparison.rawValue)', found '\(condition.literal)'")
            }
        case .text:
            guard condition.comparison.fitsText else {
                throw node.fault("expected 'is' or 'is not' for text, found '\(condition.comparison.rawValue)'")
            }
        default:
            throw node.fault("expected a number or text, but '\(condition.reference)' gives \(kind.rawValue)")
        }
        return condition
    }
}

extension Playbook {
    /// The playbook in the text; `file` is what its errors name.
    package init(text: String, file: String) throws(PlaybookError) {
        self = try PlaybookReader.read(text, file: file)
    }
}
