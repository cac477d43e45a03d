// SPDX-License-Identifier: Apache-2.0

import Playbooks
import Verdicts

/// A file that resembles a malicious one.
package struct NeighbourRow: Codable, Hashable, Sendable {
    package let sha256: String
    /// By TLSH: 0 is nearly the same, up to 30 is near.
    package let distance: Int64
    /// A name that it came with.
    package let name: String?
    /// In bytes.
    package let size: Int64
    package let type: String?
}

/// An object with a likeness.
package struct TLSHRow: Hashable, Sendable {
    /// Counts them from 1, as they came.
    package let number: Int64
    package let sha256: String
    /// As it is published.
    package let tlsh: String
}

/// Which files resemble malicious ones, and who has to be asked about that.
package enum NeighbourStore {
    private static let counter = "tlsh"
    private static let arrivals = "neighbour_arrivals"
    private static let changes = "neighbour_changes"

    /// The number of an object that has a TLSH for the first time; nil for any other.
    static func number(for object: KeptObject, in transaction: any SQLTransaction) throws(StoreError) -> Int64? {
        guard object.tlsh != nil else { return nil }
        let known = try transaction.query(
            "SELECT 1 FROM objects WHERE sha256 = $1 AND tlsh_number IS NOT NULL", [.text(object.sha256)])
        return known.isEmpty ? try Counter.next(counter, in: transaction) : nil
    }

    /// Objects with a likeness, above `after`, by number.
    package static func objects(
        after: Int64, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [TLSHRow] {
        try transaction.query(
            """
            SELECT tlsh_number, sha256, tlsh FROM objects WHERE tlsh_number > $1 ORDER BY tlsh_number LIMIT $2
            """, [.integer(after), .integer(limit)]
        ).map { (row) throws(StoreError) in
            TLSHRow(number: try row.integer(0), sha256: try row.text(1), tlsh: try row.text(2))
        }
    }

    /// The digest of the object of that number.
    package static func sha256(of number: Int64, in transaction: any SQLTransaction) throws(StoreError) -> String? {
        try transaction.query("SELECT sha256 FROM objects WHERE tlsh_number = $1", [.integer(number)]).first?.text(0)
    }

    /// Numbers asked for in one statement.
    package static let numbersAtOnce = 50

    /// Which of the objects of these numbers somebody calls malicious; most are near to nothing that is.
    ///
    /// Asks for `numbersAtOnce` of them at most.
    package static func accused(
        among numbers: [Int64], in transaction: any SQLTransaction
    ) throws(StoreError) -> Set<Int64> {
        guard let first = numbers.first else { return [] }
        let asked = Array(numbers.prefix(numbersAtOnce))
        let filled = asked + Array(repeating: first, count: numbersAtOnce - asked.count)
        let list = (1...numbersAtOnce).map { "$\($0)" }.joined(separator: ", ")
        let rows = try transaction.query(
            """
            SELECT tlsh_number FROM objects o WHERE tlsh_number IN (\(list)) AND EXISTS (
                SELECT 1 FROM indicators i WHERE i.pattern IN (o.sha256, o.sha1, o.md5) AND i.kind = 'file'
                    AND i.verdict = 'malicious' AND i.removed_at IS NULL)
            """, filled.map { .integer($0) })
        return Set(try rows.map { (row) throws(StoreError) in try row.integer(0) })
    }

    /// Whether the file is malicious: somebody of the site says so, or somebody else does and nobody vouches for it.
    package static func isMalicious(
        _ sha256: String, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Bool {
        let said = try said(sha256, at: at, in: transaction)
        let isVouchedFor = said.contains { $0.verdict == .clean }
        return said.contains { $0.verdict == .malicious && ($0.isPersonal || !isVouchedFor) }
    }

    /// Whether anybody says anything about the file: then nobody has to be told what it resembles.
    package static func isJudged(
        _ sha256: String, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Bool {
        try !said(sha256, at: at, in: transaction).isEmpty
    }

    private static func said(
        _ sha256: String, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> [Indicator] {
        try IndicatorStore.live(try FileNames.names(of: sha256, in: transaction), at: at, in: transaction)
            .filter { $0.kind == .file && $0.verdict != .unknown }
    }

    /// The files that resemble the malicious one, the nearest first.
    package static func neighbours(
        of sha256: String, limit: Int, in transaction: any SQLTransaction
    ) throws(StoreError) -> [NeighbourRow] {
        let rows = try transaction.query(
            """
            SELECT neighbour, distance, size, type FROM neighbours JOIN objects ON objects.sha256 = neighbour
            WHERE file = $1 ORDER BY distance, neighbour LIMIT $2
            """, [.text(sha256), .integer(limit)])
        return try rows.map { (row) throws(StoreError) in
            let neighbour = try row.text(0)
            return NeighbourRow(
                sha256: neighbour, distance: try row.integer(1),
                name: try MessageStore.fileName(neighbour, in: transaction), size: try row.integer(2),
                type: try row.optionalText(3))
        }
    }
}

// MARK: - What is to be done

extension NeighbourStore {
    /// What came, or was said, since somebody last looked.
    package struct Waiting: Sendable {
        /// The SHA-256 of files that an indicator calls malicious now.
        package var condemned: [String] = []
        /// New objects with a likeness.
        package var arrived: [TLSHRow] = []
        fileprivate var change: Int64?

        /// Whether there is nothing to look at.
        package var isEmpty: Bool { change == nil && arrived.isEmpty }
    }

    /// Changes of indicators that are looked at together: a feed brings a million of them, about files that never came here.
    private static let changesAtOnce = 2_000

    /// The next ones, up to `limit` of each kind.
    package static func waiting(limit: Int, in transaction: any SQLTransaction) throws(StoreError) -> Waiting {
        var waiting = Waiting()
        let list = try IndicatorChanges.list(
            after: try Counter.last(changes, in: transaction), limit: changesAtOnce, in: transaction)
        waiting.change = list.last?.number
        let accusing = list.filter {
            $0.isInForce && $0.indicator.kind == .file && $0.indicator.verdict == .malicious
        }
        let known = try FileNames.known(accusing.map(\.indicator.pattern), in: transaction)
        for change in accusing where known.contains(change.indicator.pattern) {
            guard waiting.condemned.count < limit else { break }
            waiting.condemned += try FileNames.files(named: change.indicator.pattern, in: transaction)
            // What is behind the limit is looked at next.
            if waiting.condemned.count >= limit { waiting.change = change.number }
        }
        waiting.arrived = try objects(
            after: try Counter.last(arrivals, in: transaction), limit: limit, in: transaction)
        return waiting
    }

    /// They were looked at; together with what came of them.
    package static func done(_ waiting: Waiting, in transaction: any SQLTransaction) throws(StoreError) {
        if let change = waiting.change { try move(changes, to: change, in: transaction) }
        if let last = waiting.arrived.last { try move(arrivals, to: last.number, in: transaction) }
    }

    private static func move(_ name: String, to value: Int64, in transaction: any SQLTransaction) throws(StoreError) {
        let before = try Counter.last(name, in: transaction)
        if value > before { _ = try Counter.take(Int(value - before), name, in: transaction) }
    }

    /// Keeps that these resemble the malicious file; raises an alert when one of them resembled none before.
    ///
    /// One alert for a whole crowd of variants: that they resemble each other too is no news.
    package static func note(
        _ neighbours: [(sha256: String, distance: Int)], of file: String, at: Int64, in transaction: any SQLTransaction
    ) throws(StoreError) -> Bool {
        var new: [(sha256: String, distance: Int)] = []
        for neighbour in neighbours {
            let before = try transaction.query(
                "SELECT 1 FROM neighbours WHERE neighbour = $1 LIMIT 1", [.text(neighbour.sha256)])
            try transaction.execute(
                """
                INSERT INTO neighbours (file, neighbour, distance, at) VALUES ($1, $2, $3, $4)
                ON CONFLICT (file, neighbour) DO NOTHING
                """, [.text(file), .text(neighbour.sha256), .integer(neighbour.distance), .integer(at)])
            if before.isEmpty { new.append(neighbour) }
        }
        guard let nearest = new.first else { return false }
        let name = try MessageStore.fileName(file, in: transaction) ?? file
        let other = try MessageStore.fileName(nearest.sha256, in: transaction) ?? nearest.sha256
        let verb = new.count == 1 ? "1 file resembles" : "\(new.count) files resemble"
        let alert = NewAlert(
            kind: .fileNeighbour, severity: .medium, subject: Subject(kind: .similar, value: file),
            title: "\(verb) \(name), which is malicious (nearest: \(other), distance \(nearest.distance))",
            reference: try MessageStore.first(carryingFile: nearest.sha256, in: transaction)?.reference,
            cause: "similar \(file)/\(nearest.sha256)")
        return try AlertStore.raise(alert, at: at, in: transaction) != nil
    }
}
