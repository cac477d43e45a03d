// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Cuts a stream into lines; holds one line at most.
struct LineSplitter {
    /// Bytes of a line: a URL that a link can carry, and a remark.
    ///
    /// What is longer is skipped and told.
    static let limit = 64 * 1_024

    private var held: [UInt8] = []
    private var isTooLong = false
    private(set) var number = 0

    /// Gives every whole line without its end; nil for one that is too long.
    mutating func read(_ bytes: Span<UInt8>, _ body: (Int, ArraySlice<UInt8>?) -> Void) {
        for index in bytes.indices {
            let byte = bytes[index]
            guard byte == .lineFeed else {
                if held.count < Self.limit { held.append(byte) } else { isTooLong = true }
                continue
            }
            give(body)
        }
    }

    /// The last line, when no line end closes it.
    mutating func end(_ body: (Int, ArraySlice<UInt8>?) -> Void) {
        if !held.isEmpty || isTooLong { give(body) }
    }

    private mutating func give(_ body: (Int, ArraySlice<UInt8>?) -> Void) {
        number += 1
        let line = held.last == .carriageReturn ? held.dropLast() : held[...]
        body(number, isTooLong ? nil : line)
        held.removeAll(keepingCapacity: true)
        isTooLong = false
    }
}

extension ArraySlice<UInt8> {
    /// Without the blanks around it.
    var trimmed: ArraySlice<UInt8> {
        guard let first = firstIndex(where: { !$0.isBlank }), let last = lastIndex(where: { !$0.isBlank }) else {
            return []
        }
        return self[first...last]
    }

    /// The parts between blanks.
    var words: [ArraySlice<UInt8>] { split(whereSeparator: \.isBlank) }
}

extension UInt8 {
    var isBlank: Bool { self == .space || self == .tab }
}
