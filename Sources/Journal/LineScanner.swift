// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Walks over a stretch of one segment line by line, with bounded memory, and says which lines can be trusted.
struct LineScanner {
    /// One line, or whatever stands in its place.
    struct Line {
        let range: Range<Int>
        /// Nil when the checksum is bad, the line is too long, or its LF is missing.
        let json: [UInt8]?
    }

    /// What one read asks for: large enough to be few, small enough not to matter.
    private static let chunkSize = 256 * 1_024

    private let file: OpenFile
    private let end: Int
    /// Longest line that is kept in memory; a longer one is bad.
    private let lineLimit: Int
    private var buffer: [UInt8] = []
    /// Where in the file the buffer begins.
    private var bufferStart: Int
    /// Where in the buffer the next line begins.
    private var next = 0

    init(_ file: OpenFile, range: Range<Int>, recordLimit: Int) {
        self.file = file
        end = range.upperBound
        lineLimit = recordLimit + JournalLine.overhead
        bufferStart = range.lowerBound
    }

    /// The next line; nil at the end of the stretch.
    mutating func line() throws(SystemError) -> Line? {
        let start = bufferStart + next
        var searched = next
        var isTooLong = false
        while true {
            if let lineFeed = buffer[searched...].firstIndex(of: .lineFeed) {
                let json = isTooLong ? nil : JournalLine.json(of: buffer[next..<lineFeed])
                next = lineFeed + 1
                return Line(range: start..<bufferStart + next, json: json)
            }
            if buffer.count - next > lineLimit {
                isTooLong = true
                next = buffer.count
            }
            guard try fill() else {
                next = buffer.count
                return start < end ? Line(range: start..<end, json: nil) : nil
            }
            searched = buffer.count - filled
        }
    }

    /// How many bytes the last `fill` brought.
    private var filled = 0

    /// Forgets what was given out and reads on; false at the end.
    private mutating func fill() throws(SystemError) -> Bool {
        buffer.removeFirst(next)
        bufferStart += next
        next = 0
        let offset = bufferStart + buffer.count
        let bytes = offset < end ? try file.read(at: offset, count: min(Self.chunkSize, end - offset)) : []
        buffer.append(contentsOf: bytes)
        filled = bytes.count
        return filled > 0
    }
}
