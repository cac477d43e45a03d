// SPDX-License-Identifier: Apache-2.0

// ObjectIndex: which stored objects can contain a literal, without reading any of them.
//
// A new rule concerns a handful of a whole history's objects. The index names them: every object is cut into segments
// of at most 64 KB, and each segment has a filter over its four-byte pieces (grams, ASCII letters made small, so that a
// question needs no variants for case): one bit for each gram, at the place that the gram's hash names. A literal can
// stand in a segment only if the bits of all its grams are set. A filter has eight bits for each different gram, but at
// most 2.3 for each byte: text gets a sparse one, compressed data one in which every third bit is set, and the whole is
// less than 0.3 of the data whatever the data is. A literal of ten bytes (seven grams) so meets one segment of
// compressed data in 1,300 by chance, one of twenty bytes none.
//
// Filters stand on their side. All segments with a filter of the same size (sizes are a ladder with steps of 8 %) are the
// columns of one matrix, whose rows are the bits: a question reads one short row for each gram and matrix instead of one
// byte in every filter, so that it touches a few hundred pages of a cold file, not all of them. Everything is found by
// and-ing rows; literals are combined for whole objects, so a rule's two texts need not stand in one segment.
//
//     header (16 words): magic, version, day, objects, columns, matrices, bytes behind the header, zeros
//                        (5), SHA-256 of all behind the header (4)
//     objects: SHA-256 (4 words), size (1), first 16 bytes (2)
//     matrices: rows, columns, first column, byte offset in the rows' part (4 words each)
//     columns: number of the object (32 bits each), to a whole word
//     rows: matrix by matrix, row by row, each padded to a whole byte
//
// A file is written once, renamed into place, and never changed; it holds objects of one day, so that retention drops
// whole files. Two files are merged by putting their matrices of one size side by side (`ObjectShardMerge`), without a
// look at any object. Opening checks that the parts fit the file; `verify` reads everything and compares the checksum.
//
// Roads not taken. Posting lists (ursadb: 1.26 of the data with its four kinds of grams, 14 MB/s to build). Sampled
// grams (sparse or minimizer n-grams): the same size for the same share of false candidates, since both are bounded by
// the bits an object gets, but a literal shorter than the window cannot be asked for. Two bits a gram: at 2.3 bits a byte
// the best number is 1.6, which gains 6 %, and doubles the rows read. Filters as they are, one behind the other: reads
// a page of every object for each question. A trie or suffix array: five times the data.

package import RuleText

/// One file of the index: objects of one day.
package final class ObjectShard: Sendable {
    /// An object that the index knows.
    package struct Object: Hashable, Sendable {
        /// SHA-256 of its bytes.
        package let digest: [UInt8]
        package let size: Int
    }

    let file: MappedFile
    let layout: ShardLayout

    /// The day that it was written for, as the builder was told.
    package var day: Int { layout.day }
    /// How many objects it knows.
    package var count: Int { layout.objectCount }
    /// Bytes of the file.
    package var fileSize: Int { file.count }

    /// Maps the file; one that cannot be such a file is an error.
    package init(path: String) throws(ObjectIndexError) {
        file = try MappedFile(path: path)
        layout = try file.withBytes { bytes throws(ObjectIndexError) in try ShardLayout(bytes, path) }
    }

    /// Reads everything, and compares it with the checksum.
    package func verify() throws(ObjectIndexError) {
        try file.withBytes { bytes throws(ObjectIndexError) in
            guard ShardLayout.checksum(of: bytes.extracting(ShardLayout.headerSize..<bytes.count)) == layout.checksum
            else { throw ObjectIndexError(.damaged, file.path, "the checksum differs") }
        }
    }

    /// The objects that can meet the requirement, in the order in which they were added.
    ///
    /// Every object that meets it is among them.
    package func candidates(for requirement: Requirement) -> [Object] {
        file.withBytes { bytes in
            let query = ShardQuery(layout: layout)
            return query.objects(meeting: requirement, in: bytes).members.map { layout.object($0, in: bytes) }
        }
    }

    /// Whether the object of that number has that digest.
    func isObject(_ number: Int, _ digest: [UInt8]) -> Bool {
        guard number < count else { return false }
        return file.withBytes { bytes in
            let place = layout.objectsOffset + number * ShardLayout.objectSize
            return digest.count == 32 && (0..<32).allSatisfy { bytes[place + $0] == digest[$0] }
        }
    }

    /// Every object, in the order in which they were added.
    package var objects: [Object] {
        file.withBytes { bytes in (0..<count).map { layout.object($0, in: bytes) } }
    }
}

/// Why a file of the index cannot be used or written.
package struct ObjectIndexError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
        case missing
        case unreadable
        /// Not what was written.
        case damaged
        case unwritable
        /// More than the format holds.
        case tooMany
    }

    package let code: Code
    package let path: String
    package let reason: String

    init(_ code: Code, _ path: String, _ reason: String) {
        self.code = code
        self.path = path
        self.reason = reason
    }

    package var description: String { "\(path): \(reason)" }
}
