// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Verdicts

struct HashTests {
    /// From the reference implementation: key 00 01 … 0f, input 00 01 … of the given length, output bytes as a number.
    @Test(
        arguments: [
            (8, 0x93f5_f579_9a93_2462), (9, 0x9e00_82df_0ba9_e4b0), (15, 0xa129_ca61_49be_45e5),
            (16, 0x3f2a_cc7f_57c2_9bdb),
        ] as [(Int, UInt64)])
    func `SipHash gives the codes of its authors`(length: Int, code: UInt64) {
        let key = SipHash.Key(low: 0x0706_0504_0302_0100, high: 0x0f0e_0d0c_0b0a_0908)
        let rest = (8..<length).map { UInt8($0) }
        #expect(SipHash.code(of: rest.span, after: 0x0706_0504_0302_0100, key: key) == code)
    }

    @Test func `beginnings of a text have the codes they would have alone`() {
        let key = SipHash.Key(low: 1, high: 2)
        let text = (0..<70).map { UInt8($0 * 3) }
        var beginnings = SipHash.Beginnings(after: 2, key: key)
        for length in [1, 1, 4, 7, 8, 9, 30, 64, 70] {
            let alone = SipHash.code(of: text.span.extracting(0..<length), after: 2, key: key)
            #expect(beginnings.code(of: text.span, upTo: length) == alone, "\(length)")
        }
    }

    /// From an independent implementation of XXH64 over the words 0, 1, 2 … of the given count.
    @Test(
        arguments: [
            (0, 0xef46_db37_51d8_e999), (1, 0x34c9_6acd_cadb_1bbb), (3, 0xd469_5755_13b9_8fda),
            (4, 0xd5fe_80bd_05f8_7c8e), (7, 0xbe6c_1e7d_17d1_be23), (9, 0xb73f_7062_7f94_2bee),
        ] as [(Int, UInt64)])
    func `the checksum is XXH64`(count: Int, code: UInt64) {
        let words = (0..<count).map { UInt64($0) } + [99]
        #expect(WordChecksum.code(of: words.span, count: count) == code)
    }
}
