// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Journal

@Suite struct CRC32CTests {
    @Test(
        arguments: [
            // RFC 3720, appendix B.4, and the usual check value.
            (Array("123456789".utf8), 0xE306_9283),
            ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
            ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
            (Array(0...31), 0x46DD_794E),
            (Array((0...31).reversed()), 0x113F_DB5C),
            ([], 0),
        ] as [([UInt8], UInt32)])
    func `the published vectors hold`(bytes: [UInt8], expected: UInt32) {
        #expect(CRC32C.checksum(bytes.span) == expected)
    }

    @Test func `eight bytes a step and one bit a step agree for every length`() {
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) }
        for count in 0...bytes.count {
            let part = Array(bytes[..<count])
            #expect(CRC32C.checksum(part.span) == bitwise(part), "length \(count)")
        }
    }

    private func bitwise(_ bytes: [UInt8]) -> UInt32 {
        var crc: UInt32 = ~0
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 1 ? 0x82F6_3B78 : 0) }
        }
        return ~crc
    }
}
