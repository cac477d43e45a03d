// SPDX-License-Identifier: Apache-2.0

import Bytes
import Store
import URLSyntax
import Verdicts

/// Turns what a reader found into items that may be put in force; says why one may not.
struct FeedIntake {
    /// Lines that are kept to be shown.
    static let exampleLimit = 20
    private static let exampleLength = 300

    private let source: FeedSource
    /// Canonical hosts of the site itself, with all below them.
    private let ownDomains: [String]
    private let at: Int64

    private(set) var items: [FeedItem] = []
    /// Patterns the feed takes back.
    private(set) var revoked: [String] = []
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

    /// The items taken so far, which are the caller's now.
    mutating func drain() -> (items: [FeedItem], revoked: [String]) {
        defer { (items, revoked) = ([], []) }
        return (items, revoked)
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
        if entry.isRevoked { return revoked.append(pattern) }
        if entry.expiresAt.map({ $0 <= at }) == true {
            unused += 1
            return
        }
        if entry.validFrom.map({ $0 > at }) == true {
            isEarly = true
            unused += 1
            return
        }
        if let own = entry.confidence, own < source.confidenceAtLeast {
            unused += 1
            return
        }
        let verdict = entry.isClean ? .clean : source.verdict(confidence: entry.confidence)
        if verdict != .clean, let problem = objection(to: pattern, entry) {
            // It may stand from before it was ours.
            revoked.append(pattern)
            return note("refused", problem)
        }
        taken += 1
        let listed = source.expiresAfter.map { at + Int64($0 / .milliseconds(1)) }
        items.append(
            FeedItem(
                kind: entry.kind, pattern: pattern, value: entry.value.text.shown(limit: Self.exampleLength * 10),
                verdict: verdict, reason: reason(entry),
                expiresAt: [listed, entry.expiresAt].compactMap(\.self).min()))
    }

    private func reason(_ entry: FeedEntry) -> String {
        var parts = ["confidence \(min(source.confidence, entry.confidence ?? 100))"]
        if let reason = entry.reason { parts.insert(reason.shown(limit: Self.exampleLength), at: 0) }
        return parts.joined(separator: ", ")
    }

    /// Nothing may be held against the site itself, nor against all names below a public suffix.
    private mutating func objection(to pattern: String, _ entry: FeedEntry) -> String? {
        guard entry.kind != .file else { return nil }
        let host = String(pattern.prefix { $0 != "/" })
        let isWhole = pattern.utf8.count == host.utf8.count + 1
        // Addresses are nobody's suffix, and no top-level domain is a number.
        let isAddress = host.hasPrefix("[") || host.utf8.last.map(\.isASCIIDigit) == true
        if isWhole, !isAddress, PublicSuffixList.system.registrableDomain(of: Array(host.utf8)) == nil {
            return "'\(host)' is a public suffix: it would cover all names below it"
        }
        for own in ownDomains {
            let isOurs = host == own || host.hasSuffix(".\(own)")
            guard isOurs || (isWhole && own.hasSuffix(".\(host)")) else { continue }
            self.own += 1
            return "'\(pattern.shown(limit: Self.exampleLength))' covers our own '\(own)'"
        }
        return nil
    }
}
