// SPDX-License-Identifier: Apache-2.0

import Bytes
import Store
import URLSyntax
import Verdicts

/// Turns what a reader found into items that may be put in force; says why one may not.
struct FeedIntake {
    /// Lines that are kept to be shown.
    static let exampleLimit = 20
    fileprivate static let exampleLength = 300

    private let source: FeedSource
    /// Canonical hosts of the site itself, with all below them.
    private let ownDomains: [String]
    private let at: Int64

    /// What one entry changes, in the order of the feed: the last word about a thing counts.
    enum Change {
        case list(FeedItem)
        /// It holds from that time on.
        case listEarly(FeedItem, startsAt: Int64)
        case revoke(String)
        /// Nothing may be held against it, now or from before.
        case refuse(String)
    }

    private(set) var changes: [Change] = []
    private(set) var taken = 0
    private(set) var bad = 0
    private(set) var unused = 0
    /// Some do not hold yet: the content has to be read again when they do.
    private(set) var isEarly = false
    /// Entries against ourselves.
    private(set) var own = 0
    private(set) var examples: [String] = []

    init(_ source: FeedSource, ownDomains: [String], at: Int64) {
        self.source = source
        self.ownDomains = ownDomains
        self.at = at
    }

    /// Takes what a reader found, and empties it.
    mutating func take(_ findings: inout FeedFindings) {
        for (place, reason) in findings.bad { note(place, reason) }
        unused += findings.unused
        for entry in findings.entries { take(entry) }
        findings.entries.removeAll(keepingCapacity: true)
        findings.bad.removeAll(keepingCapacity: true)
        findings.unused = 0
    }

    /// The changes so far, which are the caller's now.
    mutating func drain() -> [Change] {
        defer { changes = [] }
        return changes
    }

    private mutating func note(_ place: String, _ reason: String) {
        bad += 1
        guard examples.count < Self.exampleLimit else { return }
        examples.append("\(place): \(reason)".shown(limit: Self.exampleLength))
    }

    private mutating func take(_ entry: FeedEntry) {
        let pattern: String
        do {
            pattern = try IndicatorPattern.pattern(of: entry.kind, value: entry.value.text)
        } catch { return note("entry \(taken + bad + 1)", error.description) }
        if entry.isRevoked { return changes.append(.revoke(pattern)) }
        // A feed of changes says by this that it stands for the thing no more.
        let isOver = entry.expiresAt.map { $0 <= at } == true
        let isUnsure = entry.confidence.map { $0 < source.confidenceAtLeast } == true
        if isOver || isUnsure {
            if source.format.isIncremental { changes.append(.revoke(pattern)) }
            unused += 1
            return
        }
        let start = entry.validFrom.flatMap { $0 > at ? $0 : nil }
        // A whole list says it again when it holds; a feed of changes does not.
        if start != nil, !source.format.isIncremental {
            isEarly = true
            unused += 1
            return
        }
        let verdict = entry.isClean ? .clean : source.verdict(confidence: entry.confidence)
        if verdict != .clean, let problem = Self.objection(to: pattern, entry.kind, ownDomains: ownDomains) {
            if case .own = problem { own += 1 }
            changes.append(.refuse(pattern))
            return note("refused", problem.description)
        }
        taken += 1
        let listed = source.expiresAfter.map { (start ?? at) + Int64($0 / .milliseconds(1)) }
        let item = FeedItem(
            kind: entry.kind, pattern: pattern, value: entry.value.text.shown(limit: Self.exampleLength * 10),
            verdict: verdict, reason: reason(entry), expiresAt: [listed, entry.expiresAt].compactMap(\.self).min())
        changes.append(start.map { .listEarly(item, startsAt: $0) } ?? .list(item))
    }

    private func reason(_ entry: FeedEntry) -> String {
        var parts = ["confidence \(min(source.confidence, entry.confidence ?? 100))"]
        if let reason = entry.reason { parts.insert(reason.shown(limit: Self.exampleLength), at: 0) }
        return parts.joined(separator: ", ")
    }

    /// Why nothing may be held against a pattern.
    enum Objection: CustomStringConvertible {
        case own(String, pattern: String)
        case publicSuffix(String)

        var description: String {
            switch self {
            case .own(let own, let pattern):
                "'\(pattern.shown(limit: FeedIntake.exampleLength))' covers our own '\(own)'"
            case .publicSuffix(let host): "'\(host)' is a public suffix: it would cover all names below it"
            }
        }
    }

    /// Nothing may be held against the site itself, nor against all names below a public suffix.
    static func objection(to pattern: String, _ kind: Indicator.Kind, ownDomains: [String]) -> Objection? {
        guard kind != .file else { return nil }
        if let suffix = IndicatorPattern.publicSuffix(coveredBy: pattern) { return .publicSuffix(suffix) }
        let host = String(pattern.prefix { $0 != "/" })
        let isWhole = pattern.utf8.count == host.utf8.count + 1
        for own in ownDomains {
            let isOurs = host == own || host.hasSuffix(".\(own)")
            if isOurs || (isWhole && own.hasSuffix(".\(host)")) { return .own(own, pattern: pattern) }
        }
        return nil
    }
}
