// SPDX-License-Identifier: Apache-2.0

/// Where each object that the index knows stands: in which file, and as which object of it.
///
/// Some 30 bytes for each object. Digests are told apart by their first eight bytes, and a whole digest is compared before
/// anybody relies on it: of two contents that somebody made to have the same eight, the second is simply not known here.
struct ShelfDirectory {
    struct Place: Hashable {
        /// The number of the file.
        let shard: UInt32
        let object: UInt32
        /// Counts what was adopted: what is known since after an answer was given is not in that answer.
        let since: UInt32
    }

    private var places: [UInt64: Place] = [:]

    subscript(head: UInt64) -> Place? { places[head] }

    /// False when there is one with these eight bytes already.
    mutating func add(_ head: UInt64, _ place: Place) -> Bool {
        guard places[head] == nil else { return false }
        places[head] = place
        return true
    }

    /// The object stands in another file now, as it was.
    mutating func move(_ head: UInt64, to shard: UInt32, object: UInt32) {
        guard let old = places[head] else { return }
        places[head] = Place(shard: shard, object: object, since: old.since)
    }

    mutating func remove(_ head: UInt64) { places[head] = nil }

    /// The first eight bytes of a SHA-256.
    static func head(of digest: [UInt8]) -> UInt64 { digest.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) } }
}
