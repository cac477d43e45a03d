// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Letting files go, and making few of many.
extension ObjectShelf {
    /// Files of about one size that a day may have before they become one: each object is so written anew some five times
    /// in all, and a day has some fifteen files at most.
    private static let filesOfASize = 4
    /// Beyond that a file is merged with no other: a merge would take long, and save nothing.
    private static let largestMerged = 256 << 20

    /// What was tidied.
    package struct Tidied: Hashable, Sendable {
        /// Files that went, because nothing of them is kept.
        package var dropped = 0
        /// Files that were written, without what is not kept.
        package var written = 0
    }

    /// Lets go what nobody keeps, writes anew what is mostly gone, merges what is small; for one caller at a time.
    package func tidy() throws(ObjectIndexError) -> Tidied {
        var tidied = Tidied()
        let empty = state.withLock { $0.files.filter { $0.value.forgotten.count == $0.value.shard.count }.map(\.key) }
        for number in empty where try drop(number) { tidied.dropped += 1 }
        // Each round makes fewer files, or cleaner ones.
        while let group = state.withLock({ Self.cleanable(in: $0) ?? Self.mergeable(in: $0) }) {
            try rewrite(group)
            tidied.written += 1
        }
        return tidied
    }

    /// A file that has to be written anew by itself.
    private static func cleanable(in state: State) -> [UInt32]? {
        state.files.first { _, file in
            !file.forgotten.isEmpty && (file.isToBeCleaned || file.forgotten.count * 2 > file.shard.count)
        }.map { [$0.key] }
    }

    /// Files of one day that are to become one: the newest ones of about one size.
    private static func mergeable(in state: State) -> [UInt32]? {
        for (_, files) in Dictionary(grouping: state.files, by: \.value.shard.day) {
            var group: [UInt32] = []
            var size = 0
            for (number, file) in files.sorted(by: { $0.key > $1.key }) {
                let more = file.shard.fileSize
                guard size == 0 || more <= size * filesOfASize, size + more <= largestMerged else { break }
                group.append(number)
                size += more
            }
            if group.count >= filesOfASize { return group.reversed() }
        }
        return nil
    }

    /// False when something of it is kept again.
    private func drop(_ number: UInt32) throws(ObjectIndexError) -> Bool {
        let name: String? = state.withLock { state in
            guard let file = state.files[number], file.forgotten.count == file.shard.count else { return nil }
            state.remove(number)
            return file.name
        }
        guard let name else { return false }
        try folder.remove(name)
        return true
    }

    /// Writes one file of these, without what is forgotten now; what is forgotten meanwhile is forgotten in it.
    private func rewrite(_ group: [UInt32]) throws(ObjectIndexError) {
        let files = state.withLock { state in group.compactMap { state.files[$0] } }
        guard let first = files.first else { return }
        var left: Set<[UInt8]> = []
        for file in files {
            let objects = file.shard.objects
            for number in file.forgotten { left.insert(objects[number].digest) }
        }
        // What is forgotten in one file because another one of the group has it must not be lost with both.
        let standing = state.withLock { state in
            left.filter { digest in
                guard let place = state.place(of: digest), group.contains(place.shard) else { return false }
                return state.files[place.shard]?.forgotten.contains(Int(place.object)) == false
            }
        }
        left.subtract(standing)
        var written: Set<[UInt8]> = []
        let (number, name) = nextFile(day: first.shard.day)
        try ObjectShardMerge.write(files.map(\.shard), day: first.shard.day, to: folder.path(of: name)) {
            !left.contains($0) && written.insert($0).inserted
        }
        let shard = try ObjectShard(path: folder.path(of: name))
        state.withLock { $0.replace(group, by: shard, number: number, name: name) }
        for file in files { try folder.remove(file.name) }
    }
}

extension ObjectShelf.State {
    /// Takes a file off, and every object that stood in it.
    mutating func remove(_ number: UInt32) {
        guard let file = files.removeValue(forKey: number) else { return }
        for object in file.shard.objects {
            let head = ShelfDirectory.head(of: object.digest)
            if directory[head]?.shard == number { directory.remove(head) }
        }
    }

    /// Puts a file in place of those it was made of; its objects are known for as long as they were.
    fileprivate mutating func replace(_ old: [UInt32], by shard: ObjectShard, number: UInt32, name: String) {
        let before = Set(old)
        var standing = ObjectShelf.Standing(shard: shard, name: name)
        for (object, digest) in shard.objects.map(\.digest).enumerated() {
            let head = ShelfDirectory.head(of: digest)
            guard let place = place(of: digest), before.contains(place.shard) else {
                standing.forgotten.insert(object)
                continue
            }
            if let file = files[place.shard], file.forgotten.contains(Int(place.object)) {
                standing.forgotten.insert(object)
                standing.isToBeCleaned = standing.isToBeCleaned || file.isToBeCleaned
            }
            directory.move(head, to: number, object: UInt32(object))
        }
        for file in old { remove(file) }
        files[number] = standing
    }
}
