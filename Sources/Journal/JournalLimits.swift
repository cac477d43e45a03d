// SPDX-License-Identifier: Apache-2.0

/// How large things in a journal may grow.
package struct JournalLimits: Hashable, Sendable {
    /// Bytes after which a new segment begins: what a restart has to scan, and what is removed at a time.
    package var segmentSize = 64 * 1_024 * 1_024
    /// Age after which the next append begins a new segment, so that old records can be removed by the day.
    package var segmentAge: Duration = .seconds(24 * 60 * 60)
    /// Bytes of one record: stops one message from filling a reader's memory.
    package var recordSize = 16 * 1_024 * 1_024
    /// Bytes waiting for the disk: stops a slow disk from filling the writer's memory.
    package var pendingSize = 64 * 1_024 * 1_024
    /// From a `write` to the sync that covers it: what a power failure can take of records that were only written.
    package var syncDelay: Duration = .milliseconds(50)

    package init() {}

    package init(segmentSize: Int, segmentAge: Duration) {
        self.segmentSize = segmentSize
        self.segmentAge = segmentAge
    }
}

/// A place in the journal: between two records, or before the first.
package struct JournalPosition: Codable, Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The segment's number, from 1.
    package var segment: Int
    /// In bytes from the segment's begin.
    package var offset: Int

    package init(segment: Int, offset: Int) {
        self.segment = segment
        self.offset = offset
    }

    /// Before everything.
    package static let start = JournalPosition(segment: 0, offset: 0)

    package static func < (left: JournalPosition, right: JournalPosition) -> Bool {
        (left.segment, left.offset) < (right.segment, right.offset)
    }

    package var description: String { "\(segment):\(offset)" }
}
