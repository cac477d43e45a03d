// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography
package import Foundation
import Scanners
import Signatures
package import Store
import Synchronization
import Verdicts

/// YARA rules as an engine: the rules of a folder, of which only those are asked that changed in what they match.
package final class YaraEngine: RescanEngine {
    package let name = "yara"
    private let rules: RuleFiles
    private let deadline: Duration
    /// The rules of rescans that are under way, compiled.
    private let hunts = Mutex<[HuntKey: [RuleHunt]]>([:])

    private struct HuntKey: Hashable {
        let rescan: Int64
        let version: String
    }

    /// Rescans whose rules are held at a time: as many as run beside one another, and one for what arrives.
    private static let huntLimit = 16

    /// `deadline`: for one object.
    package init(folder: URL, deadline: Duration = .seconds(30)) {
        rules = RuleFiles(folder: folder)
        self.deadline = deadline
    }

    package func signatures() async throws -> EngineSignatures {
        let held = try await Blocking.run { [rules] in try rules.current() }
        let parts = held.catalogue.entries.map { ($0.name.description, Hex.encode($0.identity).text) }
        return EngineSignatures(version: held.version, parts: Dictionary(parts) { one, _ in one })
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
        for hunt in try hunts(for: rescan, parts) {
            let report = try hunt.verify(digests.compactMap { Hex.decode($0.utf8) }, workers: 1, deadline: deadline) {
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

    private func hunts(for rescan: Int64, _ parts: [String]) throws -> [RuleHunt] {
        let held = try rules.held()
        let key = HuntKey(rescan: rescan, version: held.version)
        if let made = hunts.withLock({ $0[key] }) { return made }
        let asked = Set(parts)
        let entries = held.catalogue.entries.filter { asked.isEmpty || asked.contains($0.name.description) }
        let lanes = try RuleHunt.lanes(for: entries, of: held.catalogue)
        let made = [lanes.indexed, lanes.slow].compactMap(\.self)
        hunts.withLock { hunts in
            if hunts.count >= Self.huntLimit { hunts = [:] }
            hunts[key] = made
        }
        return made
    }
}
