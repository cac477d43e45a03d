// SPDX-License-Identifier: Apache-2.0

package import Bytes

/// The content of a leaf with its transfer encoding undone, and the way back for patches.
///
/// The way back is cheap on purpose: no table from decoded to raw byte is kept, only a checkpoint every few hundred bytes
/// (quoted-printable) or nothing (base64, 7bit); what a patch needs is walked again, and most contents get no patch.
package struct DecodedContent: Sendable {
    /// What an untouched message keeps to (RFC 5322, section 2.1.1), without the line end.
    private static let lineLimit = 998

    private enum WayBack: Sendable {
        case identity
        case quotedPrintable([QuotedPrintable.Checkpoint])
        case base64([Base64.Run])
    }

    /// What must change in the message for a change of the decoded content.
    package struct Change: Hashable, Sendable {
        /// In the message, in order.
        package let patches: [Patch]
        /// Set when the content is in another transfer encoding now: its header field must say so.
        package let encoding: TransferEncoding?
    }

    package let bytes: [UInt8]
    private let message: [UInt8]
    private let content: Range<Int>
    private let lineEnd: [UInt8]
    private let wayBack: WayBack

    init(message: [UInt8], content: Range<Int>, encoding: TransferEncoding, lineEnd: [UInt8]) {
        self.message = message
        self.content = content
        self.lineEnd = lineEnd
        switch encoding {
        case .quotedPrintable:
            let decoded = QuotedPrintable.decode(message, in: content)
            bytes = decoded.bytes
            wayBack = .quotedPrintable(decoded.checkpoints)
        case .base64:
            let decoded = Base64.decode(message, in: content)
            bytes = decoded.bytes
            wayBack = .base64(decoded.runs)
        case .sevenBit, .eightBit, .binary, .unknown:
            bytes = Array(message[content])
            wayBack = .identity
        }
    }

    /// The change of the message that makes these changes of `bytes`; the patches must be in order.
    package func change(_ patches: [Patch]) throws(PatchError) -> Change {
        try check(patches)
        guard !patches.isEmpty else { return Change(patches: [], encoding: nil) }
        switch wayBack {
        case .quotedPrintable(let checkpoints):
            var patching = QuotedPrintablePatching(
                message: message, content: content, checkpoints: checkpoints, lineEnd: lineEnd)
            return Change(patches: patching.patches(for: patches), encoding: nil)
        case .base64(let runs):
            let patching = Base64Patching(message: message, decoded: bytes, runs: runs, lineEnd: lineEnd)
            return Change(patches: try patching.patches(for: patches), encoding: nil)
        case .identity:
            return try identityChange(patches)
        }
    }

    private func check(_ patches: [Patch]) throws(PatchError) {
        var before = 0..<0
        for patch in patches {
            guard patch.range.lowerBound >= 0, patch.range.upperBound <= bytes.count else {
                throw .outOfBounds(patch.range)
            }
            guard patch.range.lowerBound >= before.upperBound else { throw .overlap(before, patch.range) }
            before = patch.range
        }
    }

    /// In place, or as quoted-printable where a line would become longer than mail allows.
    private func identityChange(_ patches: [Patch]) throws(PatchError) -> Change {
        guard makesLongLine(patches) else {
            let start = content.lowerBound
            let moved = patches.map { patch in
                Patch(
                    range: patch.range.lowerBound + start..<patch.range.upperBound + start,
                    replacement: patch.replacement)
            }
            return Change(patches: moved, encoding: nil)
        }
        let text = try patches.applied(to: bytes)
        let encoded = QuotedPrintableWriter.encode(text, lineEnd: lineEnd)
        return Change(patches: [Patch(range: content, replacement: encoded)], encoding: .quotedPrintable)
    }

    /// Whether a line that a patch touches would be too long; a replacement counts as if it had no line end.
    private func makesLongLine(_ patches: [Patch]) -> Bool {
        let span = bytes.span
        var length = 0
        /// The end of the last patch, and of its line.
        var end = 0
        var lineFeed = -1
        for patch in patches {
            let start = patch.range.lowerBound
            length = start <= lineFeed ? length &+ start &- end : column(at: start)
            end = patch.range.upperBound
            length &+= patch.replacement.count
            lineFeed = span.lineFeed(from: end, to: min(bytes.count, end &+ Self.lineLimit &+ 1))
            if length &+ span.textEnd(from: end, lineFeed: lineFeed) &- end > Self.lineLimit { return true }
        }
        return false
    }

    /// Bytes before `place` in its line; counting stops beyond the longest line.
    private func column(at place: Int) -> Int {
        let first = max(0, place &- Self.lineLimit &- 1)
        var index = place
        while index > first, bytes[index &- 1] != .lineFeed { index &-= 1 }
        return place &- index
    }
}
