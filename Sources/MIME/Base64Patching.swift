// SPDX-License-Identifier: Apache-2.0

import Bytes

/// Turns patches of decoded bytes into patches of the base64 text they came from.
///
/// In each run that a patch touches, the lines before the first touched byte stay, and the rest is encoded anew, because
/// a longer replacement shifts every group after it.
struct Base64Patching {
    let message: [UInt8]
    let decoded: [UInt8]
    let runs: [Base64.Run]
    let lineEnd: [UInt8]

    /// The patches must be in order and within the decoded bytes.
    func patches(for patches: [Patch]) throws(PatchError) -> [Patch] {
        var out: [Patch] = []
        var rest = patches[...]
        for (index, run) in runs.enumerated() where !rest.isEmpty {
            let isLast = index + 1 == runs.count
            let touching = rest.prefix { isLast || $0.range.lowerBound < run.decoded.upperBound }
            guard !touching.isEmpty else { continue }
            rest = rest.dropFirst(touching.count)
            // A patch that reaches into the next run takes that run along; rare enough to encode all the rest.
            if let last = touching.last, last.range.upperBound > run.decoded.upperBound {
                out.append(try patch(Array(touching + rest), from: run, to: runs[runs.count - 1]))
                return out
            }
            out.append(try patch(Array(touching), from: run, to: run))
        }
        return out
    }

    private func patch(_ patches: [Patch], from first: Base64.Run, to last: Base64.Run) throws(PatchError) -> Patch {
        let start = lastWholeLine(before: patches[0].range.lowerBound, in: first)
        let base = start.decoded.lowerBound
        let shifted = patches.map { patch in
            Patch(
                range: patch.range.lowerBound - base..<patch.range.upperBound - base, replacement: patch.replacement)
        }
        let text = try shifted.applied(to: Array(decoded[base..<last.decoded.upperBound]))
        return Patch(
            range: start.raw.lowerBound..<last.raw.upperBound, replacement: Base64.encode(text, lineEnd: lineEnd))
    }

    /// The last line start up to the decoded place at which a group starts too.
    private func lastWholeLine(before place: Int, in run: Base64.Run) -> Base64.Run {
        guard !run.isMixed else { return run }
        var found = run
        var values = 0
        var index = run.raw.lowerBound
        while index < run.raw.upperBound {
            let byte = message[index]
            index &+= 1
            if Base64.isValue(byte) {
                values &+= 1
                if run.decoded.lowerBound &+ values / 4 &* 3 > place { break }
            } else if byte == .lineFeed, values.isMultiple(of: 4) {
                found.raw = index..<run.raw.upperBound
                found.decoded = run.decoded.lowerBound &+ values / 4 &* 3..<run.decoded.upperBound
            }
        }
        return found
    }
}
