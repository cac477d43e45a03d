// SPDX-License-Identifier: Apache-2.0

/// One replacement in a byte string: these bytes go, those come in their place.
package struct Patch: Hashable, Sendable {
    package let range: Range<Int>
    package let replacement: [UInt8]

    package init(range: Range<Int>, replacement: [UInt8]) {
        self.range = range
        self.replacement = replacement
    }
}

/// Why a list of patches cannot be applied: a fault of ours, caught before a message is hurt.
package enum PatchError: Error, Hashable, Sendable {
    case outOfBounds(Range<Int>)
    case overlap(Range<Int>, Range<Int>)
}

extension [Patch] {
    /// The bytes with the patches carried out; what no patch touches is copied as it stands.
    ///
    /// The patches must be in order and must not overlap; adjacent ones are fine.
    package func applied(to bytes: [UInt8]) throws(PatchError) -> [UInt8] {
        var size = bytes.count
        var end = 0
        var before = 0..<0
        for patch in self {
            guard patch.range.lowerBound >= 0, patch.range.upperBound <= bytes.count else {
                throw .outOfBounds(patch.range)
            }
            guard patch.range.lowerBound >= end else { throw .overlap(before, patch.range) }
            before = patch.range
            end = patch.range.upperBound
            size += patch.replacement.count - patch.range.count
        }
        var out: [UInt8] = []
        out.reserveCapacity(size)
        var copied = 0
        for patch in self {
            out.append(contentsOf: bytes[copied..<patch.range.lowerBound])
            out.append(contentsOf: patch.replacement)
            copied = patch.range.upperBound
        }
        out.append(contentsOf: bytes[copied...])
        return out
    }
}
