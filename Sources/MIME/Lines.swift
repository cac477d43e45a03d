// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Line work over the message. A line ends with LF; a CR before it belongs to the line end.
extension Span<UInt8> {
    /// Where the line feed at or after `start` stands, or `end`.
    func lineFeed(from start: Int, to end: Int) -> Int {
        var index = start
        while index < end, self[index] != .lineFeed { index &+= 1 }
        return index
    }

    /// Where the next line that starts with two hyphens begins, looking only at line starts after `start`.
    ///
    /// Looks at every third byte where it can: a byte that is neither hyphen nor line feed cannot be within LF hyphen
    /// hyphen.
    func nextDashLine(after start: Int, to end: Int) -> Int? {
        let hyphen = UInt8(ascii: "-")
        var index = start &+ 2
        while index < end {
            switch self[index] {
            case hyphen:
                if self[index &- 1] == hyphen, self[index &- 2] == .lineFeed { return index &- 1 }
                index &+= 1
            case .lineFeed: index &+= 2
            default: index &+= 3
            }
        }
        return nil
    }

    /// Whether a CR without LF after it stands there.
    func hasBareCR(in range: Range<Int>) -> Bool {
        for index in range where self[index] == .carriageReturn {
            if index &+ 1 >= range.upperBound || self[index &+ 1] != .lineFeed { return true }
        }
        return false
    }

    /// Whether a CR without LF stands before two hyphens: a delimiter line for clients that end lines at CR.
    func hasDashesAfterBareCR(from start: Int, to end: Int) -> Bool {
        let hyphen = UInt8(ascii: "-")
        var index = start &+ 1
        while index &+ 1 < end {
            // As in `nextDashLine`: a byte that is neither hyphen nor CR cannot be within CR hyphen hyphen.
            switch self[index &+ 1] {
            case hyphen:
                if self[index] == hyphen, self[index &- 1] == .carriageReturn { return true }
                index &+= 1
            case .carriageReturn: index &+= 2
            default: index &+= 3
            }
        }
        return false
    }

    /// Whether two hyphens stand at `index`.
    func hasDashes(at index: Int, to end: Int) -> Bool {
        index &+ 1 < end && self[index] == UInt8(ascii: "-") && self[index &+ 1] == UInt8(ascii: "-")
    }

    /// Whether that word, given in lower case, stands there in any case.
    func hasWord(at index: Int, _ word: [UInt8]) -> Bool {
        guard index &+ word.count <= count else { return false }
        for place in word.indices where self[index &+ place].lowercased != word[place] { return false }
        return true
    }

    /// The end of the text whose line feed stands at `lineFeed`: without the CR.
    func textEnd(from start: Int, lineFeed: Int) -> Int {
        lineFeed > start && self[lineFeed &- 1] == .carriageReturn ? lineFeed &- 1 : lineFeed
    }
}
