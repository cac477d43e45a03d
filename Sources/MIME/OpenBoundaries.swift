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
/// QUIRK: RFC 2046 lets a line match that merely begins with the boundary. In the first reading the whole line must be
/// the boundary (and white space), so that an inner boundary which begins with the outer one does not end the outer
/// part; clients that match the beginning ask the outermost multipart first.
struct OpenBoundaries {
    private struct Opened {
        let boundary: ArraySlice<UInt8>
        /// The frame that had this boundary before.
        let shadowed: Int?
        let prefixHash: UInt64
    }

    private let matchesPrefix: Bool
    private var stack: [Opened] = []
    private var frames: [ArraySlice<UInt8>: Int] = [:]
    /// The same by `PrefixHash`: the boundary, and the outermost frame that has it.
    private var prefixes: [UInt64: (boundary: ArraySlice<UInt8>, frame: Int)] = [:]
    /// No boundary ever opened is longer.
    private var longest = 0

    init(matchesPrefix: Bool = false) {
        self.matchesPrefix = matchesPrefix
    }

    var isEmpty: Bool { stack.isEmpty }

    /// Gives whether an open multipart has the same boundary.
    mutating func open(_ boundary: [UInt8], frame: Int) -> Bool {
        let shadowed = frames.updateValue(frame, forKey: boundary[...])
        var hash = PrefixHash()
        for byte in boundary { hash.add(byte) }
        stack.append(Opened(boundary: boundary[...], shadowed: shadowed, prefixHash: hash.value))
        if prefixes[hash.value] == nil { prefixes[hash.value] = (boundary[...], frame) }
        longest = max(longest, boundary.count)
        return shadowed != nil
    }

    mutating func closeInnermost() {
        guard let closed = stack.popLast() else { return }
        frames[closed.boundary] = closed.shadowed
        if closed.shadowed == nil { prefixes[closed.prefixHash] = nil }
    }

    /// The delimiter whose line starts at `start`, where two hyphens stand.
    func delimiter(in bytes: [UInt8], at start: Int) -> Delimiter? {
        guard !stack.isEmpty else { return nil }
        let lineFeed = bytes.span.lineFeed(from: start, to: bytes.count)
        let line = start..<min(lineFeed &+ 1, bytes.count)
        if matchesPrefix {
            guard let match = outermostPrefix(in: bytes, at: start &+ 2, to: lineFeed) else { return nil }
            let rest = bytes[(start &+ 2 &+ match.length)..<lineFeed]
            return Delimiter(frame: match.frame, isClose: rest.starts(with: ("--" as StaticString).bytes), line: line)
        }
        var end = lineFeed
        while end > start &+ 2, bytes[end &- 1].isLineSpace { end &-= 1 }
        let text = start &+ 2..<end
        guard text.count <= longest &+ 2 else { return nil }
        if let frame = frames[bytes[text]] { return Delimiter(frame: frame, isClose: false, line: line) }
        guard text.count >= 2, bytes[text].suffix(2).allSatisfy({ $0 == UInt8(ascii: "-") }),
            let frame = frames[bytes[text].dropLast(2)]
        else { return nil }
        return Delimiter(frame: frame, isClose: true, line: line)
    }

    /// Whether a client that matches the beginning would take this line for another delimiter than `delimiter` is.
    func isPrefixMatch(in bytes: [UInt8], at start: Int, unlike delimiter: Delimiter?) -> Bool {
        let end = bytes.span.lineFeed(from: start, to: min(bytes.count, start &+ longest &+ 3))
        guard let match = outermostPrefix(in: bytes, at: start &+ 2, to: end) else { return false }
        return match.frame != delimiter?.frame
    }

    /// The outermost multipart whose boundary stands at `start`.
    private func outermostPrefix(in bytes: [UInt8], at start: Int, to end: Int) -> (frame: Int, length: Int)? {
        var found: (frame: Int, length: Int)?
        var hash = PrefixHash()
        var index = start
        while index &- start <= longest {
            if let opened = prefixes[hash.value], opened.frame < found?.frame ?? Int.max,
                bytes[start..<index] == opened.boundary
            {
                found = (opened.frame, index &- start)
            }
            guard index < end else { break }
            hash.add(bytes[index])
            index &+= 1
        }
        return found
    }
}

/// A hash that grows byte by byte (FNV-1a), so that all beginnings of a line are looked up in one pass over it.
private struct PrefixHash {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ byte: UInt8) {
        value = (value ^ UInt64(byte)) &* 0x100_0000_01B3
    }
}

extension UInt8 {
    /// Space, tab and CR: what may stand between the end of a delimiter and its line feed.
    fileprivate var isLineSpace: Bool { self == .space || self == .tab || self == .carriageReturn }
}
