// SPDX-License-Identifier: Apache-2.0

/// A member's bytes kept while they are lent, because it may turn out to be a container.
///
/// Over the room the copy is given up, and only what tells a container is kept: the head, and the tail, where zips and disk
/// images have their signature.
struct HeldCopy {
    /// Bytes at the start that tell a container: a disc image says at 32 KiB what it is.
    private static let headSize = 64 * 1_024

    private let room: Int
    private var held: [UInt8] = []
    /// What is kept once there was no room.
    private var head: [UInt8] = []
    private var tail: [UInt8] = []
    private var isLost = false

    init(room: Int) {
        self.room = max(0, room)
    }

    mutating func append(_ bytes: Span<UInt8>) {
        if !isLost, held.count + bytes.count <= room { return held.append(contentsOf: bytes) }
        if !isLost { lose() }
        if head.count < Self.headSize {
            head.append(contentsOf: bytes.extracting(0..<min(bytes.count, Self.headSize - head.count)))
        }
        tail.append(contentsOf: bytes)
        if tail.count > 4 * ContainerSignatures.tailSize {
            tail.removeFirst(tail.count - 2 * ContainerSignatures.tailSize)
        }
    }

    /// Everything, if there was room for it.
    var bytes: [UInt8]? { isLost ? nil : held }

    /// What container the bytes were that there was no room for.
    var kindOfLost: ContainerKind? {
        guard isLost else { return nil }
        let kind = ContainerSignatures.containers(in: head).first?.kind
        return kind ?? (ZipDirectory.endRecord(in: tail) == nil ? nil : .zip)
    }

    private mutating func lose() {
        isLost = true
        head = Array(held.prefix(Self.headSize))
        tail = Array(held.suffix(2 * ContainerSignatures.tailSize))
        held = []
    }
}

extension [UInt8] {
    mutating func append(contentsOf span: Span<UInt8>) {
        unsafe span.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
