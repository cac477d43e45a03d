// SPDX-License-Identifier: Apache-2.0

package import Store

/// The signatures of an engine that are in force.
package struct EngineSignatures: Hashable, Sendable {
    /// The part of all signatures that cannot be told apart: when it changed, everything has to be asked.
    package static let remainder = "*"

    /// Another text means that they changed.
    package let version: String
    /// What they consist of (rules by name, each with the digest of its meaning); empty when nobody can tell: then a change
    /// means that everything has to be asked.
    package let parts: [String: String]
    /// The parts for which no index can name candidates; nil where there is no index to ask.
    package let slowParts: Set<String>?

    package init(version: String, parts: [String: String] = [:], slowParts: Set<String>? = nil) {
        self.version = version
        self.parts = parts
        self.slowParts = slowParts
    }
}

/// Something that judges objects, and whose signatures change.
package protocol RescanEngine: Sendable {
    /// `yara`, `clamd`.
    var name: String { get }
    /// What is in force now.
    func signatures() async throws -> EngineSignatures
    /// Which objects of a rescan can be hits; asked before each time that objects are taken, so what took long is kept.
    func filter(for rescan: RescanRow) async throws -> RescanFilter
    /// Judges objects, all of them claimed for the same rescan; `fetch` gives the bytes of one, nil when they are gone.
    func judge(
        _ digests: [String], parts: [String], rescan: Int64, fetch: @Sendable @escaping (String) throws -> [UInt8]?
    ) async -> [String: RescanOutcome]
}

extension RescanEngine {
    package func filter(for rescan: RescanRow) async throws -> RescanFilter { .all }
}
