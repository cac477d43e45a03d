// SPDX-License-Identifier: Apache-2.0

/// The two ends of a content that comes in pieces: enough to tell a container by, so that what is none need not be held.
package struct ContentEnds {
    /// As far as a self-extracting program is searched for its archive; a disc names itself before that.
    private static let headSize = 1_024 * 1_024
    /// A zip's end record lies within its last 65,557 bytes.
    private static let tailSize = 128 * 1_024

    private var head: [UInt8] = []
    private var tail: [UInt8] = []
    /// Bytes that came.
    package private(set) var size = 0

    package init() {}

    package mutating func take(_ bytes: Span<UInt8>) {
        size += bytes.count
        let rest = min(Self.headSize - head.count, bytes.count)
        for index in 0..<rest { head.append(bytes[index]) }
        let end = max(rest, bytes.count - Self.tailSize)
        for index in end..<bytes.count { tail.append(bytes[index]) }
        if tail.count > 2 * Self.tailSize { tail.removeFirst(tail.count - Self.tailSize) }
    }

    /// Whether there is something to open in it.
    package var areOfContainer: Bool { !ContainerSignatures.containers(in: head + tail).isEmpty }
}
