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
/// too; when it changed, clamd is told to read it anew.
package final class ClamdEngine: RescanEngine {
    /// While it reads its signatures, it may not answer for that long.
    private static let versionTime = Duration.seconds(120)
    private static let reloadTime = Duration.seconds(10)

    package let name = "clamd"
    private let clamd: Clamd
    private let folder: URL?
    private let deadline: Duration
    private let seen = Mutex<String?>(nil)

    /// `folder`: the site's own signatures; `deadline`: for one object.
    package init(socket: String, folder: URL? = nil, deadline: Duration = .seconds(60)) {
        clamd = Clamd(path: socket)
        self.folder = folder
        self.deadline = deadline
    }

    package func signatures() async throws -> EngineSignatures {
        EngineSignatures(version: try await Blocking.run { [self] in try version() })
    }

    private func version() throws -> String {
        var own = ""
        if let folder {
            let stamps = try FolderStamps.of(folder).sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            own = " own " + Hex.encode(SHA256.digest(Array(stamps.joined(separator: "\n").utf8)).prefix(8)).text
            if seen.withLock({ $0 }) != own { try clamd.reload(deadline: .now + Self.reloadTime) }
            seen.withLock { $0 = own }
        }
        return try clamd.version(deadline: .now + Self.versionTime) + own
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
