// SPDX-License-Identifier: Apache-2.0

package import Store

/// The signatures of an engine that are in force.
package struct EngineSignatures: Hashable, Sendable {
    /// Another text means that they changed.
    package let version: String
    /// What they consist of (rules by name, each with the digest of its meaning); empty when nobody can tell: then a change
    /// means that everything has to be asked.
    package let parts: [String: String]

    package init(version: String, parts: [String: String] = [:]) {
        self.version = version
        self.parts = parts
    }
}

/// Something that judges objects, and whose signatures change.
package protocol RescanEngine: Sendable {
    /// `yara`, `clamd`.
    var name: String { get }
    /// What is in force now.
    func signatures() async throws -> EngineSignatures
    /// Judges objects, all of them claimed for the same rescan; `fetch` gives the bytes of one, nil when they are gone.
    func judge(
        _ digests: [String], parts: [String], rescan: Int64, fetch: @Sendable @escaping (String) throws -> [UInt8]?
    ) async -> [String: RescanOutcome]
}
