// SPDX-License-Identifier: Apache-2.0

import Cryptography
package import RuleText

/// What is known of every rule of a set besides its compiled form: its identity, and what a match must have.
///
/// Two catalogues tell which rules changed: those whose identity the older one does not have.
package struct RuleCatalogue: Sendable {
    /// One rule that can be reported.
    package struct Entry: Hashable, Sendable {
        package let name: RuleName
        /// SHA-256 over what decides for which bytes it holds; comments, tags, meta entries and place in the file do not
        /// count, the rules it names do.
        package let identity: [UInt8]
        /// What every match has.
        package let requirement: Requirement
        /// Why the index cannot name candidates for it; nil when it can.
        package let slowReason: RuleNeed.SlowReason?
    }

    /// In the order of the sources.
    package let entries: [Entry]
    private let sources: [String: Source]

    private struct Source: Sendable {
        let text: [UInt8]
        /// Nil when our reader does not understand what libyara compiles.
        let file: RuleFile?
    }

    /// `set`: the sources, compiled; what our reader found is compared with its names.
    package init(_ sources: [RuleSource], compiledAs set: RuleSet) {
        let names = Dictionary(grouping: set.names, by: \.source)
        var entries: [Entry] = []
        var kept: [String: Source] = [:]
        for source in sources {
            let compiled = names[source.name, default: []]
            let file = (try? RuleFile(source.text)).flatMap { file in
                let read = file.rules.filter { !$0.isPrivate }.map(\.identifier)
                return read == compiled.map(\.identifier) ? file : nil
            }
            kept[source.name] = Source(text: source.text, file: file)
            entries += file.map { Self.entries(of: $0, source) } ?? compiled.map { Self.entry($0, source) }
        }
        self.entries = entries
        self.sources = kept
    }

    private static func entries(of file: RuleFile, _ source: RuleSource) -> [Entry] {
        zip(file.identities(in: source.text, digest: SHA256.digest), file.needs(in: source.text))
            .filter { !$1.isPrivate }
            .map { identity, need in
                Entry(
                    name: RuleName(source: source.name, identifier: need.identifier), identity: identity,
                    requirement: need.requirement, slowReason: need.slowReason)
            }
    }

    /// A rule of which nothing is known: all of its file is its meaning.
    private static func entry(_ name: RuleName, _ source: RuleSource) -> Entry {
        Entry(
            name: name, identity: SHA256.digest(source.text + Array("\0\(name.identifier)".utf8)), requirement: .always,
            slowReason: .notUnderstood)
    }

    /// The rules whose identity is not among the known ones: new, or changed in what they match.
    package func entries(notIn known: Set<[UInt8]>) -> [Entry] {
        entries.filter { !known.contains($0.identity) }
    }

    /// Sources with these rules only, and what they depend on: less to compile, and less to look for.
    func sources(ofOnly names: Set<RuleName>) -> [RuleSource] {
        let wanted = Dictionary(grouping: names, by: \.source)
        return sources.keys.filter { wanted[$0] != nil }.sorted().compactMap { name in
            guard let source = sources[name], let wanted = wanted[name] else { return nil }
            guard let file = source.file else { return RuleSource(name: name, text: source.text) }
            let identifiers = Set(wanted.map(\.identifier))
            let numbers = file.rules.indices.filter { identifiers.contains(file.rules[$0].identifier) }
            return RuleSource(name: name, text: file.text(ofOnly: Set(numbers), in: source.text))
        }
    }
}
