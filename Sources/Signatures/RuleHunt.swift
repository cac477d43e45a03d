// SPDX-License-Identifier: Apache-2.0

import Dispatch
package import ObjectIndex
package import RuleText
import Synchronization

/// Some rules, looked for in stored objects: the index names candidates, libyara decides over their bytes.
///
/// Rules that the index can help with and rules that it cannot are two hunts (`lanes`), so that the few slow ones
/// do not make all objects candidates of the others.
package struct RuleHunt: Sendable {
    /// The rules that are looked for, and no others.
    package let rules: Set<RuleName>
    /// What an object must have to be a candidate.
    package let requirement: Requirement
    private let set: RuleSet

    /// What came of one batch of candidates.
    package struct Report: Sendable {
        /// Objects for which rules hold.
        package var hits: [Hit] = []
        /// Objects that were not decided, and why.
        package var undecided: [Undecided] = []
        /// Candidates whose bytes are no longer kept.
        package var gone: [[UInt8]] = []
        /// How many bytes libyara read.
        package var scannedBytes = 0
    }

    /// An object and the rules that hold for it.
    package struct Hit: Hashable, Sendable {
        package let digest: [UInt8]
        package let matches: [RuleMatch]
    }

    /// An object that has to be looked at again, or by a person.
    package struct Undecided: Hashable, Sendable {
        package let digest: [UInt8]
        package let reason: String
    }

    /// The named rules of the catalogue as two hunts; nil where there is nothing for one.
    package static func lanes(
        for entries: [RuleCatalogue.Entry], of catalogue: RuleCatalogue
    ) throws(RuleSetError) -> (indexed: RuleHunt?, slow: RuleHunt?) {
        let fast = entries.filter { $0.slowReason == nil }
        let slow = entries.filter { $0.slowReason != nil }
        return (
            fast.isEmpty ? nil : try RuleHunt(for: fast, of: catalogue),
            slow.isEmpty ? nil : try RuleHunt(for: slow, of: catalogue)
        )
    }

    /// The named rules of the catalogue as one hunt, for objects that are asked for all of them anyway.
    package init(all entries: [RuleCatalogue.Entry], of catalogue: RuleCatalogue) throws(RuleSetError) {
        try self.init(for: entries, of: catalogue)
    }

    private init(for entries: [RuleCatalogue.Entry], of catalogue: RuleCatalogue) throws(RuleSetError) {
        rules = Set(entries.map(\.name))
        requirement = .any(of: entries.map(\.requirement))
        set = try RuleSet(catalogue.sources(ofOnly: rules))
    }

    /// The objects of one file of the index that may be hits.
    package func candidates(in shard: ObjectShard) -> [ObjectShard.Object] {
        shard.candidates(for: requirement)
    }

    /// What all files of the index say about the objects they know.
    package func answer(of shelf: ObjectShelf) -> ShelfAnswer { shelf.answer(to: requirement) }

    /// Scans the candidates, on so many threads of its own; returns when all are decided.
    ///
    /// `fetch` gives the unpacked bytes of an object, nil when they are no longer kept; it is called from several
    /// threads at once. `deadline`: for one object.
    package func verify(
        _ digests: [[UInt8]], workers: Int = 2, deadline: Duration = .seconds(30),
        fetch: @Sendable ([UInt8]) throws -> [UInt8]?
    ) throws(RuleSetError) -> Report {
        // Made here, so that a failure is the caller's and not a worker's.
        var scanners: [RuleScanner] = []
        for _ in 0..<max(1, min(workers, digests.count)) { scanners.append(try RuleScanner(set)) }
        let next = Atomic(0)
        let report = Mutex(Report())
        let lent = Lent(scanners: scanners)
        DispatchQueue.concurrentPerform(iterations: scanners.count) { worker in
            var own = Report()
            while case let number = next.add(1, ordering: .relaxed).oldValue, number < digests.count {
                decide(digests[number], by: lent.scanners[worker], deadline, fetch, &own)
            }
            report.withLock { $0.add(own) }
        }
        return report.withLock { $0 }
    }

    private func decide(
        _ digest: [UInt8], by scanner: RuleScanner, _ deadline: Duration, _ fetch: ([UInt8]) throws -> [UInt8]?,
        _ report: inout Report
    ) {
        do {
            guard let bytes = try fetch(digest) else {
                report.gone.append(digest)
                return
            }
            let scan = scanner.scan(bytes.span, deadline: deadline)
            report.scannedBytes += bytes.count
            let matches = scan.matches.filter { rules.contains($0.rule) }
            if !matches.isEmpty { report.hits.append(Hit(digest: digest, matches: matches)) }
            if let problem = scan.problem { report.undecided.append(.init(digest: digest, reason: "\(problem)")) }
        } catch {
            report.undecided.append(.init(digest: digest, reason: "\(error)"))
        }
    }
}

extension RuleHunt.Report {
    fileprivate mutating func add(_ other: Self) {
        hits += other.hits
        undecided += other.undecided
        gone += other.gone
        scannedBytes += other.scannedBytes
    }
}

/// One scanner for each worker: worker n uses the n-th and no other, for as long as `verify` runs.
private struct Lent: @unchecked Sendable {
    let scanners: [RuleScanner]
}
