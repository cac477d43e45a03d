// SPDX-License-Identifier: Apache-2.0

import Bytes

/// The rich text of a message as Outlook packs it (MS-OXRTFCP): LZ77 over a ring of 4 KiB that begins as RTF does.
enum CompressedRTF {
    /// What a body in this form is called until it is unpacked; not registered anywhere.
    static let mediaType = "application/x-compressed-rtf"

    private static let headSize = 16
    private static let ringSize = 4_096
    private static let start = Array(
        """
        {\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor \
        MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \
        \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx
        """.utf8)

    /// The text; nil when the bytes are none of this form, or it would be longer than `limit` bytes.
    static func text(_ bytes: [UInt8], limit: Int) -> [UInt8]? {
        guard bytes.count >= headSize else { return nil }
        switch Array(bytes[8..<12]) {
        case Array("MELA".utf8): return Array(bytes[headSize...])
        case Array("LZFu".utf8): return expanded(bytes, limit)
        default: return nil
        }
    }

    private static func expanded(_ bytes: [UInt8], _ limit: Int) -> [UInt8]? {
        var ring = start + [UInt8](repeating: 0, count: ringSize - start.count)
        var write = start.count
        var text: [UInt8] = []
        var place = headSize
        func put(_ byte: UInt8) {
            text.append(byte)
            ring[write] = byte
            write = (write + 1) & (ringSize - 1)
        }
        while place < bytes.count {
            guard text.count <= limit else { return nil }
            let flags = bytes[place]
            place += 1
            for bit in 0..<8 where place < bytes.count {
                guard flags >> UInt8(bit) & 1 == 1 else {
                    put(bytes[place])
                    place += 1
                    continue
                }
                guard place + 1 < bytes.count else { return text }
                let token = Int(bytes[place]) << 8 | Int(bytes[place + 1])
                place += 2
                let from = token >> 4
                if from == write { return text }  // the mark of the end
                for step in 0..<(token & 15) + 2 { put(ring[(from + step) & (ringSize - 1)]) }
            }
        }
        return text
    }
}
