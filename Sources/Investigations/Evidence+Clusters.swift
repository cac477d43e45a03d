// SPDX-License-Identifier: Apache-2.0

// Mail that is like the messages in question. Each likeness is one query on one index, shown in words, so that an analyst
// can tell why a message is in a cluster. A cluster of a malicious link or file is malicious as a whole; one by sender, host
// or subject is when enough of its messages carry something malicious, by the thresholds of the playbook.
//
// Roads not taken: one number for likeness over all traits (nobody can check it), and words of the body (they are not
// stored).

import Playbooks
import Store
import Verdicts

extension Evidence {
    private static let clusterDays = 10

    func clusters(in transaction: any SQLTransaction) throws(StoreError) -> StepNote {
        let seeds = try examined(in: transaction)
        let days = max(1, number("days", default: Self.clusterDays))
        let (queries, left) = try queries(of: seeds, in: transaction)
        var search = ClusterSearch(
            evidence: self, seeds: Set(seeds.map(\.reference)), since: at - Int64(days) * Self.day)
        for query in queries { try search.look(for: query, in: transaction) }
        let clusters = search.clusters.sorted {
            ($1.verdict, $1.count, $0.query.words) < ($0.verdict, $0.count, $1.query.words)
        }
        let bad = clusters.filter { $0.verdict == .malicious }
        let malicious = try MessageStore.messages(
            Array(Set(bad.flatMap(\.references)).sorted().prefix(InvestigationLimits.messages)), in: transaction)
        let similar = try MessageStore.messages(search.similar, in: transaction)
        let output: [String: JSONValue] = [
            "clusters": .list(clusters.map(\.json)), "count": .number(clusters.count),
            "malicious": .number(bad.count), "largest": .number(clusters.map(\.count).max() ?? 0),
            "query": .text(clusters.first?.query.words ?? ""), "messages": .list(malicious.map(Self.object)),
            "mailboxes": .number(malicious.reduce(0) { $0 + Set($1.recipients).count }),
            "similar": .list(similar.map(Self.object)), "others": .number(similar.count),
            "left_out": .number(search.leftOut.count),
        ]
        return note(output, sentence(clusters, bad, days, search, left), says: clusters.flatMap(\.contributions))
    }

    private func sentence(
        _ clusters: [Cluster], _ bad: [Cluster], _ days: Int, _ search: ClusterSearch, _ left: Int
    ) -> String {
        let out =
            search.leftOut.isEmpty
            ? ""
            : "; left out as exercises or security mailboxes: \(count(search.leftOut.count, "message", "messages"))"
        let unasked = left > 0 ? "; \(count(left, "other likeness", "other likenesses")) not looked for" : ""
        guard let first = bad.first ?? clusters.first else {
            return "nothing else in \(count(days, "day", "days")) is like it\(out)\(unasked)"
        }
        let number =
            "\(count(clusters.count, "cluster", "clusters")) in \(count(days, "day", "days")), \(bad.count) malicious"
        return "\(number); \(bad.isEmpty ? "the largest" : "the gravest"): \(first.sentence)\(out)\(unasked)"
    }

    /// What the messages have that others may have, too, of each kind so many; and how many more there are.
    private func queries(
        of seeds: [MessageRow], in transaction: any SQLTransaction
    ) throws(StoreError) -> (queries: [ClusterQuery], left: Int) {
        var (queries, seen) = ([ClusterQuery.Kind: [ClusterQuery]](), Set<ClusterQuery>())
        for seed in seeds {
            let limit = InvestigationLimits.clustersOfKind
            for query in try ClusterStore.queries(for: seed, limit: limit, in: transaction)
            where seen.insert(query).inserted && queries[query.kind]?.count ?? 0 < limit {
                queries[query.kind, default: []].append(query)
            }
        }
        let all = ClusterQuery.Kind.allCases.flatMap { queries[$0] ?? [] }
        return (all, seen.count - all.count)
    }
}

/// Looks for clusters one after the other, and remembers what several of them have.
private struct ClusterSearch {
    let evidence: Evidence
    let seeds: Set<String>
    let since: Int64
    private(set) var clusters: [Cluster] = []
    /// Messages of exercises, or to security mailboxes only.
    private(set) var leftOut: Set<String> = []
    private var members: [String: ClusterMember] = [:]
    private var condemned: [String: Bool] = [:]
    /// Messages that were asked for and are too old.
    private var old: Set<String> = []

    init(evidence: Evidence, seeds: Set<String>, since: Int64) {
        self.evidence = evidence
        self.seeds = seeds
        self.since = since
    }

    /// The other messages of clusters that are not common.
    var similar: [String] {
        let all = Set(clusters.filter { !$0.isCut }.flatMap(\.references)).subtracting(seeds)
        return Array(all.sorted().prefix(InvestigationLimits.clusterMembers))
    }

    mutating func look(for query: ClusterQuery, in transaction: any SQLTransaction) throws(StoreError) {
        let limit = InvestigationLimits.clusterMembers
        let found = try ClusterStore.references(query, since: since, limit: limit + 1, in: transaction)
        let references = Array(found.prefix(limit))
        try fetch(references, in: transaction)
        let kept = references.compactMap { members[$0] }
        // Of nothing but the messages in question nobody learns anything.
        guard kept.contains(where: { !seeds.contains($0.reference) }) else { return }
        clusters.append(
            Cluster(
                query: query, members: kept, isCut: found.count > limit, seeds: seeds,
                malicious: kept.count { condemned[$0.reference] == true },
                isCondemned: try isCondemned(query, in: transaction),
                maliciousFrom: max(1, evidence.number("malicious_from", default: 3)),
                share: evidence.number("share", default: 50)))
    }

    private mutating func fetch(_ references: [String], in transaction: any SQLTransaction) throws(StoreError) {
        let missing = references.filter { members[$0] == nil && !leftOut.contains($0) && !old.contains($0) }
        guard !missing.isEmpty else { return }
        let found = try ClusterStore.members(missing, since: since, in: transaction)
        old.formUnion(Set(missing).subtracting(found.map(\.reference)))
        for member in found {
            let readers = member.recipients.filter { !evidence.site.isSecurityMailbox($0) }
            if evidence.site.isExercise(member.sender) || readers.isEmpty {
                leftOut.insert(member.reference)
            } else {
                members[member.reference] = ClusterMember(
                    reference: member.reference, at: member.at, sender: member.sender, recipients: readers)
            }
        }
        for row in try CondemnedStore.among(missing, at: evidence.at, in: transaction) {
            condemned[row.reference] = true
        }
    }

    /// Whether the link or the file itself is malicious.
    private func isCondemned(_ query: ClusterQuery, in transaction: any SQLTransaction) throws(StoreError) -> Bool {
        let patterns: [String]
        switch query {
        case .url(_, let text): patterns = URLStore.expressions(of: text)
        case .file(let sha256, _): patterns = try FileNames.names(of: sha256, in: transaction)
        default: return false
        }
        let findings = try IndicatorStore.live(patterns, at: evidence.at, in: transaction).map {
            Judgement.Finding(indicator: $0.number, verdict: $0.verdict, isPersonal: $0.isPersonal)
        }
        return Judgement(findings: findings).verdict == .malicious
    }
}

/// Messages that one query finds.
private struct Cluster {
    let query: ClusterQuery
    let members: [ClusterMember]
    /// Whether there are more than are looked at: something common.
    let isCut: Bool
    let seeds: Set<String>
    let malicious: Int
    let isCondemned: Bool
    let maliciousFrom: Int
    let share: Int

    var count: Int { members.count }
    var references: [String] { members.map(\.reference) }
    var copies: Int { members.reduce(0) { $0 + $1.recipients.count } }

    var verdict: Verdict {
        if isCondemned || (malicious >= maliciousFrom && malicious * 100 >= share * count) { return .malicious }
        return malicious > 0 ? .suspicious : .unknown
    }

    var sentence: String {
        let number = Investigations.count(count, "message", "messages")
        return
            "\(isCut ? "more than " : "")\(number) \(query.words) in \(Investigations.count(copies, "copy", "copies")), \(malicious) with something malicious"
    }

    var contributions: [Contribution] {
        let own = Contribution(Entity(.cluster, query.words), verdict, sentence)
        guard verdict == .malicious else { return [own] }
        return [own]
            + references.filter(seeds.contains).map {
                Contribution(Entity(.message, $0), .malicious, "is one of \(sentence)")
            }
    }

    /// Messages that are named in the log; all others are found by the query.
    private static let namedLimit = 20
    private static let recipientLimit = 100

    var json: JSONValue {
        var copiesOf: [String: Int] = [:]
        for member in members { for address in member.recipients { copiesOf[address, default: 0] += 1 } }
        let most = copiesOf.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.recipientLimit)
        return .object([
            "kind": .text(query.kind.rawValue), "query": .text(query.words), "count": .number(count),
            "is_cut": .flag(isCut), "copies": .number(copies), "recipients": .number(copiesOf.count),
            "per_recipient": .list(most.map { .object(["address": .text($0.key), "messages": .number($0.value)]) }),
            "malicious": .number(malicious), "verdict": .text(verdict.rawValue),
            "messages": .list(references.prefix(Self.namedLimit).map(JSONValue.text)),
            "from": members.map(\.at).min().map { .number($0) } ?? .null,
            "to": members.map(\.at).max().map { .number($0) } ?? .null,
        ])
    }
}
