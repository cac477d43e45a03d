// SPDX-License-Identifier: Apache-2.0

import Playbooks
package import Store
package import Verdicts

/// What an investigation came upon, what each step said about it, and how it hangs together.
///
/// Made from the log of the last round and from the store when somebody asks; nothing of it is kept.
package struct InvestigationGraph: Codable, Hashable, Sendable {
    /// What one step said about a thing.
    package struct Finding: Codable, Hashable, Sendable {
        /// The step's id in the playbook.
        package let step: String
        package let verdict: Verdict
        package let because: String
    }

    package struct Node: Codable, Hashable, Sendable {
        /// Kind and value: what edges name.
        package let id: String
        package let kind: Entity.Kind
        package let value: String
        /// What people call it: of a message its subject, of a file its name.
        package var label: String
        /// The gravest that a step said.
        package var verdict: Verdict
        package var evidence: [Finding]
    }

    package struct Edge: Codable, Hashable, Sendable {
        package let from: String
        package let to: String
        /// Such as `sent`, `carries` or `delivered to`.
        package let relation: String
    }

    package let investigation: Int64
    package private(set) var nodes: [Node] = []
    package private(set) var edges: [Edge] = []
    /// Things and connections that are more than a graph holds.
    package private(set) var nodesLeft = 0
    package private(set) var edgesLeft = 0

    private var places: [String: Int] = [:]
    private var known: Set<Edge> = []
    private var left: Set<String> = []
    private var accused: Set<String> = []

    private enum CodingKeys: CodingKey { case investigation, nodes, edges, nodesLeft, edgesLeft }

    /// What fits on a screen, and into an answer: some 300 kB.
    private enum Limits {
        static let nodes = 300
        static let edges = 1_000
        static let evidence = 10
        /// Code points of a label.
        static let label = 200
        /// Of messages, and of what belongs to one of them.
        static let messages = 60
        static let things = 10
        /// Clicks, answers and clusters that are drawn.
        static let list = 200
    }

    private init(_ investigation: Int64) {
        self.investigation = investigation
    }
}

// MARK: - Making it

extension InvestigationGraph {
    /// The graph of that investigation; `notFound` when there is none.
    package static func of(
        _ number: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> InvestigationGraph {
        let row = try InvestigationStore.row(number, in: transaction)
        var steps = try steps(of: number, round: row.round, in: transaction)
        // A round that has only begun knows nothing yet.
        if steps.isEmpty, row.round > 1 { steps = try Self.steps(of: number, round: row.round - 1, in: transaction) }
        var graph = InvestigationGraph(number)
        if let subject = Subject(row.subject) { graph.add(Entity(subject)) }
        let said = steps.flatMap { step in Contribution.all(in: step.output).map { (step.id, $0) } }
        // What somebody accuses comes first, so that it is there when the graph is full.
        for (_, contribution) in said
        where contribution.verdict > .clean && contribution.entity.kind != .mailbox {
            graph.add(contribution.entity)
            graph.accused.insert(contribution.entity.name)
        }
        try graph.addMessages(steps.map(\.output), in: transaction)
        graph.addDeeds(steps.map(\.output))
        for (step, contribution) in said { graph.tell(contribution, step: step) }
        return graph
    }

    private static func steps(
        of number: Int64, round: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> [(id: String, output: JSONValue)] {
        try InvestigationStore.steps(of: number, round: round, in: transaction)
            .filter { $0.outcome == .done }.map { ($0.step, JSONValue(json: $0.output) ?? .null) }
    }

    /// The messages that the investigation is about: of the lists of its steps the longest, as in the report.
    private mutating func addMessages(
        _ outputs: [JSONValue], in transaction: any SQLTransaction
    ) throws(StoreError) {
        let listed = outputs.compactMap { $0["messages"]?.elements }.max { $0.count < $1.count } ?? []
        var references = nodes.filter { $0.kind == .message }.map(\.value)
        for reference in listed.compactMap({ $0["reference"]?.string }) where !references.contains(reference) {
            guard references.count < Limits.messages else { break }
            references.append(reference)
        }
        for reference in references.prefix(Limits.messages) {
            if let message = try MessageStore.message(reference, in: transaction) {
                try add(message, in: transaction)
            }
        }
        nodesLeft += max(0, Set(listed.compactMap { $0["reference"]?.string }).subtracting(references).count)
    }

    private mutating func add(_ message: MessageRow, in transaction: any SQLTransaction) throws(StoreError) {
        let entity = Entity(.message, message.reference)
        add(entity, label: message.subject)
        if !message.sender.isEmpty { connect(Entity(.sender, message.sender.lowercased()), "sent", entity) }
        if let client = message.client { connect(Entity(.ip, client), "handed over", entity) }
        for (link, isBad) in try links(of: message, in: transaction).prefix(Limits.things) {
            connect(entity, isBad ? "carries, condemned" : "carries", Entity(.url, link))
        }
        for file in try MessageStore.attachments(of: message.reference, in: transaction).prefix(Limits.things) {
            add(Entity(.file, file.sha256), label: file.name)
            connect(entity, "carries", Entity(.file, file.sha256))
        }
        let reports = try ReportStore.reports(about: message.reference, limit: Limits.things, in: transaction)
        for report in reports {
            connect(Entity(.user, report.reporter), "reported as \(report.opinion)", entity)
        }
        for address in message.recipients.prefix(Limits.things) {
            connect(entity, "delivered to", Entity(.mailbox, address))
        }
        edgesLeft += max(0, message.recipients.count - Limits.things)
    }

    /// The message's different links, those that somebody accuses first.
    private func links(
        of message: MessageRow, in transaction: any SQLTransaction
    ) throws(StoreError) -> [(String, Bool)] {
        var seen: Set<String> = []
        let links = try MessageStore.links(of: message.reference, in: transaction).map(\.url)
            .filter { seen.insert($0).inserted }
        let isBad = { [accused] (link: String) in accused.contains(Entity(.url, link).cut.name) }
        return links.filter(isBad).map { ($0, true) } + links.filter { !isBad($0) }.map { ($0, false) }
    }

    /// What people did, and what is like what.
    private mutating func addDeeds(_ outputs: [JSONValue]) {
        for output in outputs {
            for click in (output["clicks"]?.elements ?? []).prefix(Limits.list) {
                guard let url = click["url"]?.string, let reference = click["reference"]?.string else { continue }
                let who = click["recipient"]?.string ?? "one of the recipients of \(reference)"
                connect(Entity(.user, who), "clicked: \(click["outcome"]?.string ?? "")", Entity(.url, url))
            }
            for reply in (output["replies"]?.elements ?? []).prefix(Limits.list) {
                guard let who = reply["who"]?.string, let reference = reply["of"]?.string else { continue }
                let deed = reply["kind"]?.string == "reply" ? "answered" : "forwarded"
                connect(Entity(.user, who), deed, Entity(.message, reference))
            }
            for cluster in (output["clusters"]?.elements ?? []).prefix(Limits.list) {
                guard let query = cluster["query"]?.string else { continue }
                add(Entity(.cluster, query))
                for reference in (cluster["messages"]?.elements ?? []).compactMap(\.string)
                where places[Entity(.message, reference).name] != nil {
                    connect(Entity(.cluster, query), "has", Entity(.message, reference))
                }
            }
        }
    }
}

// MARK: - Nodes and edges

extension InvestigationGraph {
    /// Adds the thing, unless the graph is full; answers whether it is in it.
    @discardableResult
    private mutating func add(_ whole: Entity, label: String? = nil) -> Bool {
        let entity = whole.cut
        if let place = places[entity.name] {
            if let label, !label.isEmpty { nodes[place].label = label.shown(limit: Limits.label) }
            return true
        }
        guard nodes.count < Limits.nodes else {
            if left.insert(entity.name).inserted { nodesLeft += 1 }
            return false
        }
        places[entity.name] = nodes.count
        let name = label.flatMap { $0.isEmpty ? nil : $0 }?.shown(limit: Limits.label) ?? entity.value
        nodes.append(
            Node(
                id: entity.name, kind: entity.kind, value: entity.value, label: name, verdict: .unknown, evidence: []))
        return true
    }

    private mutating func connect(_ from: Entity, _ relation: String, _ to: Entity) {
        guard add(from), add(to) else { return }
        let edge = Edge(from: from.cut.name, to: to.cut.name, relation: relation)
        guard known.insert(edge).inserted else { return }
        guard edges.count < Limits.edges else {
            edgesLeft += 1
            return
        }
        edges.append(edge)
    }

    private mutating func tell(_ contribution: Contribution, step: String) {
        guard let place = places[contribution.entity.name] else { return }
        nodes[place].verdict = max(nodes[place].verdict, contribution.verdict)
        let finding = Finding(step: step, verdict: contribution.verdict, because: contribution.because)
        guard nodes[place].evidence.count < Limits.evidence, !nodes[place].evidence.contains(finding) else { return }
        nodes[place].evidence.append(finding)
    }
}

// MARK: - As text

extension InvestigationGraph {
    /// The things by kind with what was said about them, for a terminal.
    package var text: String {
        var lines: [String] = []
        for kind in Entity.Kind.allCases {
            let some = nodes.filter { $0.kind == kind }
            guard !some.isEmpty else { continue }
            lines += [lines.isEmpty ? "" : "\n", "\(kind.rawValue) (\(some.count))"].filter { !$0.isEmpty }
            for node in some.sorted(by: { ($1.verdict, $0.id) < ($0.verdict, $1.id) }) {
                lines += Self.lines(node, edges)
            }
        }
        if nodesLeft + edgesLeft > 0 {
            lines += ["", "and \(nodesLeft) more things, \(edgesLeft) more connections"]
        }
        return lines.joined(separator: "\n")
    }

    private static func lines(_ node: Node, _ edges: [Edge]) -> [String] {
        func safe(_ text: String) -> String { TerminalText.escaped(text, limit: 300) }
        let name = node.label == node.value ? safe(node.value) : "\(safe(node.value)) \(safe(node.label))"
        let out = Dictionary(grouping: edges.filter { $0.from == node.id }, by: \.relation)
        return ["  \(name): \(node.verdict.rawValue)"]
            + node.evidence.map { "      \(safe($0.step)): \(safe($0.because))" }
            + out.sorted { $0.key < $1.key }.map { relation, edges in
                let names = edges.prefix(3).map { safe($0.to) }.joined(separator: ", ")
                return "      \(safe(relation)) \(names)\(edges.count > 3 ? " and \(edges.count - 3) more" : "")"
            }
    }
}
