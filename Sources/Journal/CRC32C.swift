// SPDX-License-Identifier: Apache-2.0

/// CRC-32C (Castagnoli; RFC 3385, RFC 3720 appendix B.4), eight bytes a step ("slicing by 8").
///
/// It finds torn and rotten lines; it is no defence against somebody who may write the file.
package enum CRC32C {
    /// The checksum of a stretch of the bytes.
    package static func checksum(_ bytes: Span<UInt8>) -> UInt32 {
        let table = tables
        var crc: UInt32 = ~0
        var index = 0
        while bytes.count &- index >= 8 {
            let low = crc ^ word(bytes, index)
            let high = word(bytes, index &+ 4)
            crc =
                entry(table, 7, low) ^ entry(table, 6, low >> 8) ^ entry(table, 5, low >> 16)
                ^ entry(table, 4, low >> 24)
            crc ^= entry(table, 3, high) ^ entry(table, 2, high >> 8) ^ entry(table, 1, high >> 16)
            crc ^= entry(table, 0, high >> 24)
            index &+= 8
        }
        while index < bytes.count {
            crc = crc >> 8 ^ entry(table, 0, crc ^ UInt32(bytes[index]))
            index &+= 1
        }
        return ~crc
    }

    /// The reversed polynomial 0x1EDC6F41.
    private static let polynomial: UInt32 = 0x82F6_3B78

    /// Eight tables of 256 entries, one after the other.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? polynomial : 0) }
            tables[byte] = crc
        }
        for index in 256..<tables.count {
            let before = tables[index - 256]
            tables[index] = before >> 8 ^ tables[Int(before & 0xFF)]
        }
        return tables
    }()

    @inline(__always)
    private static func word(_ bytes: Span<UInt8>, _ index: Int) -> UInt32 {
        let low = UInt32(bytes[index]) | UInt32(bytes[index &+ 1]) << 8
        return low | UInt32(bytes[index &+ 2]) << 16 | UInt32(bytes[index &+ 3]) << 24
    }

    @inline(__always)
    private static func entry(_ tables: [UInt32], _ number: Int, _ value: UInt32) -> UInt32 {
        tables[number &* 256 &+ Int(value & 0xFF)]
    }
}
