// SPDX-License-Identifier: Apache-2.0

/// The words of an index file while it is put together, entry by entry in the order of their buckets.
struct VerdictIndexWords: ~Copyable {
    private let room: VerdictIndexHeader
    private var words: [UInt64]
    private var count = 0
    /// The bucket of the last entry; the directory is complete up to it.
    private var bucket = -1

    /// Room for as many entries as the header says; fewer may come.
    init(_ header: VerdictIndexHeader) {
        room = header
        words = [UInt64](repeating: 0, count: header.withdrawn)
    }

    mutating func append(_ entry: VerdictIndexBuilder.Entry) {
        let bucket = room.bucket(of: entry.host)
        begin(bucket)
        words[room.directory + bucket] |= UInt64(VerdictIndexHeader.marks(of: entry.host)) << 32
        append(entry.hash, entry.payload)
    }

    private mutating func append(_ hash: UInt64, _ payload: UInt64) {
        words[room.hashes + count] = hash
        room.put(payload, at: count, into: &words)
        count += 1
    }

    /// Every bucket up to this one begins where we are.
    private mutating func begin(_ next: Int) {
        while bucket < next {
            bucket += 1
            words[room.directory + bucket] |= UInt64(count)
        }
    }

    /// Takes every entry of the old file but the withdrawn ones, and the new entries between them; the old marks stay.
    ///
    /// Answers false when the old directory is not one.
    mutating func merge(
        _ old: VerdictIndexHeader, _ file: Span<UInt64>, adding entries: [VerdictIndexBuilder.Entry],
        without gone: Set<UInt64>
    ) -> Bool {
        var rest = entries[...]
        for bucket in 0..<old.buckets {
            let (word, next) = (file[old.directory + bucket], file[old.directory + bucket + 1])
            var place = Int(word & 0xFFFF_FFFF)
            let end = Int(next & 0xFFFF_FFFF)
            guard place <= end, end <= old.count else { return false }
            begin(bucket)
            words[room.directory + bucket] |= word & 0xFFFF_FFFF_0000_0000
            while true {
                let added = rest.first.flatMap { old.bucket(of: $0.host) == bucket ? $0 : nil }
                if place < end {
                    let (hash, payload) = (file[old.hashes + place], old.payload(at: place, in: file))
                    let isFirst = added.map { hash != $0.hash ? hash < $0.hash : payload > $0.payload } ?? true
                    if isFirst {
                        place += 1
                        let isGone = !gone.isEmpty && gone.contains(payload & UInt64(VerdictIndexHeader.numberLimit))
                        if !isGone { append(hash, payload) }
                        continue
                    }
                }
                guard let added else { break }
                append(added)
                rest.removeFirst()
            }
        }
        return rest.isEmpty
    }

    /// The file: directory closed, what was left free cut out, both checksums in place.
    consuming func finished(withdrawn: [UInt64]) -> [UInt64] {
        begin(room.buckets)
        var header = VerdictIndexHeader(
            count: count, key: room.key, withdrawn: withdrawn.count, origin: room.origin, base: room.base,
            sequence: room.sequence, bucketBits: room.bucketBits)
        if count < room.count { words.removeSubrange(room.hashes + count..<room.payloads) }
        words.removeSubrange(header.withdrawn...)
        words += withdrawn
        let size = VerdictIndexHeader.size
        header.checksum = WordChecksum.code(of: words.span.extracting(size..<words.count), count: words.count)
        words.replaceSubrange(0..<size, with: header.words)
        return words
    }
}
