// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Store
import Verdicts

extension Evidence {
    func verdict(in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
        note(
            try IndicatorStore.live(about: subject, at: at, in: transaction), [:], about: Entity(subject),
            otherwise: "no indicator that is in force covers \(subject.value)")
    }

    func messageVerdicts(in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
        var contents = Contents()
        for reference in references(of: "messages") {
            for link in try MessageStore.links(of: reference, in: transaction) {
                contents.add(Entity(.url, link.url), of: reference) { URLStore.expressions(of: link.url) }
            }
            for file in try MessageStore.attachments(of: reference, in: transaction) {
                try contents.add(Entity(.file, file.sha256), of: reference) { () throws(StoreError) in
                    try FileNames.names(of: file.sha256, in: transaction)
                }
            }
        }
        let indicators = try IndicatorStore.live(contents.patterns, at: at, in: transaction)
        let (links, files) = (contents.count(of: .url), contents.count(of: .file))
        let isCut = max(links, files) >= InvestigationLimits.links
        let seen = "\(count(links, "link", "links")) and \(count(files, "file", "files"))"
        return note(
            indicators, ["links": .number(links), "files": .number(files)], says: contents.judged(by: indicators),
            otherwise: "no indicator that is in force covers any of \(isCut ? "the first " : "")\(seen)")
    }

    /// What these indicators say, the gravest first; of equal ones the oldest, which was there first to say so.
    private func note(
        _ indicators: [Indicator], _ seen: [String: JSONValue], about entity: Entity? = nil,
        says contributions: [Contribution] = [], otherwise: String
    ) -> StepNote {
        let indicators = indicators.sorted { ($1.verdict, $0.number) < ($0.verdict, $1.number) }
        let gravest = indicators.first
        let output: [String: JSONValue] = [
            "verdict": .text((gravest?.verdict ?? .unknown).rawValue), "source": .text(gravest?.source ?? ""),
            "reason": .text(gravest?.reason ?? ""), "value": .text(gravest?.value ?? ""),
            "since": gravest.map { .number($0.createdAt) } ?? .null, "count": .number(indicators.count),
            "indicators": .list(indicators.map(Self.object)),
        ].merging(seen) { first, _ in first }
        guard let gravest else { return note(output, otherwise, says: contributions) }
        let others = indicators.count - 1
        let more = others > 0 ? ", and \(count(others, "other indicator", "other indicators"))" : ""
        let reason = gravest.reason.map { " (\($0))" } ?? ""
        let sentence =
            "\(gravest.source) calls \(gravest.value) \(gravest.verdict.rawValue)\(reason) since \(Moment(gravest.createdAt))\(more)"
        let own = entity.map { [Contribution($0, gravest.verdict, sentence)] } ?? []
        return note(output, sentence, says: own + contributions)
    }

    private static func object(_ indicator: Indicator) -> JSONValue {
        .object([
            "number": .number(indicator.number), "value": .text(indicator.value),
            "verdict": .text(indicator.verdict.rawValue), "source": .text(indicator.source),
            "reason": .optional(indicator.reason), "since": .number(indicator.createdAt),
        ])
    }
}

/// The links and files of messages, and the patterns by which indicators may cover them.
private struct Contents {
    private var patternsOf: [Entity: [String]] = [:]
    private var messages: [String: [Entity]] = [:]

    /// Each different thing once; of each kind no more than one step looks up.
    mutating func add<Failure: Error>(
        _ entity: Entity, of message: String, patterns: () throws(Failure) -> [String]
    ) throws(Failure) {
        if patternsOf[entity] == nil {
            guard count(of: entity.kind) < InvestigationLimits.links else { return }
            patternsOf[entity] = try patterns()
            counts[entity.kind, default: 0] += 1
        }
        if messages[message]?.count ?? 0 < InvestigationLimits.linksOfOne {
            messages[message, default: []].append(entity)
        }
    }

    private var counts: [Entity.Kind: Int] = [:]

    func count(of kind: Entity.Kind) -> Int { counts[kind] ?? 0 }

    var patterns: [String] { Set(patternsOf.values.joined()).sorted() }

    /// What the indicators say about each thing, and so about each message.
    func judged(by indicators: [Indicator]) -> [Contribution] {
        let covering = Dictionary(grouping: indicators, by: \.pattern)
        var things: [Entity: Contribution] = [:]
        for (entity, patterns) in patternsOf {
            let said = Set(patterns).sorted().flatMap { covering[$0] ?? [] }
            let judgement = Judgement(
                findings: said.map {
                    Judgement.Finding(indicator: $0.number, verdict: $0.verdict, isPersonal: $0.isPersonal)
                })
            guard let decisive = judgement.decisive, let source = said.first(where: { $0.number == decisive.indicator })
            else { continue }
            things[entity] = Contribution(
                entity, decisive.verdict, "\(source.source) calls \(source.value) \(source.verdict.rawValue)")
        }
        return things.values.sorted { $0.entity.name < $1.entity.name }
            + messages.keys.sorted().map { message($0, things) }
    }

    private func message(_ reference: String, _ things: [Entity: Contribution]) -> Contribution {
        let entities = Set(messages[reference] ?? [])
        let gravest = entities.compactMap { things[$0] }
            .max { ($0.verdict, $1.entity.name) < ($1.verdict, $0.entity.name) }
        guard let gravest, gravest.verdict > .clean else {
            return Contribution(
                Entity(.message, reference), .unknown,
                "nothing is said against its \(Investigations.count(entities.count, "link or file", "links and files"))"
            )
        }
        return Contribution(
            Entity(.message, reference), gravest.verdict, "carries \(gravest.entity.name): \(gravest.because)")
    }
}
