// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography
package import Foundation
import Scanners
package import Store
import Synchronization

/// ClamAV as an engine: its VERSION tells that signatures changed, and not which; so all objects in the window are asked.
///
/// VERSION speaks of the official signatures alone. A site's own ones (`.ndb`, `.hdb` …) lie in a folder that is looked at
/// too; when it changed, clamd is told to read it anew. Where nothing changed but hash signatures, only the files with these
/// digests are asked; a file that clamd alone gets at (packed within a program) is, the next time everything is.
package final class ClamdEngine: RescanEngine {
    /// While it reads its signatures, it may not answer for that long.
    private static let versionTime = Duration.seconds(120)
    private static let reloadTime = Duration.seconds(10)

    package let name = "clamd"
    private let clamd: Clamd
    private let folder: URL?
    private let database: any Database
    private let deadline: Duration
    private let seen = Mutex<Seen?>(nil)

    /// The site's own signatures at the last look.
    private struct Seen {
        let stamps: [String: [Int]]
        let hashes: ClamdHashes

        /// What stands for all of it.
        var version: String { Self.digest(stamps) }
        /// What stands for what is not told apart.
        var remainder: String { Self.digest(stamps.filter { !hashes.files.contains($0.key) }) }

        private static func digest(_ stamps: [String: [Int]]) -> String {
            let lines = stamps.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            return Hex.encode(SHA256.digest(Array(lines.joined(separator: "\n").utf8)).prefix(8)).text
        }
    }

    /// `folder`: the site's own signatures; `deadline`: for one object.
    package init(socket: String, folder: URL? = nil, database: any Database, deadline: Duration = .seconds(60)) {
        clamd = Clamd(path: socket)
        self.folder = folder
        self.database = database
        self.deadline = deadline
    }

    package func signatures() async throws -> EngineSignatures {
        try await Blocking.run { [self] in
            guard let folder else {
                return EngineSignatures(version: try clamd.version(deadline: .now + Self.versionTime))
            }
            let own = try look(at: folder)
            let version = try clamd.version(deadline: .now + Self.versionTime)
            let remainder = [EngineSignatures.remainder: version + " " + own.remainder]
            return EngineSignatures(
                version: version + " own " + own.version, parts: own.hashes.parts.merging(remainder) { $1 })
        }
    }

    /// Has clamd read the folder anew when it changed.
    private func look(at folder: URL) throws -> Seen {
        let stamps = try FolderStamps.of(folder)
        if let seen = seen.withLock(\.self), seen.stamps == stamps { return seen }
        let new = Seen(stamps: stamps, hashes: ClamdHashes(folder, names: stamps.keys))
        try clamd.reload(deadline: .now + Self.reloadTime)
        seen.withLock { $0 = new }
        return new
    }

    package func filter(for rescan: RescanRow) async throws -> RescanFilter {
        guard !rescan.parts.isEmpty else { return .all }
        // After a start: known when the signatures were looked at.
        guard let seen = seen.withLock(\.self) else { return .unknown }
        let digests = seen.hashes.digests(of: rescan.parts)
        let objects = try await database.read { try ObjectStore.kept(withDigests: digests, in: $0) }
        return .candidates { objects.intersection($0) }
    }

    package func judge(
        _ digests: [String], parts: [String], rescan: Int64, fetch: @Sendable @escaping (String) throws -> [UInt8]?
    ) async -> [String: RescanOutcome] {
        await Blocking.run { [self] in
            var outcomes: [String: RescanOutcome] = [:]
            for digest in digests { outcomes[digest] = judge(digest, fetch) }
            return outcomes
        }
    }

    private func judge(_ digest: String, _ fetch: (String) throws -> [UInt8]?) -> RescanOutcome {
        do {
            guard let content = try fetch(digest) else { return .gone }
            switch clamd.scan(content, deadline: .now + deadline) {
            case .clean: return .judged([:])
            case .found(let findings):
                return .judged(Dictionary(findings.map { ($0.name, $0.verdict) }) { max($0, $1) })
            case .limited(let limit), .failed(let limit): return .failed(limit)
            }
        } catch { return .failed("\(error)") }
    }
}
