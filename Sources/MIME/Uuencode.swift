// SPDX-License-Identifier: Apache-2.0

import Bytes

/// uuencode, as a transfer encoding (`x-uuencode`) in mail from before MIME; read leniently, never written.
enum Uuencode {
    /// What stands between `begin` and `end`; lines before, after and without are read as far as they go.
    static func decode(_ message: [UInt8], in content: Range<Int>) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(content.count / 4 * 3)
        let span = message.span
        var index = content.lowerBound
        while index < content.upperBound {
            let lineFeed = span.lineFeed(from: index, to: content.upperBound)
            let line = message[index..<span.textEnd(from: index, lineFeed: lineFeed)]
            index = lineFeed + 1
            if line.starts(with: ("begin " as StaticString).bytes) { continue }
            if line.elementsEqual(("end" as StaticString).bytes) { break }
            append(line, to: &out)
        }
        return out
    }

    /// The first character says how many bytes the line holds, then four characters make three.
    private static func append(_ line: ArraySlice<UInt8>, to out: inout [UInt8]) {
        guard let first = line.first else { return }
        var left = Int((first &- 0x20) & 0x3F)
        var index = line.startIndex + 1
        while left > 0, index < line.endIndex {
            var bits: UInt32 = 0
            for place in 0..<4 {
                let byte = index + place < line.endIndex ? line[index + place] : 0x20
                bits = bits << 6 | UInt32((byte &- 0x20) & 0x3F)
            }
            for shift in [UInt32(16), 8, 0].prefix(left) { out.append(UInt8(truncatingIfNeeded: bits >> shift)) }
            left -= 3
            index += 4
        }
    }
}
