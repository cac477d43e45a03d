// SPDX-License-Identifier: Apache-2.0

import Foundation
package import Verdicts

/// An engine that judges objects, and the signatures of it that are in force.
package struct EngineRow: Codable, Hashable, Sendable {
    /// `yara`, `clamd`.
    package let name: String
    /// What the engine calls its signatures.
    package let version: String
    /// Counts the versions of this engine from 1: the stamp of what was scanned with it.
    package let number: Int64
    /// Digests of the parts that the signatures consist of, where they have parts.
    package let parts: [String: String]
    /// Since when; milliseconds since 1970, UTC.
    package let at: Int64

    package init(name: String, version: String, number: Int64, parts: [String: String], at: Int64) {
        self.name = name
        self.version = version
        self.number = number
        self.parts = parts
        self.at = at
    }
}

/// One rescan: what is judged again, and how far it got.
package struct RescanRow: Codable, Hashable, Sendable {
    package enum State: String, Codable, Hashable, Sendable {
        case running
        case done
        case cancelled
    }

    /// How its objects are chosen.
    package enum Lane: String, Codable, Hashable, Sendable {
        /// The index names candidates; goes before all others, for it takes seconds.
        case indexed
        /// Its rules can hold for any object, within bounds of size and first bytes at best.
        case slow
    }

    package let number: Int64
    package let engine: String
    /// Nil where every object is asked.
    package let lane: Lane?
    /// The stamp that its objects get.
    package let signatures: Int64
    /// The parts of the signatures that are asked; empty: all.
    package let parts: [String]
    package let reason: String
    package let state: State
    package let createdAt: Int64
    package let finishedAt: Int64?
    /// Objects that there were to judge when it began.
    package let total: Int64
    package let done: Int64
    /// Of those that are done or in hand, the ones that could be hits, as far as the index knows.
    package let candidates: Int64
    /// Candidates whose bytes were looked at.
    package let read: Int64
    /// Verdicts given, and taken back.
    package let hits: Int64
    package let withdrawn: Int64
    /// Objects that could not be judged, and why the last one could not.
    package let failed: Int64
    package let problem: String?

    static let columns = """
        number, engine, signatures, parts, reason, state, created_at, finished_at, total, done, hits, withdrawn, failed,
            problem, lane, candidates, objects_read
        """

    init(_ row: SQLRow) throws(StoreError) {
        number = try row.integer(0)
        engine = try row.text(1)
        signatures = try row.integer(2)
        parts = try row.text(3).split(separator: "\n").map(String.init)
        reason = try row.text(4)
        guard let state = State(rawValue: try row.text(5)) else {
            throw StoreError(.row, "rescan \(number) has an unknown state")
        }
        self.state = state
        createdAt = try row.integer(6)
        finishedAt = try row.optionalInteger(7)
        total = try row.integer(8)
        done = try row.integer(9)
        hits = try row.integer(10)
        withdrawn = try row.integer(11)
        failed = try row.integer(12)
        problem = try row.optionalText(13)
        lane = try row.optionalText(14).flatMap(Lane.init)
        candidates = try row.integer(15)
        read = try row.integer(16)
    }
}

/// Which objects of a rescan are worth judging.
package enum RescanFilter: Sendable {
    case all
    /// Gives those of some digests that can be hits.
    case candidates(@Sendable ([String]) -> Set<String>)
    /// Not known yet: nothing is taken.
    case unknown
}

/// What a worker took, and what it went past.
package struct RescanClaim: Sendable {
    package var work: [RescanWork] = []
    /// Objects that cannot be hits, and are done.
    package var passed: Int64 = 0
}

/// One object that a worker has in hand.
package struct RescanWork: Hashable, Sendable {
    /// 0: it is new, and belongs to no rescan.
    package let rescan: Int64
    package let engine: String
    package let sha256: String
    /// Whose it is until the lease ends: another number means that somebody else took it over.
    package let lease: Int64
    /// The parts of the signatures that are asked; empty: all.
    package let parts: [String]
}

/// What came of one object.
package enum RescanOutcome: Hashable, Sendable {
    /// The names of rules or signatures, each with its verdict; none: nothing is known against it.
    case judged([String: Verdict])
    /// Its bytes are gone meanwhile.
    case gone
    case failed(String)
}
