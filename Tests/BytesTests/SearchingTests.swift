// SPDX-License-Identifier: Apache-2.0

import Bytes
import Testing

struct SearchingTests {
    private static let sizes = [0, 1, 7, 8, 15, 16, 17, 31, 32, 33, 48, 70]

    @Test(arguments: sizes) func `a byte is found wherever it stands, and nowhere beyond the end`(size: Int) {
        for place in 0..<size {
            var bytes = [UInt8](repeating: 0x61, count: size)
            bytes[place] = 0x3C
            for start in 0...size {
                for end in start...size {
                    let expected = bytes[start..<end].firstIndex(of: 0x3C) ?? end
                    #expect(bytes.span.index(of: 0x3C, from: start, to: end) == expected)
                }
            }
        }
    }

    @Test(arguments: sizes) func `of three bytes the first counts`(size: Int) {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 37) }
        for wanted in [(0, 37, 74), (74, 37, 0), (200, 201, 111)] as [(UInt8, UInt8, UInt8)] {
            for start in 0...size {
                let expected = bytes[start...].firstIndex { [wanted.0, wanted.1, wanted.2].contains($0) } ?? size
                #expect(
                    bytes.span.index(of: wanted.0, or: wanted.1, or: wanted.2, from: start, to: size) == expected)
            }
        }
    }

    @Test(arguments: sizes) func `a byte over 0x7F is found`(size: Int) {
        for place in 0..<size {
            var bytes = [UInt8](repeating: 0x7F, count: size)
            #expect(bytes.isASCII)
            bytes[place] = 0x80
            #expect(bytes.span.indexOfNonASCII(from: 0, to: size) == place && !bytes.isASCII)
        }
    }

    @Test(arguments: ["ab", "b", "abab", "ababa", "x", "", "aaaaaaaaaaaaaaaaaaab"])
    func `bytes in a row are found where the standard library finds them`(wanted: String) {
        let text = Array("aaaaaaaaaaaaaaaaaaaabababaaaab".utf8)
        let wanted = Array(wanted.utf8)
        let expected = wanted.isEmpty ? nil : text.firstRange(of: wanted)
        #expect(text.range(of: wanted) == expected)
        #expect(text[5...].range(of: wanted) == (wanted.isEmpty ? nil : text[5...].firstRange(of: wanted)))
    }
}
