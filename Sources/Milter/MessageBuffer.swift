// SPDX-License-Identifier: Apache-2.0

/// The bytes of a message while they come in.
///
/// An array that grows by doubling holds a message of 50 MB nearly three times while it moves to a larger place. Here a
/// message that is larger than it said is kept in pieces, and each piece goes when it was copied into the whole.
struct MessageBuffer: Sendable {
    /// Bytes in one piece; up to here doubling costs less than pieces.
    private static let pieceSize = 1_024 * 1_024
    /// What MTAs add to a message after they heard its size: trace fields, results of milters before us.
    private static let slack = 16 * 1_024

    private var pieces: [[UInt8]] = []
    private var last: [UInt8] = []
    private(set) var count = 0

    /// Takes room for a message of that size; memory is used only where bytes come.
    mutating func expect(_ size: Int) {
        last.reserveCapacity(size + Self.slack)
    }

    mutating func append(_ byte: UInt8) {
        makeRoom(1)
        last.append(byte)
        count += 1
    }

    mutating func append(_ bytes: some Collection<UInt8>) {
        let size = bytes.count
        makeRoom(size)
        last.append(contentsOf: bytes)
        count += size
    }

    /// The whole; the buffer is empty after it.
    mutating func takeAll() -> [UInt8] {
        defer { self = MessageBuffer() }
        guard !pieces.isEmpty else { return last }
        var whole: [UInt8] = []
        whole.reserveCapacity(count)
        for index in pieces.indices {
            whole.append(contentsOf: pieces[index])
            pieces[index] = []
        }
        whole.append(contentsOf: last)
        return whole
    }

    private mutating func makeRoom(_ size: Int) {
        guard last.count + size > last.capacity, last.capacity >= Self.pieceSize else { return }
        pieces.append(last)
        last = []
        last.reserveCapacity(max(size, Self.pieceSize))
    }
}
