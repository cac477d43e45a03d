// SPDX-License-Identifier: Apache-2.0

import Cryptography

/// Where everything stands in a file of the index.
struct ShardLayout: Sendable {
    static let magic: UInt64 = 0x5841_424F_4752  // "RGOBAX", least significant byte first
    static let version: UInt64 = 1
    static let headerSize = 128
    /// Digest, size, first bytes.
    static let objectSize = 56
    static let matrixSize = 32
    /// Object numbers have 32 bits; a day of a large site has a thousandth of that.
    static let objectLimit = 1 << 31

    /// Filters of one size, side by side.
    struct Matrix: Hashable, Sendable {
        let rows: Int
        let columns: Int
        /// Its first column's place among all.
        let firstColumn: Int
        /// In bytes, from the start of the rows' part.
        let offset: Int

        /// Bytes of a row.
        var stride: Int { (columns + 7) / 8 }
        var size: Int { rows * stride }
    }

    let day: Int
    let objectCount: Int
    let columnCount: Int
    let matrices: [Matrix]
    let checksum: [UInt8]

    var objectsOffset: Int { Self.headerSize }
    var matricesOffset: Int { objectsOffset + objectCount * Self.objectSize }
    var columnsOffset: Int { matricesOffset + matrices.count * Self.matrixSize }
    var rowsOffset: Int { columnsOffset + (columnCount + 1) / 2 * 8 }
    var fileSize: Int { rowsOffset + (matrices.last.map { $0.offset + $0.size } ?? 0) }

    /// Reads the header and the list of matrices; all that is reached later lies inside the file.
    init(_ bytes: Span<UInt8>, _ path: String) throws(ObjectIndexError) {
        func damaged(_ reason: String) -> ObjectIndexError { ObjectIndexError(.damaged, path, reason) }
        guard bytes.count >= Self.headerSize, bytes.word(at: 0) == Self.magic else {
            throw damaged("is no file of the object index")
        }
        guard bytes.word(at: 8) == Self.version else { throw damaged("has format \(bytes.word(at: 8))") }
        guard bytes.word(at: 48) == UInt64(bytes.count - Self.headerSize) else {
            throw damaged("is cut short or longer")
        }
        let counts = [24, 32, 40].map { bytes.word(at: $0) }
        guard counts.allSatisfy({ $0 <= UInt64(Self.objectLimit) }) else { throw damaged("has counts that cannot be") }
        day = Int(truncatingIfNeeded: bytes.word(at: 16))
        objectCount = Int(counts[0])
        columnCount = Int(counts[1])
        let first = Self.headerSize + objectCount * Self.objectSize
        guard first + Int(counts[2]) * Self.matrixSize <= bytes.count else {
            throw damaged("has no room for its tables")
        }
        matrices = (0..<Int(counts[2])).map { number in
            let place = first + number * Self.matrixSize
            let words = (0..<4).map { Int(truncatingIfNeeded: bytes.word(at: place + $0 * 8)) }
            return Matrix(rows: words[0], columns: words[1], firstColumn: words[2], offset: words[3])
        }
        checksum = (96..<128).map { bytes[$0] }
        var (column, offset) = (0, 0)
        for matrix in matrices {
            guard matrix.firstColumn == column, matrix.offset == offset, 1...SegmentFilter.mostRows ~= matrix.rows,
                0...columnCount ~= matrix.columns
            else { throw damaged("has a matrix that cannot be") }
            column += matrix.columns
            offset += matrix.size
        }
        guard column == columnCount, fileSize == bytes.count else { throw damaged("has parts that do not fit") }
    }

    func object(_ number: Int, in bytes: Span<UInt8>) -> ObjectShard.Object {
        let place = objectsOffset + number * Self.objectSize
        return ObjectShard.Object(
            digest: (place..<place + 32).map { bytes[$0] }, size: Int(truncatingIfNeeded: bytes.word(at: place + 32)))
    }

    /// The first bytes of an object, zeros where it has fewer.
    func headPlace(of number: Int) -> Int { objectsOffset + number * Self.objectSize + 40 }
    func sizePlace(of number: Int) -> Int { objectsOffset + number * Self.objectSize + 32 }

    /// Which object a column belongs to.
    func object(ofColumn column: Int, in bytes: Span<UInt8>) -> Int {
        let place = columnsOffset + column * 4
        let number = (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << ($1 * 8) }
        return min(number, max(0, objectCount - 1))
    }

    static func checksum(of bytes: Span<UInt8>) -> [UInt8] {
        var hash = SHA256()
        hash.update(bytes)
        return hash.digest()
    }
}

extension Span<UInt8> {
    /// The 64-bit word there, its least significant byte first.
    func word(at place: Int) -> UInt64 {
        var word: UInt64 = 0
        for number in 0..<8 { word |= UInt64(self[place + number]) << UInt64(number * 8) }
        return word
    }
}
