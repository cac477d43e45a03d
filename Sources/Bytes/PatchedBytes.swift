// SPDX-License-Identifier: Apache-2.0

/// A piece of a byte string with patches over it, carried out only while it is read.
///
/// A message of 50 MB with one changed link would else stand twice in memory: this holds the message's own buffer and
/// the replacements.
package struct PatchedBytes: Hashable, Sendable {
    private let bytes: [UInt8]
    private let range: Range<Int>
    /// Over `bytes`, in order, all within the range.
    private let patches: [Patch]
    /// How many bytes come out.
    package let count: Int

    /// The patches must be in order, must not overlap, and must lie within the range.
    package init(_ bytes: [UInt8], in range: Range<Int>, patches: [Patch] = []) throws(PatchError) {
        guard range.lowerBound >= 0, range.upperBound <= bytes.count else { throw .outOfBounds(range) }
        var before = range.lowerBound..<range.lowerBound
        var count = range.count
        for patch in patches {
            guard patch.range.lowerBound >= range.lowerBound, patch.range.upperBound <= range.upperBound else {
                throw .outOfBounds(patch.range)
            }
            guard patch.range.lowerBound >= before.upperBound else { throw .overlap(before, patch.range) }
            before = patch.range
            count += patch.replacement.count - patch.range.count
        }
        self.bytes = bytes
        self.range = range
        self.patches = patches
        self.count = count
    }

    /// All of some bytes, without a patch.
    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        range = 0..<bytes.count
        patches = []
        count = bytes.count
    }

    /// Lends the result piece by piece, in order; no piece is copied and none is empty.
    package func forEachPiece<Failure: Error>(
        _ body: (ArraySlice<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        var copied = range.lowerBound
        for patch in patches {
            if copied < patch.range.lowerBound { try body(bytes[copied..<patch.range.lowerBound]) }
            if !patch.replacement.isEmpty { try body(patch.replacement[...]) }
            copied = patch.range.upperBound
        }
        if copied < range.upperBound { try body(bytes[copied..<range.upperBound]) }
    }

    /// The whole result, copied.
    package var joined: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(count)
        forEachPiece { out.append(contentsOf: $0) }
        return out
    }
}
