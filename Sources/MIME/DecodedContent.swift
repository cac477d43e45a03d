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
        /// None: a change is written anew as a whole.
        case whole
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
    private let encoding: TransferEncoding
    private let content: Range<Int>
    private let lineEnd: [UInt8]
    private let wayBack: WayBack

    init(message: [UInt8], content: Range<Int>, encoding: TransferEncoding, lineEnd: [UInt8]) {
        self.message = message
        self.content = content
        self.encoding = encoding
        self.lineEnd = lineEnd
        switch encoding {
        case .quotedPrintable:
            let decoded = QuotedPrintable.decode(message, in: content)
            bytes = decoded.bytes
            wayBack = .quotedPrintable(decoded.checkpoints)
        case .base64:
            if let text = Base64.decodedForURLs(message, in: content) {
                (bytes, wayBack) = (text, .whole)
                return
            }
            let decoded = Base64.decode(message, in: content)
            bytes = decoded.bytes
            wayBack = .base64(decoded.runs)
        case .uuencode:
            bytes = Uuencode.decode(message, in: content)
            wayBack = .whole
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
            let inPlace = try patching.patches(for: patches)
            if try showsOtherBase64(inPlace) { return replaced(with: try patches.applied(to: bytes)) }
            return Change(patches: inPlace, encoding: nil)
        case .identity:
            return try identityChange(patches)
        case .whole:
            return replaced(with: try patches.applied(to: bytes))
        }
    }

    /// Whether changed base64 is something else in its other alphabet: a `-` that everybody passed over while no address
    /// stood there may shift all that follows for who reads it.
    private func showsOtherBase64(_ patches: [Patch]) throws(PatchError) -> Bool {
        guard Base64.mayBeForURLs(message, in: content) else { return false }
        let moved = patches.map { patch in
            Patch(
                range: patch.range.lowerBound - content.lowerBound..<patch.range.upperBound - content.lowerBound,
                replacement: patch.replacement)
        }
        let changed = try moved.applied(to: Array(message[content]))
        return Base64.decodedForURLs(changed, in: 0..<changed.count) != nil
    }

    /// The change that puts this text in the place of the whole content, in the encoding that keeps it shorter.
    package func replaced(with text: [UInt8]) -> Change {
        let escaped = text.count { $0 >= 0x7F || $0 < .space && !$0.isFoldingSpace || $0 == UInt8(ascii: "=") }
        // An escape takes three bytes, base64 a third more.
        guard escaped * 6 <= text.count else {
            return Change(
                patches: [Patch(range: content, replacement: Base64.encode(text, lineEnd: lineEnd) + closing)],
                encoding: .base64)
        }
        let encoded = QuotedPrintableWriter.encode(text, lineEnd: lineEnd)
        return Change(patches: [Patch(range: content, replacement: encoded)], encoding: .quotedPrintable)
    }

    /// The line end after the last line, if the content had one.
    private var closing: [UInt8] { message[content].last == .lineFeed ? lineEnd : [] }

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

    /// In place, or as a whole in another encoding: where a line would become longer than mail allows, where the content
    /// has bare line ends (which must not leave here), and where a 7bit content would get other bytes.
    private func identityChange(_ patches: [Patch]) throws(PatchError) -> Change {
        let needsEightBit = encoding == .sevenBit && patches.contains { $0.replacement.contains(where: \.isNonASCII) }
        if needsEightBit || makesLongLine(patches) { return replaced(with: try patches.applied(to: bytes)) }
        guard hasBareLineEnd else {
            let start = content.lowerBound
            let moved = patches.map { patch in
                Patch(
                    range: patch.range.lowerBound + start..<patch.range.upperBound + start,
                    replacement: patch.replacement)
            }
            return Change(patches: moved, encoding: nil)
        }
        let text = try patches.applied(to: bytes).withWholeLineEnds
        return Change(patches: [Patch(range: content, replacement: text)], encoding: nil)
    }

    /// Whether a CR or an LF stands alone where the message's lines end with both.
    private var hasBareLineEnd: Bool {
        guard lineEnd.count == 2 else { return false }
        var before: UInt8 = 0
        for byte in bytes {
            if before == .carriageReturn ? byte != .lineFeed : byte == .lineFeed { return true }
            before = byte
        }
        return false
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

extension [UInt8] {
    /// The bytes with CR LF in the place of every CR and LF that stands alone.
    var withWholeLineEnds: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(count + count / 32)
        var before: UInt8 = 0
        for byte in self {
            if before == .carriageReturn, byte != .lineFeed { out.append(.lineFeed) }
            if byte == .lineFeed, before != .carriageReturn { out.append(.carriageReturn) }
            out.append(byte)
            before = byte
        }
        if before == .carriageReturn { out.append(.lineFeed) }
        return out
    }
}

extension DecodedContent {
    /// Why mail clients may read something else than `bytes`: base64 in the other alphabet; or with padding inside that
    /// stands where no group of four ends, because decoders that count characters and those that start anew go different
    /// ways from there.
    var doubt: String? {
        if case .whole = wayBack, encoding == .base64 { return "base64: alphabet" }
        guard case .base64(let runs) = wayBack, runs.count > 1 else { return nil }
        for run in runs.dropLast() where !run.isMixed {
            let characters = message[run.raw].count { Base64.isValue($0) || $0 == UInt8(ascii: "=") }
            if !characters.isMultiple(of: 4) { return "base64: padding" }
        }
        return nil
    }
}
