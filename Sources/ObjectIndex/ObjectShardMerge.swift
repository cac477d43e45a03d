// SPDX-License-Identifier: Apache-2.0

/// Makes one file of several, or of one without some of its objects: no object is read.
package enum ObjectShardMerge {
    /// Writes the objects of all files that are to be kept; in the order of the files, then of their objects.
    ///
    /// `keeping` tells by the digest: false for what was erased, or is in a later file too.
    package static func write(
        _ shards: [ObjectShard], day: Int, to path: String, keeping: ([UInt8]) -> Bool = { _ in true }
    ) throws(ObjectIndexError) {
        var objects: [UInt64] = []
        var sources: [Int: [Source]] = [:]
        for shard in shards {
            let numbers = append(shard, to: &objects, keeping)
            for matrix in shard.layout.matrices {
                let source = Source(shard: shard, matrix: matrix, numbers: numbers)
                if !source.columns.isEmpty { sources[matrix.rows, default: []].append(source) }
            }
        }
        guard objects.count * 8 / ShardLayout.objectSize < ShardLayout.objectLimit else {
            throw ObjectIndexError(.tooMany, path, "\(objects.count * 8 / ShardLayout.objectSize) objects")
        }
        let matrices = sources.sorted { $0.key < $1.key }
        let tables = ShardTables(
            day: day, objects: objects, matrices: matrices.map { ($0.key, $0.value.flatMap(\.owners)) })
        var writer = try ShardWriter(path: path)
        try writer.append(tables.words)
        for (rows, sources) in matrices {
            for row in 0..<rows {
                var bits = RowBits()
                for source in sources { source.append(row, to: &bits) }
                try writer.append(bits.bytes)
            }
        }
        try writer.finish(header: tables.header)
    }

    /// Takes over the shard's table of objects; each one's new number, nil for what is left out.
    private static func append(
        _ shard: ObjectShard, to objects: inout [UInt64], _ keeping: ([UInt8]) -> Bool
    ) -> [UInt32?] {
        shard.file.withBytes { bytes in
            (0..<shard.count).map { number in
                guard keeping(shard.layout.object(number, in: bytes).digest) else { return nil }
                let place = shard.layout.objectsOffset + number * ShardLayout.objectSize
                for word in 0..<ShardLayout.objectSize / 8 { objects.append(bytes.word(at: place + word * 8)) }
                return UInt32(truncatingIfNeeded: objects.count * 8 / ShardLayout.objectSize - 1)
            }
        }
    }
}

/// One matrix of an old file, and which of its columns go on.
private struct Source {
    let shard: ObjectShard
    let matrix: ShardLayout.Matrix
    let columns: [Int]
    /// For each of them, the new number of its object.
    let owners: [UInt32]

    init(shard: ObjectShard, matrix: ShardLayout.Matrix, numbers: [UInt32?]) {
        self.shard = shard
        self.matrix = matrix
        let kept: [(Int, UInt32)] = shard.file.withBytes { bytes in
            (0..<matrix.columns).compactMap { column in
                let owner = shard.layout.object(ofColumn: matrix.firstColumn + column, in: bytes)
                return numbers[owner].map { (column, $0) }
            }
        }
        columns = kept.map(\.0)
        owners = kept.map(\.1)
    }

    func append(_ row: Int, to bits: inout RowBits) {
        shard.file.withBytes { bytes in
            let start = shard.layout.rowsOffset + matrix.offset + row * matrix.stride
            guard columns.count < matrix.columns else {
                for place in 0..<matrix.stride {
                    bits.append(bytes[start + place], count: min(8, matrix.columns - place * 8))
                }
                return
            }
            for column in columns { bits.append(bytes[start + column / 8] >> UInt8(column % 8) & 1, count: 1) }
        }
    }
}

/// Bits, put one behind the other.
private struct RowBits {
    private(set) var bytes: [UInt8] = []
    private var count = 0

    /// Adds the lowest bits of the byte.
    mutating func append(_ byte: UInt8, count more: Int) {
        let mask = (UInt16(1) << UInt16(more)) - 1
        let pair = (UInt16(byte) & mask) << UInt16(count % 8)
        if count % 8 == 0 { bytes.append(0) }
        bytes[bytes.count - 1] |= UInt8(truncatingIfNeeded: pair)
        if count % 8 + more > 8 { bytes.append(UInt8(pair >> 8)) }
        count += more
    }
}
