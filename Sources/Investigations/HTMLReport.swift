// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Store
import Verdicts

/// An investigation as one HTML file that needs nothing else: no script, nothing is loaded, and a policy that forbids both.
///
/// Pure. Whatever came with mail goes through `TerminalText` (no controls, nothing that turns text around) and is escaped, so
/// that it is text wherever it stands.
package struct HTMLReport: CustomStringConvertible {
    /// Rows of one table; the JSON has them all.
    private static let rowLimit = 500

    private let view: InvestigationView
    private let graph: InvestigationGraph
    private var out = ""

    /// `styleDigest`: the SHA-256 of `style` in Base64, by which the policy allows it and nothing else.
    package init(_ view: InvestigationView, _ graph: InvestigationGraph, styleDigest: String) {
        self.view = view
        self.graph = graph
        begin(styleDigest)
        alerts()
        timeline()
        recommendations()
        entities()
        lists()
        picture()
        out += "</main></body></html>\n"
    }

    package var description: String { out }

    /// The whole style sheet.
    package static let style = """
        :root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--line:#d0d7de;--soft:#f4f6f8;--bad:#b42318;--warn:#9a6700;\
        --good:#1a7f37;--dim:#59636e}
        @media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--line:#3d444d;--soft:#161b22;--bad:#ff7b72;\
        --warn:#e3b341;--good:#56d364;--dim:#9198a1}}
        body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
        main{max-width:70rem;margin:0 auto;padding:1rem 1.5rem 3rem}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
        table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid var(--line);padding:.3rem .5rem;text-align:left;\
        vertical-align:top;overflow-wrap:anywhere}th{color:var(--dim);font-weight:600;white-space:nowrap}
        .name,.malicious,.suspicious,.clean,.unknown{white-space:nowrap}.failed{color:var(--bad)}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}
        .malicious{color:var(--bad);font-weight:600}.suspicious{color:var(--warn);font-weight:600}.clean{color:var(--good)}
        .dim{color:var(--dim)}.action{border:1px solid var(--line);background:var(--soft);padding:.1rem 1rem;margin:1rem 0}
        .scroll{overflow-x:auto}svg{background:var(--soft)}svg text{font:12px system-ui,sans-serif;fill:var(--ink)}
        svg rect{fill:var(--paper);stroke:var(--line)}svg line{stroke:var(--line)}svg .malicious rect{stroke:var(--bad);stroke-width:2}
        svg .suspicious rect{stroke:var(--warn);stroke-width:2}@media print{.scroll{overflow:visible}}
        """
}

// MARK: - Head, alerts, timeline

extension HTMLReport {
    private mutating func begin(_ styleDigest: String) {
        let summary = view.summary
        let title = "Investigation \(summary.number): \(html(summary.title))"
        out = """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-\(styleDigest)'; \
            base-uri 'none'; form-action 'none'">
            <meta name="referrer" content="no-referrer"><meta name="viewport" content="width=device-width">
            <title>\(title)</title><style>\(Self.style)</style></head><body><main>
            <h1>\(title)</h1><dl>

            """
        item("subject", html(summary.subject))
        item("state", html(summary.state.words))
        if let conclusion = summary.conclusion { item("because", html(conclusion, limit: PlaybookLimits.reason)) }
        item("priority", "\(summary.priority): \(html(summary.priorityBecause.joined(separator: ", ")))")
        item("playbook", "\(html(summary.playbook)), version \(summary.version)")
        item("opened", "\(Moment(summary.createdAt))")
        item("last change", "\(Moment(summary.updatedAt))")
        out += "</dl>\n"
    }

    private mutating func item(_ name: String, _ value: String) { out += "<dt>\(name)</dt><dd>\(value)</dd>\n" }

    private mutating func alerts() {
        table("Alerts", ["at", "severity", "kind", "what", "why it is here"], view.alerts) { alert in
            [
                "\(Moment(alert.at))", alert.severity.rawValue, html(alert.kind), html(alert.title),
                html(alert.joinedBecause ?? ""),
            ]
        }
    }

    private mutating func timeline() {
        let rounds = (view.steps.last?.round ?? 1) > 1
        table("Timeline", [rounds ? "round, step" : "step", "at", "took", "what was found"], view.steps) { step in
            let failed =
                step.outcome == .failed ? " class=\"failed\"" : step.outcome == .skipped ? " class=\"dim\"" : ""
            return [
                "<span class=\"name\">\(rounds ? "\(step.round), " : "")\(step.number) \(html(step.step))</span>",
                "\(Moment(step.finishedAt))",
                "\(max(0, step.finishedAt - step.startedAt))&#160;ms",
                "<span\(failed)>\(html(step.summary, limit: PlaybookLimits.reason))</span>",
            ]
        }
    }
}

// MARK: - Recommendations and evidence

extension HTMLReport {
    private mutating func recommendations() {
        out += "<h2>Recommendations</h2>\n"
        if view.actions.isEmpty { out += "<p>None.</p>\n" }
        for item in view.actions { action(item) }
    }

    private mutating func action(_ item: ActionView) {
        let action = item.action
        out += "<div class=\"action\"><h3>Action \(action.number): \(html(action.kind.words))</h3><dl>\n"
        self.item("state", html("\(action.state.words)\(action.detail.map { ": \($0)" } ?? "")"))
        self.item("reason", html(action.reason, limit: PlaybookLimits.reason))
        if let at = action.decidedAt, let actor = action.decidedBy {
            let first = action.approvals > 1 ? action.firstBy.map { "\(html($0)) and " } ?? "" : ""
            let note = action.note.map { ": \(html($0, limit: PlaybookLimits.reason))" } ?? ""
            self.item("decided", "\(Moment(at)) by \(first)\(html(actor))\(note)")
        }
        out += "</dl>\n"
        table(nil, ["mailbox", "message", "result"], item.targets) { target in
            [
                html(target.mailbox), html(target.reference),
                html("\(target.state.words)\(target.detail.map { ": \($0)" } ?? "")"),
            ]
        }
        out += "</div>\n"
    }

    private mutating func entities() {
        let told = graph.nodes.filter { !$0.evidence.isEmpty || $0.verdict != .unknown }
            .sorted { ($1.verdict, $0.id) < ($0.verdict, $1.id) }
        table("Evidence", ["what", "verdict", "because"], told) { node in
            let label = node.label == node.value ? "" : " <span class=\"dim\">\(html(node.label))</span>"
            let because = node.evidence.map { "\(html($0.step)): \(html($0.because))" }.joined(separator: "<br>")
            return [
                "\(node.kind.rawValue) \(html(node.value))\(label)",
                "<span class=\"\(node.verdict.rawValue)\">\(node.verdict.rawValue)</span>", because,
            ]
        }
    }

    private mutating func lists() {
        let last = view.steps.last?.round
        let outputs = view.steps.filter { $0.round == last && $0.outcome == .done }.map(\.output)
        let messages = outputs.compactMap { $0["messages"]?.elements }.max { $0.count < $1.count } ?? []
        table("Messages (\(messages.count))", ["at", "reference", "sender", "subject", "recipients"], messages) {
            message in
            [
                moment(message["at"]), html(message["reference"]), html(message["sender"]), html(message["subject"]),
                "\(message["recipients"]?.elements?.count ?? 0)",
            ]
        }
        let clicks = outputs.compactMap { $0["clicks"]?.elements }.last ?? []
        table("Clicks (\(clicks.count))", ["at", "who", "from", "outcome", "URL"], clicks) { click in
            [
                moment(click["at"]), html(click["recipient"]), html(click["client"]), html(click["outcome"]),
                html(click["url"]),
            ]
        }
        let clusters = outputs.compactMap { $0["clusters"]?.elements }.last ?? []
        table("Mail like it (\(clusters.count))", ["query", "messages", "copies", "malicious", "verdict"], clusters) {
            cluster in
            let verdict = cluster["verdict"]?.string.flatMap(Verdict.init(rawValue:)) ?? .unknown
            return [
                html(cluster["query"]), number(cluster["count"]), number(cluster["copies"]),
                number(cluster["malicious"]),
                "<span class=\"\(verdict.rawValue)\">\(verdict.rawValue)</span>",
            ]
        }
    }

    /// A table with a headline, unless it has no rows; cells are HTML.
    private mutating func table<Row>(_ title: String?, _ names: [String], _ rows: [Row], _ cells: (Row) -> [String]) {
        guard !rows.isEmpty else { return }
        if let title { out += "<h2>\(title)</h2>\n" }
        out += "<table><tr>\(names.map { "<th>\($0)</th>" }.joined())</tr>\n"
        for row in rows.prefix(Self.rowLimit) { out += "<tr>\(cells(row).map { "<td>\($0)</td>" }.joined())</tr>\n" }
        out += "</table>\n"
        if rows.count > Self.rowLimit { out += "<p class=\"dim\">and \(rows.count - Self.rowLimit) more</p>\n" }
    }
}

// MARK: - The graph

extension HTMLReport {
    private mutating func picture() {
        let drawing = GraphDrawing(graph)
        guard !drawing.boxes.isEmpty else { return }
        out += "<h2>How it hangs together</h2><div class=\"scroll\">"
        out += "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"Graph of the things found\" "
        out += "width=\"\(drawing.width)\" height=\"\(drawing.height)\">\n"
        for line in drawing.lines {
            out += "<line x1=\"\(line.x1)\" y1=\"\(line.y1)\" x2=\"\(line.x2)\" y2=\"\(line.y2)\">"
            out += "<title>\(html(line.title))</title></line>\n"
        }
        for box in drawing.boxes {
            out +=
                "<g class=\"\(box.node.verdict.rawValue)\"><title>\(html("\(box.node.id): \(box.node.verdict.rawValue)"))</title>"
            out +=
                "<rect x=\"\(box.x)\" y=\"\(box.y)\" width=\"\(GraphDrawing.boxWidth)\" height=\"\(GraphDrawing.boxHeight)\" rx=\"4\"/>"
            out += "<text x=\"\(box.x + 6)\" y=\"\(box.y + 15)\">\(html(box.caption, limit: 60))</text></g>\n"
        }
        out += "</svg></div>\n"
        let more = graph.nodes.count + graph.nodesLeft - drawing.boxes.count
        if more > 0 { out += "<p class=\"dim\">and \(more) more, in the JSON as far as it goes</p>\n" }
    }
}

/// Where everything of a graph stands: senders and hosts, messages, what they carry, people; a column each.
private struct GraphDrawing {
    struct Box {
        let node: InvestigationGraph.Node
        let x: Int
        let y: Int

        /// As much as fits.
        var caption: String {
            let text = "\(node.kind.rawValue) \(node.label)"
            return text.count > captionLimit ? String(text.prefix(captionLimit)) + "…" : text
        }
    }

    struct Line {
        let x1, y1, x2, y2: Int
        let title: String
    }

    static let boxWidth = 230
    static let boxHeight = 22
    private static let captionLimit = 34
    private static let gapX = 90
    private static let gapY = 8
    private static let margin = 10
    /// Boxes of one column: what one can still look at.
    private static let rows = 40

    private(set) var boxes: [Box] = []
    private(set) var lines: [Line] = []
    private(set) var width = 0
    private(set) var height = 0

    init(_ graph: InvestigationGraph) {
        let columns: [[Entity.Kind]] = [[.sender, .ip], [.cluster, .message], [.url, .file], [.mailbox, .user]]
        var places: [String: Box] = [:]
        var x = Self.margin
        for kinds in columns {
            let nodes = graph.nodes.filter { kinds.contains($0.kind) }.enumerated()
                .sorted { ($1.element.verdict, $0.offset) < ($0.element.verdict, $1.offset) }.map(\.element)
            guard !nodes.isEmpty else { continue }
            for (row, node) in nodes.prefix(Self.rows).enumerated() {
                let box = Box(node: node, x: x, y: Self.margin + row * (Self.boxHeight + Self.gapY))
                boxes.append(box)
                places[node.id] = box
                height = max(height, box.y + Self.boxHeight + Self.margin)
            }
            width = x + Self.boxWidth + Self.margin
            x += Self.boxWidth + Self.gapX
        }
        lines = graph.edges.compactMap { edge in
            guard let from = places[edge.from], let to = places[edge.to] else { return nil }
            let (left, right) = from.x <= to.x ? (from, to) : (to, from)
            return Line(
                x1: left.x + Self.boxWidth, y1: left.y + Self.boxHeight / 2,
                x2: right.x == left.x ? right.x + Self.boxWidth : right.x, y2: right.y + Self.boxHeight / 2,
                title: "\(edge.from) \(edge.relation) \(edge.to)")
        }
    }
}

// MARK: - Text in HTML

/// Text that came with mail, as text of an element or of an attribute in double quotes.
private func html(_ text: String, limit: Int = 300) -> String {
    var out = ""
    for scalar in TerminalText.escaped(text, limit: limit).unicodeScalars {
        switch scalar {
        case "&": out += "&amp;"
        case "<": out += "&lt;"
        case ">": out += "&gt;"
        case "\"": out += "&quot;"
        case "'": out += "&#39;"
        default: out.unicodeScalars.append(scalar)
        }
    }
    return out
}

private func html(_ value: JSONValue?) -> String { value?.string.map { html($0) } ?? "–" }

private func number(_ value: JSONValue?) -> String { value?.integer.map { "\($0)" } ?? "–" }

private func moment(_ value: JSONValue?) -> String { value?.integer.map { "\(Moment($0))" } ?? "–" }
