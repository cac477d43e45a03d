// SPDX-License-Identifier: Apache-2.0

import Bytes
import Cryptography
import Foundation
import Store
import Synchronization
import Verdicts

/// Objects in memory, their rows in a store, and which of them were read.
final class Objects: Sendable {
    let store: TemporaryStore
    let folder = FileManager.default.temporaryDirectory.appending(path: "rescans-\(UUID().uuidString)")
    private let contents = Mutex<[String: [UInt8]]>([:])
    private let reads = Mutex<[String]>([])

    init() async throws {
        store = try await TemporaryStore()
        try FileManager.default.createDirectory(at: folder.appending(path: "rules"), withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var rules: URL { folder.appending(path: "rules") }
    var index: String { folder.appending(path: "index").path }

    static func digest(_ content: [UInt8]) -> String { Hex.encode(SHA256.digest(content)).text }

    /// Keeps the content; answers its digest.
    @discardableResult
    func keep(_ content: [UInt8], at: Int64) async throws -> String {
        let digest = Self.digest(content)
        contents.withLock { $0[digest] = content }
        try await store.write { transaction in
            let object = KeptObject(sha256: digest, size: Int64(content.count), sealedSize: 9, key: 1)
            try ObjectStore.keep(object, at: at, in: transaction)
        }
        return digest
    }

    func drop(_ digest: String, as state: ObjectRow.State) async throws {
        contents.withLock { $0[digest] = nil }
        try await store.write { try ObjectStore.drop([digest], as: state, in: $0) }
    }

    func content(_ digest: String) -> [UInt8]? {
        reads.withLock { $0.append(digest) }
        return contents.withLock { $0[digest] }
    }

    /// The digests that were read since the last time.
    func takeReads() -> [String] {
        reads.withLock { reads in
            defer { reads = [] }
            return reads
        }
    }

    func write(_ rule: String, to name: String) throws {
        try Data(rule.utf8).write(to: rules.appending(path: name))
    }

    /// The live indicators, as source and pattern.
    func said() async throws -> Set<String> {
        Set(
            try await store.read { try IndicatorStore.list(limit: 10_000, in: $0) }
                .map { "\($0.indicator.source) \($0.indicator.pattern)" })
    }
}
