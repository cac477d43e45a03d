// SPDX-License-Identifier: Apache-2.0

import Bytes
import ObjectIndex
package import Store

/// Looks for what resembles malicious files, and raises alerts; nobody's mail is moved because of a likeness.
///
/// Two occasions: a file turns malicious, by an indicator or a rescan, and all objects are searched; or an object comes, and
/// those near it that are malicious are named. TLSH digests of all objects are in memory, some 45 bytes each, read from
/// the store when they are first needed and then by their numbers; what the neighbours are is written down
/// (`NeighbourStore`), so that an investigation shows what the alert was about.
package actor NeighbourSearch {
    /// Variants of one file are mostly as near as that, and unrelated files next to never.
    private static let nearness = 30
    /// Neighbours that are asked about for one file, the nearest ones; and those that are written down.
    private static let askedLimit = 1_000
    private static let notedLimit = 100
    /// Indicators or objects of one transaction.
    private static let workAtOnce = 50
    private static let pageSize = 10_000

    private let database: any Database
    private let tailLimit: Int
    private let now: @Sendable () -> Int64
    private var sorted = SimilarObjects([])
    private var tail: [(digest: SimilarityDigest, number: Int64)] = []
    private var last: Int64 = 0

    /// `tailLimit`: digests that may stand outside of the sorted ones; `now` gives milliseconds since 1970, UTC.
    package init(database: any Database, tailLimit: Int = 2_000, now: @escaping @Sendable () -> Int64) {
        self.database = database
        self.tailLimit = tailLimit
        self.now = now
    }

    /// Does what waits; answers how many alerts that raised.
    package func run() async throws -> Int {
        var alerts = 0
        while !Task.isCancelled {
            let waiting = try await database.read { try NeighbourStore.waiting(limit: Self.workAtOnce, in: $0) }
            guard !waiting.isEmpty else { break }
            if !waiting.condemned.isEmpty || !waiting.arrived.isEmpty { try await refresh() }
            let near = try await near(waiting)
            let at = now()
            alerts += try await database.write { transaction in
                var raised = 0
                for (file, neighbours) in near {
                    raised += try NeighbourStore.note(neighbours, of: file, at: at, in: transaction) ? 1 : 0
                }
                try NeighbourStore.done(waiting, in: transaction)
                return raised
            }
        }
        return alerts
    }

    // MARK: Digests in memory

    /// Reads what came since the last time, all of it the first time.
    private func refresh() async throws {
        if tail.count > max(tailLimit, sorted.count / 8) { (sorted, tail, last) = (SimilarObjects([]), [], 0) }
        let isFirst = last == 0
        while true {
            let after = last
            let page = try await database.read {
                try NeighbourStore.objects(after: after, limit: Self.pageSize, in: $0)
            }
            for row in page {
                if let digest = SimilarityDigest(text: row.tlsh.utf8) { tail.append((digest, row.number)) }
            }
            guard let end = page.last else { break }
            last = end.number
        }
        if isFirst { (sorted, tail) = (SimilarObjects(tail), []) }
    }

    /// The nearest first; none of what is no TLSH.
    ///
    /// Digests go as text through everything that waits: their vectors of 32 bytes, aligned to as many, do not survive in the
    /// frame of an async function (Swift 6.3.1).
    private func neighbours(of tlsh: String, limit: Int) -> [SimilarObjects.Neighbour] {
        guard let digest = SimilarityDigest(text: tlsh.utf8) else { return [] }
        var found = sorted.neighbours(of: digest, within: Self.nearness)
        for (other, number) in tail {
            let distance = digest.distance(to: other)
            if distance <= Self.nearness { found.append(.init(number: number, distance: distance)) }
        }
        return Array(found.sorted { ($0.distance, $0.number) < ($1.distance, $1.number) }.prefix(limit))
    }

    // MARK: Searching

    private typealias Near = (file: String, neighbours: [(sha256: String, distance: Int)])

    /// For each malicious file what has to be written down.
    private func near(_ waiting: NeighbourStore.Waiting) async throws -> [Near] {
        var found: [Near] = []
        let at = now()
        for sha256 in waiting.condemned {
            let tlsh = try await database.read { transaction -> String? in
                guard try NeighbourStore.isMalicious(sha256, at: at, in: transaction) else { return nil }
                return try ObjectStore.row(sha256, in: transaction)?.tlsh
            }
            if let tlsh { found.append(try await unjudged(near: tlsh, of: sha256, at: at)) }
        }
        for row in waiting.arrived {
            if let near = try await condemned(near: row, at: at) { found.append(near) }
        }
        return found
    }

    /// What resembles a malicious file, and nobody says anything about.
    private func unjudged(near tlsh: String, of file: String, at: Int64) async throws -> Near {
        let candidates = neighbours(of: tlsh, limit: Self.askedLimit)
        return try await database.read { transaction in
            var kept: [(sha256: String, distance: Int)] = []
            for candidate in candidates where kept.count < Self.notedLimit {
                guard let sha256 = try NeighbourStore.sha256(of: candidate.number, in: transaction), sha256 != file,
                    try !NeighbourStore.isJudged(sha256, at: at, in: transaction)
                else { continue }
                kept.append((sha256, candidate.distance))
            }
            return (file, kept)
        }
    }

    /// What an object that came has to do with malicious files: it is one itself, or the nearest one of them.
    private func condemned(near row: TLSHRow, at: Int64) async throws -> Near? {
        let isMalicious = try await database.read {
            try NeighbourStore.isMalicious(row.sha256, at: at, in: $0)
        }
        if isMalicious { return try await unjudged(near: row.tlsh, of: row.sha256, at: at) }
        let candidates = neighbours(of: row.tlsh, limit: NeighbourStore.numbersAtOnce)
        return try await database.read { transaction -> Near? in
            guard try !NeighbourStore.isJudged(row.sha256, at: at, in: transaction) else { return nil }
            let accused = try NeighbourStore.accused(among: candidates.map(\.number), in: transaction)
            for candidate in candidates where accused.contains(candidate.number) {
                guard let sha256 = try NeighbourStore.sha256(of: candidate.number, in: transaction),
                    try NeighbourStore.isMalicious(sha256, at: at, in: transaction)
                else { continue }
                return (sha256, [(row.sha256, candidate.distance)])
            }
            return nil
        }
    }
}
