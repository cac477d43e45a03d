// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Line work over the message. A line ends with LF; a CR before it belongs to the line end.
extension Span<UInt8> {
    /// Where the line feed at or after `start` stands, or `end`.
    func lineFeed(from start: Int, to end: Int) -> Int {
        index(of: .lineFeed, from: start, to: end)
    }

    /// Where the next line that starts with two hyphens begins, looking only at line starts after `start`.
    func nextDashLine(after start: Int, to end: Int) -> Int? {
        nextDashes(behind: .lineFeed, from: start, to: end)
    }

    /// Where two hyphens stand right behind such a byte.
    private func nextDashes(behind byte: UInt8, from start: Int, to end: Int) -> Int? {
        var place = start
        while place < end {
            place = index(of: byte, from: place, to: end) &+ 1
            if hasDashes(at: place, to: end) { return place }
        }
        return nil
    }

    /// Whether a CR without LF after it stands there.
    func hasBareCR(in range: Range<Int>) -> Bool {
        var place = range.lowerBound
        while true {
            place = index(of: .carriageReturn, from: place, to: range.upperBound) &+ 1
            guard place <= range.upperBound else { return false }
            if place == range.upperBound || self[place] != .lineFeed { return true }
        }
    }

    /// Whether a CR without LF stands before two hyphens: a delimiter line for clients that end lines at CR.
    func hasDashesAfterBareCR(from start: Int, to end: Int) -> Bool {
        nextDashes(behind: .carriageReturn, from: start, to: end) != nil
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
