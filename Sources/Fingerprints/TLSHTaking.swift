// SPDX-License-Identifier: Apache-2.0

/// A TLSH value in the making: content comes piece by piece.
///
/// Every byte and the four before it make six triples, each hashed (Pearson) into one of 256 buckets, of which the first
/// 128 count. The first step of each hash depends on the byte and the triple's salt alone: it is looked up for all six
/// together. Each triple counts in a table of its own, because six counters in one would wait for one another's stores.
package struct TLSHTaking {
    private static let triples = 6

    private var counters = [UInt32](repeating: 0, count: triples * 256)
    private var window = Window()
    private var size = 0

    package init() {}

    /// Takes the next bytes of the content.
    package mutating func update(_ bytes: Span<UInt8>) {
        var window = window
        let start = min(bytes.count, max(0, 4 - size))
        for place in 0..<start { window.move(to: bytes[place]) }
        unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe counters.withUnsafeMutableBufferPointer { counters in
                guard let counters = counters.baseAddress else { return }
                let (pearson, first) = unsafe (PearsonTables.pearson, PearsonTables.firstSteps)
                for place in start..<bytes.count { unsafe window.count(bytes[place], counters, pearson, first) }
            }
        }
        self.window = window
        size += bytes.count
    }

    /// The value of all that `update` took; nil when it is too short or too uniform to have one.
    package func value() -> TLSH? {
        guard size >= TLSH.minimalSize else { return nil }
        let buckets = (0..<128).map { bucket in
            (0..<Self.triples).reduce(0 as UInt64) { $0 + UInt64(counters[$1 * 256 + bucket]) }
        }
        let sorted = buckets.sorted()
        let (q1, q2, q3) = (sorted[31], sorted[63], sorted[95])
        // More than half of the buckets must hold something.
        guard q3 > 0, buckets.count(where: { $0 > 0 }) > 64 else { return nil }
        let code = stride(from: 124, through: 0, by: -4).map { start in
            (0..<4).reduce(0 as UInt8) { byte, place in
                let count = buckets[start + place]
                let quarter: UInt8 = count > q3 ? 3 : count > q2 ? 2 : count > q1 ? 1 : 0
                return byte | quarter << UInt8(2 * place)
            }
        }
        return TLSH(
            checksum: window.checksum, length: LengthSteps.step(of: size), q1: UInt8(q1 * 100 / q3 % 16),
            q2: UInt8(q2 * 100 / q3 % 16), code: code)
    }
}

/// What the next byte's triples are made with.
private struct Window {
    var checksum: UInt8 = 0
    /// The last four bytes, the latest lowest.
    private var bytes: UInt32 = 0

    mutating func move(to byte: UInt8) { bytes = bytes << 8 | UInt32(byte) }

    /// Counts the six triples of a byte.
    ///
    /// Every index is a byte, and every table has a place for each.
    @inline(__always)
    mutating func count(
        _ byte: UInt8, _ counters: UnsafeMutablePointer<UInt32>, _ pearson: UnsafePointer<UInt8>,
        _ firstSteps: UnsafePointer<UInt64>
    ) {
        let (b1, b2) = (UInt8(truncatingIfNeeded: bytes), UInt8(truncatingIfNeeded: bytes >> 8))
        let (b3, b4) = (UInt8(truncatingIfNeeded: bytes >> 16), UInt8(truncatingIfNeeded: bytes >> 24))
        let first = unsafe firstSteps[Int(byte)]
        @inline(__always) func add(_ triple: Int, _ second: UInt8, _ third: UInt8) {
            let step = unsafe pearson[Int(UInt8(truncatingIfNeeded: first >> UInt64(8 * triple)) ^ second)]
            let bucket = unsafe pearson[Int(step ^ third)]
            unsafe counters[triple * 256 + Int(bucket)] &+= 1
        }
        add(0, b1, b2)
        add(1, b1, b3)
        add(2, b2, b3)
        add(3, b2, b4)
        add(4, b1, b4)
        add(5, b3, b4)
        let step = unsafe pearson[Int(UInt8(truncatingIfNeeded: first >> 48) ^ b1)]
        checksum = unsafe pearson[Int(step ^ checksum)]
        move(to: byte)
    }
}

/// The hash's tables, in memory that is never freed: a bounds check for each of twenty look-ups a byte doubles the time.
private enum PearsonTables {
    /// Pearson's permutation as TLSH has it.
    static let permutation: [UInt8] = [
        1, 87, 49, 12, 176, 178, 102, 166, 121, 193, 6, 84, 249, 230, 44, 163, 14, 197, 213, 181, 161, 85, 218, 80, 64,
        239, 24, 226, 236, 142, 38, 200, 110, 177, 104, 103, 141, 253, 255, 50, 77, 101, 81, 18, 45, 96, 31, 222, 25,
        107, 190, 70, 86, 237, 240, 34, 72, 242, 20, 214, 244, 227, 149, 235, 97, 234, 57, 22, 60, 250, 82, 175, 208, 5,
        127, 199, 111, 62, 135, 248, 174, 169, 211, 58, 66, 154, 106, 195, 245, 171, 17, 187, 182, 179, 0, 243, 132, 56,
        148, 75, 128, 133, 158, 100, 130, 126, 91, 13, 153, 246, 216, 219, 119, 68, 223, 78, 83, 88, 201, 99, 122, 11,
        92, 32, 136, 114, 52, 10, 138, 30, 48, 183, 156, 35, 61, 26, 143, 74, 251, 94, 129, 162, 63, 152, 170, 7, 115,
        167, 241, 206, 3, 150, 55, 59, 151, 220, 90, 53, 23, 131, 125, 173, 15, 238, 79, 95, 89, 16, 105, 137, 225, 224,
        217, 160, 37, 123, 118, 73, 2, 157, 46, 116, 9, 145, 134, 228, 207, 212, 202, 215, 69, 229, 27, 188, 67, 124,
        168, 252, 42, 4, 29, 108, 21, 247, 19, 205, 39, 203, 233, 40, 186, 147, 198, 192, 155, 33, 164, 191, 98, 204,
        165, 180, 117, 76, 140, 36, 210, 172, 41, 54, 159, 8, 185, 232, 113, 196, 231, 47, 146, 120, 51, 65, 28, 144,
        254, 221, 93, 189, 194, 139, 112, 43, 71, 109, 184, 209,
    ]
    /// The salt of each triple, and of the checksum at the end.
    private static let salts: [UInt8] = [2, 3, 5, 7, 11, 13, 0]

    /// Made once, never freed and never written to afterwards, so any thread may read them; pointers, so that a step of the
    /// loop over the bytes needs no check of its index, which is a byte.
    nonisolated(unsafe) static let pearson: UnsafePointer<UInt8> = unsafe kept(permutation)
    /// For a byte: the first step for each salt, the first lowest.
    nonisolated(unsafe) static let firstSteps: UnsafePointer<UInt64> = unsafe kept(
        (0..<256).map { byte in
            salts.enumerated().reduce(0 as UInt64) { all, salt in
                let step = permutation[Int(permutation[Int(salt.element)] ^ UInt8(byte))]
                return all | UInt64(step) << UInt64(8 * salt.offset)
            }
        })

    private static func kept<Element>(_ table: [Element]) -> UnsafePointer<Element> {
        let memory = UnsafeMutableBufferPointer<Element>.allocate(capacity: table.count)
        _ = unsafe memory.initialize(from: table)
        guard let start = memory.baseAddress else { preconditionFailure("no memory for a table") }
        return unsafe UnsafePointer(start)
    }
}

/// The steps of the size's logarithm: the largest size of each (by 1.5, from 657 bytes by 1.3, from 3,200 by 1.1; as a
/// table, because that is what the others' rounding came to).
private enum LengthSteps {
    static func step(of size: Int) -> UInt8 {
        let step = tops.firstIndex { size <= $0 } ?? tops.count
        return UInt8(truncatingIfNeeded: step)
    }

    private static let tops = [
        1, 2, 3, 5, 7, 11, 17, 25, 38, 57, 86, 129, 194, 291, 437, 656, 854, 1_110, 1_443, 1_876, 2_439, 3_171, 3_475,
        3_823, 4_205, 4_626, 5_088, 5_597, 6_157, 6_772, 7_450, 8_195, 9_014, 9_916, 10_907, 11_998, 13_198, 14_518,
        15_970, 17_567, 19_323, 21_256, 23_382, 25_720, 28_292, 31_121, 34_233, 37_656, 41_422, 45_564, 50_121, 55_133,
        60_646, 66_711, 73_382, 80_721, 88_793, 97_672, 107_439, 118_183, 130_002, 143_002, 157_302, 173_032, 190_335,
        209_369, 230_306, 253_337, 278_670, 306_538, 337_191, 370_911, 408_002, 448_802, 493_682, 543_050, 597_356,
        657_091, 722_800, 795_081, 874_589, 962_048, 1_058_252, 1_164_078, 1_280_486, 1_408_534, 1_549_388, 1_704_327,
        1_874_759, 2_062_236, 2_268_459, 2_495_305, 2_744_836, 3_019_320, 3_321_252, 3_653_374, 4_018_711, 4_420_582,
        4_862_641, 5_348_905, 5_883_796, 6_472_176, 7_119_394, 7_831_333, 8_614_467, 9_475_909, 10_423_501, 11_465_851,
        12_612_437, 13_873_681, 15_261_050, 16_787_154, 18_465_870, 20_312_458, 22_343_706, 24_578_077, 27_035_886,
        29_739_474, 32_713_425, 35_984_770, 39_583_245, 43_541_573, 47_895_730, 52_685_306, 57_953_837, 63_749_221,
        70_124_148, 77_136_564, 84_850_228, 93_335_252, 102_668_779, 112_935_659, 124_229_227, 136_652_151,
        150_317_384, 165_349_128, 181_884_040, 200_072_456, 220_079_703, 242_087_671, 266_296_456, 292_926_096,
        322_218_735, 354_440_623, 389_884_688, 428_873_168, 471_760_495, 518_936_559, 570_830_240, 627_913_311,
        690_704_607, 759_775_136, 835_752_671, 919_327_967, 1_011_260_767, 1_112_386_880, 1_223_623_232, 1_345_985_727,
        1_480_584_256, 1_628_642_751, 1_791_507_135, 1_970_657_856, 2_167_723_648, 2_384_496_256, 2_622_945_920,
        2_885_240_448, 3_173_764_736, 3_491_141_248, 3_840_255_616, 4_224_281_216,
    ]
}
