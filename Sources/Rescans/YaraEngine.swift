// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography
package import Foundation
package import ObjectIndex
import RuleText
import Scanners
import Signatures
package import Store
import Synchronization
import Verdicts

/// YARA rules as an engine: the rules of a folder, of which only those are asked that changed in what they match, and only
/// about objects that the index names.
///
/// Rules with literals and rules without are rescans of their own, because the first are over in seconds and the others
/// have to read nearly everything. A rescan by all rules (`rearguard rescan start`, and what is new) asks no index.
package final class YaraEngine: RescanEngine {
    package let name = "yara"
    private let rules: RuleFiles
    private let index: ObjectShelf?
    private let deadline: Duration
    /// The rules of rescans that are under way, compiled, with what the index said.
    private let made = Mutex<[HuntKey: [Lane]]>([:])

    /// Rules that are looked for together.
    private struct Lane {
        let hunt: RuleHunt
        /// Nil: every object is a candidate.
        let answer: ShelfAnswer?
    }

    private struct HuntKey: Hashable {
        let rescan: Int64
        let version: String
    }

    /// Rescans whose rules are held at a time: as many as run beside one another, and one for what arrives.
    private static let huntLimit = 16

    /// `index`: nil where there is none; `deadline`: for one object.
    package init(folder: URL, index: ObjectShelf? = nil, deadline: Duration = .seconds(30)) {
        rules = RuleFiles(folder: folder)
        self.index = index
        self.deadline = deadline
    }

    package func signatures() async throws -> EngineSignatures {
        let held = try await Blocking.run { [rules] in try rules.current() }
        let parts = held.catalogue.entries.map { ($0.name.description, Hex.encode($0.identity).text) }
        let slow = held.catalogue.entries.filter { $0.slowReason != nil }.map { $0.name.description }
        return EngineSignatures(
            version: held.version, parts: Dictionary(parts) { one, _ in one },
            slowParts: index == nil ? nil : Set(slow))
    }

    /// Not known as long as the index was not checked after the start: reading everything would take longer than waiting.
    package func filter(for rescan: RescanRow) async throws -> RescanFilter {
        guard let index, !rescan.parts.isEmpty else { return .all }
        guard index.isChecked else { return .unknown }
        let asked = try await Blocking.run { [self] in try lanes(for: rescan.number, rescan.parts) }
        let answers = asked.compactMap { $0.answer }
        guard answers.count == asked.count else { return .all }
        return .candidates { digests in
            let objects = digests.compactMap { Hex.decode($0.utf8) }
            var found: Set<String> = []
            for answer in answers { found.formUnion(answer.candidates(among: objects).map { Hex.encode($0).text }) }
            return found
        }
    }

    package func judge(
        _ digests: [String], parts: [String], rescan: Int64, fetch: @Sendable @escaping (String) throws -> [UInt8]?
    ) async -> [String: RescanOutcome] {
        await Blocking.run { [self] in
            do {
                return try look(digests, parts, rescan, fetch)
            } catch { return Dictionary(uniqueKeysWithValues: digests.map { ($0, .failed("yara: \(error)")) }) }
        }
    }

    private func look(
        _ digests: [String], _ parts: [String], _ rescan: Int64, _ fetch: @Sendable (String) throws -> [UInt8]?
    ) throws -> [String: RescanOutcome] {
        var names: [String: [String: Verdict]] = [:]
        var outcomes: [String: RescanOutcome] = [:]
        let asked = digests.compactMap { Hex.decode($0.utf8) }
        for lane in try lanes(for: rescan, parts) {
            let candidates = lane.answer?.candidates(among: asked) ?? asked
            let report = try lane.hunt.verify(candidates, workers: 1, deadline: deadline) {
                try fetch(Hex.encode($0).text)
            }
            for hit in report.hits {
                for match in hit.matches {
                    names[Hex.encode(hit.digest).text, default: [:]][match.rule.description] = match.verdict
                }
            }
            for digest in report.gone { outcomes[Hex.encode(digest).text] = .gone }
            for object in report.undecided {
                outcomes[Hex.encode(object.digest).text] = .failed("yara: \(object.reason)")
            }
        }
        for digest in digests where outcomes[digest] == nil { outcomes[digest] = .judged(names[digest] ?? [:]) }
        return outcomes
    }

    private func lanes(for rescan: Int64, _ parts: [String]) throws -> [Lane] {
        let held = try rules.held()
        let key = HuntKey(rescan: rescan, version: held.version)
        if let lanes = made.withLock({ $0[key] }) { return lanes }
        let lanes = try lanes(of: held.catalogue, parts)
        // What was made before the index could be asked is made once more.
        guard index?.isChecked ?? true else { return lanes }
        made.withLock { made in
            if made.count >= Self.huntLimit { made = [:] }
            made[key] = lanes
        }
        return lanes
    }

    private func lanes(of catalogue: RuleCatalogue, _ parts: [String]) throws -> [Lane] {
        let asked = Set(parts)
        guard !catalogue.entries.isEmpty else { return [] }
        guard !asked.isEmpty else {
            return [Lane(hunt: try RuleHunt(all: catalogue.entries, of: catalogue), answer: nil)]
        }
        let entries = catalogue.entries.filter { asked.contains($0.name.description) }
        let hunts = try RuleHunt.lanes(for: entries, of: catalogue)
        let checked = index.flatMap { $0.isChecked ? $0 : nil }
        return [hunts.indexed, hunts.slow].compactMap(\.self).map { hunt in
            // The slow ones may still have a size or first bytes that they need.
            Lane(hunt: hunt, answer: hunt.requirement == .always ? nil : checked.map(hunt.answer))
        }
    }
}
