// SPDX-License-Identifier: Apache-2.0

package import RuleText
import Synchronization

/// All files of the index in one folder, and which object stands in which.
///
/// What it does not know can be anything: objects that came a moment ago, those of a file that is missing or damaged, and
/// all of them until the files that were found were compared with their checksums (`checkNext`). Whoever asks therefore
/// takes what is not known for a candidate; nothing is missed, whatever becomes of the files.
///
/// Files are of one day. An object whose bytes are gone is forgotten: a file goes when all of its objects are (that is how
/// retention drops whole days), and is written anew without them when more than half are, or at once when somebody had one
/// erased (`ObjectShelf+Tidying.swift`).
package final class ObjectShelf: Sendable {
    struct Standing {
        let shard: ObjectShard
        let name: String
        /// Objects, by number, whose bytes are gone, or that another file has as well.
        var forgotten: Set<Int> = []
        /// Some of them must not be in the file any longer.
        var isToBeCleaned = false
    }

    struct State {
        var files: [UInt32: Standing] = [:]
        var directory = ShelfDirectory()
        /// Files that were there at the start and are not compared yet, the newest last.
        var found: [(number: UInt32, name: String)]
        var nextNumber: UInt32
        /// Counts what was adopted.
        var sequence: UInt32 = 0
    }

    let folder: ShelfFolder
    let state: Mutex<State>

    /// Opens the folder, made when there is none, whose files count when they were checked.
    package init(path: String) throws(ObjectIndexError) {
        folder = ShelfFolder(path: path)
        try folder.make()
        let found = try folder.list()
        state = Mutex(State(found: found, nextNumber: (found.last?.number ?? 0) &+ 1))
    }

    /// Removes all files of a folder that nobody keeps in step any more: what is erased must not stay in them.
    package static func discard(path: String) throws(ObjectIndexError) {
        let folder = ShelfFolder(path: path)
        guard folder.exists else { return }
        for (_, name) in try folder.list() { try folder.remove(name) }
    }

    /// Compares one of the files that were there at the start; nil when all are done.
    ///
    /// One that is damaged goes, for it can be made again of the objects; the error is for people.
    package func checkNext() -> Result<ObjectShard, ObjectIndexError>? {
        guard let (number, name) = state.withLock({ $0.found.last }) else { return nil }
        let result: Result<ObjectShard, ObjectIndexError>
        do throws(ObjectIndexError) {
            let shard = try ObjectShard(path: folder.path(of: name))
            try shard.verify()
            state.withLock { $0.adopt(shard, number: number, name: name) }
            result = .success(shard)
        } catch {
            try? folder.remove(name)
            result = .failure(error)
        }
        state.withLock { $0.found.removeAll { $0.number == number } }
        return result
    }

    /// Whether all files that were there at the start were checked.
    package var isChecked: Bool { state.withLock(\.found.isEmpty) }

    /// How many objects it knows, and bytes of its files.
    package var total: (objects: Int, size: Int) {
        state.withLock { state in
            state.files.values.reduce((0, 0)) {
                ($0.0 + $1.shard.count - $1.forgotten.count, $0.1 + $1.shard.fileSize)
            }
        }
    }

    /// Whether the object stands in a file, or cannot, because another one with the same first bytes does.
    package func isTaken(_ digest: [UInt8]) -> Bool {
        state.withLock { $0.directory[ShelfDirectory.head(of: digest)] != nil }
    }

    /// The bytes of the object are kept again, or still; answers whether it need not be added.
    func remember(_ digest: [UInt8]) -> Bool {
        state.withLock { state in
            guard let place = state.place(of: digest) else {
                return state.directory[ShelfDirectory.head(of: digest)] != nil
            }
            state.files[place.shard]?.forgotten.remove(Int(place.object))
            return true
        }
    }

    /// The bytes of these are gone; what it does not know is nothing to it.
    ///
    /// `erased`: nothing of them may stay.
    package func forget(_ digests: [[UInt8]], erased: Bool) {
        state.withLock { state in
            for digest in digests {
                guard let place = state.place(of: digest) else { continue }
                state.files[place.shard]?.forgotten.insert(Int(place.object))
                if erased { state.files[place.shard]?.isToBeCleaned = true }
            }
        }
    }

    /// The digests of a file's objects, file by file, for comparing with what is kept.
    package func digests(after number: UInt32) -> (number: UInt32, digests: [[UInt8]])? {
        let next = state.withLock { state in
            state.files.filter { $0.key > number }.min { $0.key < $1.key }.map { ($0.key, $0.value) }
        }
        guard let (number, standing) = next else { return nil }
        let objects = standing.shard.objects.enumerated().filter { !standing.forgotten.contains($0.offset) }
        return (number, objects.map(\.element.digest))
    }

    /// Writes a file of the builder's objects, which are known from then on.
    func adopt(_ builder: consuming ObjectShardBuilder) throws(ObjectIndexError) {
        let (number, name) = nextFile(day: builder.day)
        try builder.write(to: folder.path(of: name))
        let shard = try ObjectShard(path: folder.path(of: name))
        state.withLock { $0.adopt(shard, number: number, name: name) }
    }

    func nextFile(day: Int) -> (number: UInt32, name: String) {
        state.withLock { state in
            defer { state.nextNumber &+= 1 }
            return (state.nextNumber, ShelfFolder.name(day: day, number: state.nextNumber))
        }
    }
}

extension ObjectShelf.State {
    /// Where the object stands; nil when it is not known.
    func place(of digest: [UInt8]) -> ShelfDirectory.Place? {
        guard let place = directory[ShelfDirectory.head(of: digest)],
            files[place.shard]?.shard.isObject(Int(place.object), digest) == true
        else { return nil }
        return place
    }

    mutating func adopt(_ shard: ObjectShard, number: UInt32, name: String) {
        sequence &+= 1
        var standing = ObjectShelf.Standing(shard: shard, name: name)
        for (object, digest) in shard.objects.map(\.digest).enumerated() {
            let place = ShelfDirectory.Place(shard: number, object: UInt32(object), since: sequence)
            if !directory.add(ShelfDirectory.head(of: digest), place) { standing.forgotten.insert(object) }
        }
        files[number] = standing
    }
}

// MARK: - Asking

/// What the index says about one requirement, for the objects that it knew when it was asked.
package struct ShelfAnswer: Sendable {
    fileprivate let shelf: ObjectShelf
    fileprivate let asOf: UInt32
    /// First bytes of the candidates.
    fileprivate let candidates: Set<UInt64>

    /// How many objects the index named.
    package var count: Int { candidates.count }

    /// Those of the digests that can meet the requirement: named by the index, or not known to it.
    package func candidates(among digests: [[UInt8]]) -> [[UInt8]] {
        shelf.state.withLock { state in
            digests.filter { digest in
                guard let place = state.place(of: digest), place.since <= asOf else { return true }
                return candidates.contains(ShelfDirectory.head(of: digest))
            }
        }
    }
}

extension ObjectShelf {
    /// Asks every file.
    package func answer(to requirement: Requirement) -> ShelfAnswer {
        let (shards, sequence) = state.withLock { ($0.files.values.map(\.shard), $0.sequence) }
        var found: Set<UInt64> = []
        for shard in shards {
            for object in shard.candidates(for: requirement) { found.insert(ShelfDirectory.head(of: object.digest)) }
        }
        return ShelfAnswer(shelf: self, asOf: sequence, candidates: found)
    }
}
