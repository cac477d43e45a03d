// SPDX-License-Identifier: Apache-2.0

/// Why the journal did not take or give a record.
package enum JournalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A record is one line; this one would have been two.
    case lineFeed(offset: Int)
    case emptyRecord
    case recordTooLarge(size: Int, limit: Int)
    /// The disk does not keep up, or does not answer: try again later.
    case full(waiting: Int, limit: Int)
    case closed
    /// Another process writes this journal.
    case locked(directory: String)
    /// This is not the journal that was read up to there: removed and begun anew, or from a backup.
    case endsBefore(JournalPosition, end: JournalPosition, directory: String)
    case system(SystemError)

    package var description: String {
        switch self {
        case .lineFeed(let offset): "record has a line feed at byte \(offset)"
        case .emptyRecord: "record is empty"
        case .recordTooLarge(let size, let limit): "record has \(size) bytes, the limit is \(limit)"
        case .full(let waiting, let limit): "\(waiting) bytes wait for the disk already, the limit is \(limit)"
        case .closed: "journal is closed"
        case .locked(let directory): "another process writes the journal in \(directory)"
        case .endsBefore(let position, let end, let directory):
            "the journal in \(directory) ends at \(end) but was read up to \(position) before: it is another one"
        case .system(let error): error.description
        }
    }
}

/// A system call that failed.
package struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The call's name: `fdatasync`.
    package let call: String
    package let path: String
    /// The value of errno.
    package let code: Int32

    package init(call: String, path: String, code: Int32) {
        self.call = call
        self.path = path
        self.code = code
    }

    package var description: String { "\(call) \(path): \(errorText(code))" }
}

/// What the writer found when it opened the journal.
package struct JournalRecovery: Hashable, Sendable {
    /// The end of a write that was never confirmed; nil when the journal ended cleanly.
    package var tornTail: TornTail?
    /// Confirmed lines that no longer have a good checksum; left in place, readers skip them.
    package var damage: [JournalDamage] = []

    /// Stops a scan over garbage from filling the log; the rest is counted by the readers.
    static let damageLimit = 100
}

/// Bytes cut from the end of the last segment.
package struct TornTail: Hashable, Sendable, CustomStringConvertible {
    /// The segment's path.
    package let path: String
    /// Where the cut was made; the segment's length now.
    package let offset: Int
    /// How many bytes were cut.
    package let size: Int
    /// The file that keeps the cut bytes.
    package let savedAs: String

    package var description: String { "\(size) bytes cut from \(path) at byte \(offset), kept in \(savedAs)" }
}

/// A stretch of the journal that cannot be read.
package enum JournalDamage: Hashable, Sendable, CustomStringConvertible {
    /// Lines without a good checksum.
    case badLines(segment: Int, offset: Int, size: Int)
    /// Segments that somebody else removed.
    case missingSegments(ClosedRange<Int>)
    /// The segment is shorter than what was read from it before.
    case shortened(segment: Int, size: Int, expected: Int)

    package var description: String {
        switch self {
        case .badLines(let segment, let offset, let size):
            "\(size) bytes without a good checksum in segment \(segment) at byte \(offset)"
        case .missingSegments(let numbers):
            numbers.count == 1
                ? "segment \(numbers.lowerBound) is missing"
                : "segments \(numbers.lowerBound) to \(numbers.upperBound) are missing"
        case .shortened(let segment, let size, let expected):
            "segment \(segment) has \(size) bytes, at least \(expected) were expected"
        }
    }
}
