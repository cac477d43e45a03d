// SPDX-License-Identifier: Apache-2.0

import Bytes

/// A delimiter line of an open multipart (RFC 2046, section 5.1.1).
struct Delimiter: Hashable {
    /// The multipart's place on the parser's stack.
    let frame: Int
    /// Whether it is the last one: the boundary with two hyphens behind it.
    let isClose: Bool
    /// The line, with its line end.
    let line: Range<Int>
}

/// The boundaries of the multiparts that are open, innermost last.
///
/// Looked up by hash, so that a line costs its own length however many multiparts are open. Of two open multiparts with
/// the same boundary the inner one takes the line.
///
/// QUIRK: RFC 2046 lets a line match that merely begins with the boundary; here the whole line must be the boundary
/// (and white space), so that an inner boundary which begins with the outer one does not end the outer part.
struct OpenBoundaries {
    private struct Opened {
        let boundary: ArraySlice<UInt8>
        /// The frame that had this boundary before.
        let shadowed: Int?
    }

    private var stack: [Opened] = []
    private var frames: [ArraySlice<UInt8>: Int] = [:]
    /// No boundary ever opened is longer.
    private var longest = 0

    mutating func open(_ boundary: [UInt8], frame: Int) {
        stack.append(Opened(boundary: boundary[...], shadowed: frames.updateValue(frame, forKey: boundary[...])))
        longest = max(longest, boundary.count)
    }

    mutating func closeInnermost() {
        guard let closed = stack.popLast() else { return }
        frames[closed.boundary] = closed.shadowed
    }

    /// The delimiter whose line starts at `start`, where two hyphens stand.
    func delimiter(in bytes: [UInt8], at start: Int) -> Delimiter? {
        guard !stack.isEmpty else { return nil }
        let lineFeed = bytes.span.lineFeed(from: start, to: bytes.count)
        var end = lineFeed
        while end > start &+ 2, bytes[end &- 1].isLineSpace { end &-= 1 }
        let line = start..<min(lineFeed &+ 1, bytes.count)
        let text = start &+ 2..<end
        guard text.count <= longest &+ 2 else { return nil }
        if let frame = frames[bytes[text]] { return Delimiter(frame: frame, isClose: false, line: line) }
        guard text.count >= 2, bytes[text].suffix(2).allSatisfy({ $0 == UInt8(ascii: "-") }),
            let frame = frames[bytes[text].dropLast(2)]
        else { return nil }
        return Delimiter(frame: frame, isClose: true, line: line)
    }
}

extension UInt8 {
    /// Space, tab and CR: what may stand between the end of a delimiter and its line feed.
    fileprivate var isLineSpace: Bool { self == .space || self == .tab || self == .carriageReturn }
}
