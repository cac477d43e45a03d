// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Collects objects for the next file of a shelf; from any thread, one object at a time.
///
/// What is collected is in memory, and known to nobody, until `flush`: a crash costs the time of reading it again.
package final class ShardIntake: Sendable {
    private struct Pending: ~Copyable {
        var builder: ObjectShardBuilder?
        /// The builder's.
        var day: Int?
        var digests: Set<[UInt8]> = []
        /// What went before it was written; true: nothing of it may stay.
        var forgotten: [[UInt8]: Bool] = [:]
    }

    private let shelf: ObjectShelf
    /// Bytes of filters that are worth a file.
    private let worthWriting: Int
    private let pending = Mutex(Pending())

    package init(_ shelf: ObjectShelf, worthWriting: Int = ObjectShardBuilder.worthWriting / 8) {
        self.shelf = shelf
        self.worthWriting = worthWriting
    }

    /// Adds an object by its unpacked bytes; one that the shelf knows is left alone.
    ///
    /// `day`: days since 1970. Writes what was collected when it is of another day, or has grown; a failure loses it, and leaves it unknown.
    package func add(_ content: borrowing Span<UInt8>, digest: [UInt8], day: Int) throws(ObjectIndexError) {
        guard !shelf.remember(digest) else { return }
        try pending.withLock { (pending) throws(ObjectIndexError) in
            guard !pending.digests.contains(digest) else {
                pending.forgotten[digest] = nil
                return
            }
            if let standing = pending.day, standing != day { try Self.write(&pending, to: shelf) }
            var builder = pending.builder.take() ?? ObjectShardBuilder(day: day)
            builder.add(content, digest: digest)
            let isLarge = builder.filterSize >= worthWriting
            pending.builder = consume builder
            pending.day = day
            pending.digests.insert(digest)
            if isLarge { try Self.write(&pending, to: shelf) }
        }
    }

    /// The bytes of these are gone, perhaps before they were written.
    package func forget(_ digests: [[UInt8]], erased: Bool) {
        pending.withLock { pending in
            for digest in digests where pending.digests.contains(digest) { pending.forgotten[digest] = erased }
        }
        shelf.forget(digests, erased: erased)
    }

    /// Writes what was collected; nothing to write is fine.
    package func flush() throws(ObjectIndexError) {
        try pending.withLock { (pending) throws(ObjectIndexError) in try Self.write(&pending, to: shelf) }
    }

    private static func write(_ pending: inout Pending, to shelf: ObjectShelf) throws(ObjectIndexError) {
        guard let builder = pending.builder.take() else { return }
        let forgotten = pending.forgotten
        pending.digests = []
        pending.forgotten = [:]
        try shelf.adopt(builder)
        for (digest, isErased) in forgotten { shelf.forget([digest], erased: isErased) }
    }
}
